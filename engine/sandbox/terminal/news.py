"""What is new in the sandbox since one last looked, as renderables; and what is being written at this moment."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from engine.core.money import dollars
from engine.sandbox.telegram import Media, Message, Topic
from engine.sandbox.telegram.chats import PrivateChat, Timeline
from engine.sandbox.terminal.attaching import origin
from engine.sandbox.terminal.screen import Screen
from engine.sandbox.terminal.seat import Seat
from engine.sandbox.terminal.stage import Booked, Stage

BOT, PERSON, NOTE, BUTTON = "bold green", "bold blue", "dim", "yellow"


class News:
    """Everything is told once, in the order in which it came to rest."""

    def __init__(self, stage: Stage, seat: Seat, screen: Screen) -> None:
        self._stage = stage
        self._seat = seat
        self._screen = screen
        self._seen: dict[Timeline, int] = {}
        self._told: dict[Message, tuple[int, bool]] = {}
        self._untold: list[Message] = []
        self._last_booked = 0
        self.spent_nanousd = 0
        """What all that was told has cost."""

    async def collect(self) -> list[RenderableType]:
        """What has come since the last call: messages, edits, answers to presses, costs."""
        shown = [*self._notices(), *await self._messages(), *await self._changes()]
        for line in await self._stage.booked(self._last_booked):
            if not self._stage.has_told(line):
                break
            shown += [*await self._messages(), self._cost(line)]
            self._last_booked = line.id
        return shown

    def keyboard(self) -> str:
        """The words under the input field, each with what taps it."""
        return "  ".join(f":{letter} {word}" for letter, word in self._seat.keyboard().items())

    def live(self) -> list[RenderableType]:
        """What the bot is writing here now."""
        place, bot = self._seat.place, self._stage.telegram.bot
        draft = place.draft
        if draft is not None:
            body = self._screen.formatted(draft.rich_text or draft.text, [] if draft.rich_text else draft.entities)
            body = body if draft.text else Text("thinking…", NOTE)
            stopping = [Text("stopping…", NOTE)] if self._seat.is_stopped(draft) else []
            return [self._screen.said(bot.name, body, style=BOT, notes=[*stopping, *self._buttons(None)])]
        standing = [message for message in self._untold if self._is_here(message)]
        if standing:
            return [self._said(message) for message in standing]
        return [self._screen.below(f"{bot.name} is {place.typing}…")] if place.typing else []

    # -- messages ----------------------------------------------------------------------------------------------

    async def _messages(self) -> list[RenderableType]:
        for chat in self._stage.telegram.chats:
            at = self._seen.get(chat, 0)
            self._untold += [message for message in chat.history[at:] if message.action is None]
            self._seen[chat] = len(chat.history)
        ready = [message for message in self._untold if not self._is_being_written(message)]
        self._untold = [message for message in self._untold if message not in ready]
        return [await self._tell(message) for message in ready]

    def _is_being_written(self, message: Message) -> bool:
        """A message with buttons that stands for an answer is told when the answer is there."""
        return message.out and bool(message.buttons) and not message.deleted and bool(self._stage.bot.engine.jobs.open)

    async def _changes(self) -> list[RenderableType]:
        changed = [m for m, (versions, gone) in self._told.items() if (len(m.versions), m.deleted) != (versions, gone)]
        return [await self._tell(message) for message in changed]

    async def _tell(self, message: Message) -> RenderableType:
        versions_told, _ = self._told.get(message, (0, False))
        self._told[message] = (len(message.versions), message.deleted)
        if message.deleted:
            return self._screen.below(f"✗ {message.sender.name} has deleted: {message.text[:60]}")
        files = _files(message, since=versions_told)
        if message.out:
            for each in files:
                await self._stage.received.save(each)
        return self._said(message, "edited" if versions_told else "", files)

    def _said(self, message: Message, remark: str = "", files: Sequence[Media] | None = None) -> RenderableType:
        """A message with the files that it has, or of a part of its history."""
        above = [Text(origin(message), NOTE)] if origin(message) else []
        above += [Text(self._file(each), NOTE) for each in (_files(message) if files is None else files)]
        entities = [] if message.rich_text else message.entities
        said = self._screen.formatted(message.rich_text or message.text, entities)
        body = Group(*above, said) if above and said else Group(*above) if above else said
        notes = self._buttons(message)
        if remark:
            notes.append(Text(remark, NOTE))
        style = BOT if message.out else PERSON
        if not self._is_here(message):
            notes.append(Text(f"({self._elsewhere(message)})", NOTE))
            style = NOTE
        return self._screen.said(message.sender.name, body, style=style, notes=notes)

    def _file(self, media: Media) -> str:
        saved = self._stage.received.where(media)
        return f"📎 {media.line()}" + (f" → {saved}" if saved is not None else "")

    def _buttons(self, message: Message | None) -> list[Text]:
        choices = [choice for choice in self._seat.choices() if choice.on is message]
        return [Text("  ".join(choice.sign for choice in choices), BUTTON)] if choices else []

    def _is_here(self, message: Message) -> bool:
        place = self._seat.place
        return message.topic is place if isinstance(place, Topic) else message.chat is place and message.topic is None

    @staticmethod
    def _elsewhere(message: Message) -> str:
        if isinstance(message.chat, PrivateChat):
            return f"to {message.chat.person.name}" if message.out else "in private"
        return f"in {message.topic.title if message.topic else message.chat.title}"

    # -- notices, costs ----------------------------------------------------------------------------------------

    def _notices(self) -> list[RenderableType]:
        answered = [press for press in self._seat.presses if press.answered]
        self._seat.presses = [press for press in self._seat.presses if press not in answered]
        return [self._screen.below(f"{'⚠' if press.alert else '💬'} {press.text}") for press in answered if press.text]

    def _cost(self, line: Booked) -> RenderableType:
        self.spent_nanousd += line.cost_nanousd or 0
        ending = [] if line.status == "complete" else [line.status]
        cost = "price unknown" if line.cost_nanousd is None else dollars(line.cost_nanousd)
        tokens = f"{line.input_tokens}+{line.output_tokens} tokens"
        return self._screen.below(" · ".join([self._stage.state(line.conversation), line.model, tokens, cost, *ending]))


def _files(message: Message, since: int = -1) -> list[Media]:
    """What a message shows now; with `since`, what each version from that one on has brought: a picture that is being
    drawn is a new one every time."""
    if since < 0:
        return [message.media] if message.media is not None else []
    before = message.versions[since - 1].media if since else None
    found: list[Media] = []
    for version in message.versions[since:]:
        if version.media is not None and version.media is not before:
            found.append(version.media)
        before = version.media
    return found
