"""What is new in the sandbox since one last looked, as renderables; and what is being written at this moment."""

from __future__ import annotations

from rich.console import RenderableType
from rich.text import Text

from engine.core.money import dollars
from engine.sandbox.telegram import Message, Topic
from engine.sandbox.telegram.chats import PrivateChat, Timeline
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
        shown = [*self._notices(), *self._messages(), *self._changes()]
        for line in await self._stage.booked(self._last_booked):
            if not self._stage.has_told(line):
                break
            shown += [*self._messages(), self._cost(line)]
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
            body = self._screen.formatted(draft.text, draft.entities) if draft.text else Text("thinking…", NOTE)
            stopping = [Text("stopping…", NOTE)] if self._seat.is_stopped(draft) else []
            return [self._screen.said(bot.name, body, style=BOT, notes=[*stopping, *self._buttons(None)])]
        standing = [message for message in self._untold if self._is_here(message)]
        if standing:
            return [self._said(message) for message in standing]
        return [self._screen.below(f"{bot.name} is {place.typing}…")] if place.typing else []

    # -- messages ----------------------------------------------------------------------------------------------

    def _messages(self) -> list[RenderableType]:
        for chat in self._stage.telegram.chats:
            at = self._seen.get(chat, 0)
            self._untold += [message for message in chat.history[at:] if message.action is None]
            self._seen[chat] = len(chat.history)
        ready = [message for message in self._untold if not self._is_being_written(message)]
        self._untold = [message for message in self._untold if message not in ready]
        return [self._tell(message) for message in ready]

    def _is_being_written(self, message: Message) -> bool:
        """A message with buttons that stands for an answer is told when the answer is there."""
        return message.out and bool(message.buttons) and not message.deleted and bool(self._stage.bot.engine.jobs.open)

    def _changes(self) -> list[RenderableType]:
        changed = [m for m, (versions, gone) in self._told.items() if (len(m.versions), m.deleted) != (versions, gone)]
        return [self._tell(message) for message in changed]

    def _tell(self, message: Message) -> RenderableType:
        told_before = message in self._told
        self._told[message] = (len(message.versions), message.deleted)
        if message.deleted:
            return self._screen.below(f"✗ {message.sender.name} has deleted: {message.text[:60]}")
        return self._said(message, "edited" if told_before else "")

    def _said(self, message: Message, remark: str = "") -> RenderableType:
        body = self._screen.formatted(message.text, message.entities)
        notes = self._buttons(message)
        if remark:
            notes.append(Text(remark, NOTE))
        style = BOT if message.out else PERSON
        if not self._is_here(message):
            notes.append(Text(f"({self._elsewhere(message)})", NOTE))
            style = NOTE
        return self._screen.said(message.sender.name, body, style=style, notes=notes)

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
