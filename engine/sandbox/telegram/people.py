"""The people of the sandbox: what tests and the terminal do in Telegram, each act a plain call that takes no time."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from telethon.tl import types

from engine.sandbox.telegram import text as texts
from engine.sandbox.telegram import tl
from engine.sandbox.telegram.chats import Chat, PrivateChat, Topic
from engine.sandbox.telegram.media import Media
from engine.sandbox.telegram.messages import Button, Draft, Message, Press, Version
from engine.sandbox.telegram.sending import Sends

if TYPE_CHECKING:
    from engine.sandbox.telegram.world import World


@dataclass(eq=False)
class Bot:
    """The account that the program under test logs in to."""

    token: str
    username: str
    name: str
    privacy: bool = True

    @property
    def id(self) -> int:
        """The number before the colon of the token, as with the real ones."""
        return int(self.token.partition(":")[0])

    @cached_property
    def tl(self) -> tl.Encoded:
        """The bot as a TL user."""
        return tl.bot_user(self)


class Person(Sends):
    """Somebody with a Telegram app. Impossible acts raise LookupError or ValueError: the test is wrong, not the bot."""

    def __init__(
        self, world: World, person_id: int, name: str, *, language: str, username: str | None, premium: bool
    ) -> None:
        self.world = world
        self.id = person_id
        self.name = name
        self.language = language
        self.username = username
        self.premium = premium
        self.has_started = False
        """Whether they ever wrote to the bot in private; before that it can't write to them."""
        self.known_to_bot = False
        """Whether the bot has seen anything of theirs; it may then use access hash 0."""
        self.has_blocked = False
        self.chat = PrivateChat(world, self)

    @cached_property
    def tl(self) -> tl.Encoded:
        """The person as a TL user."""
        return tl.user(self)

    def taps(self, key: str, *, to: Chat | Topic | None = None) -> Message:
        """Tap a key of the reply keyboard, which sends its text."""
        place = to or self.chat
        if not any(key in row for row in place.reply_keyboard):
            raise LookupError(f"no key {key!r} on the keyboard of\n{place.transcript()}")
        return self.says(key, to=to)

    def edits(
        self, message: Message, text: str, *, entities: list[Any] | None = None, media: Media | None = None
    ) -> Message:
        """Change an own message: its text, or its caption, and with `media` the file too."""
        self._must_own(message)
        shown = media or message.media
        limit, too_long = texts.MESSAGE_LIMIT, "MESSAGE_TOO_LONG"
        if shown is not None:
            limit, too_long = texts.CAPTION_LIMIT, "MEDIA_CAPTION_TOO_LONG"
        text, found = texts.arrive(text, entities, limit=limit, too_long=too_long)
        self.world.edit(message, Version(self.world.now(), text, found, media=shown))
        return message

    def deletes(self, *messages: Message) -> None:
        """Delete messages for everyone: own ones, or any in the private chat."""
        for message in messages:
            if message.chat is not self.chat:
                self._must_own(message)
        self.world.delete(list(messages))

    def presses(
        self, button: str | int | Button, on: Message | None = None, *, to: Chat | Topic | None = None
    ) -> Press:
        """Press an inline button, named by its text, its place in reading order, or itself.

        Without `on`: the newest message in the chat (`to`, by default the private one) that has it.
        """
        if on is None:
            place = to or self.chat
            on = next((m for m in reversed(place.messages) if _button_on(m, button) is not None), None)
            if on is None:
                raise LookupError(f"no button {button!r} in\n{place.transcript()}")
        found = _button_on(on, button)
        if found is None or on.deleted:
            raise LookupError(f"no button {button!r} on {on!r}")
        if found.data is None:
            raise ValueError(f"{found} opens something; the bot does not hear of it")
        return self.world.press(self, on, found)

    def stops_draft(self, *, to: Chat | None = None) -> Draft:
        """Press the stop button of the draft that the bot streams; the draft vanishes unless it is `keep_on_stop`."""
        place = to or self.chat
        draft = place.draft
        if draft is None or not draft.can_stop:
            raise LookupError(f"no draft with a stop button in\n{place.transcript()}")
        if not draft.keep_on_stop:
            place.draft = None
        action = types.SendMessageStopDraftAction(random_id=draft.random_id)
        update = types.UpdateUserTyping(self.id, action, draft.top_msg_id)
        self.world.tell(update, users=[self.tl])
        self.world.changed.ring()
        return draft

    def reacts(self, message: Message, emoji: str | None) -> None:
        """Set or take back (None) a reaction; the bot hears of it in private, and in groups as an admin."""
        before = message.reactions.pop(self.id, None)
        if emoji:
            message.reactions[self.id] = emoji
        self.world.changed.ring()
        chat = message.chat
        if chat is self.chat or chat.bot_is_admin:
            self.world.tell_numbered(
                lambda qts: types.UpdateBotMessageReaction(
                    peer=chat.peer,
                    msg_id=message.id,
                    date=self.world.now(),
                    actor=types.PeerUser(self.id),
                    old_reactions=[types.ReactionEmoji(before)] if before else [],
                    new_reactions=[types.ReactionEmoji(emoji)] if emoji else [],
                    qts=qts,
                ),
                users=[self.tl],
                groups=[] if chat is self.chat else [self.world.tl_group(chat)],
            )

    def blocks_bot(self) -> None:
        """Block the bot: sends to this person fail with USER_IS_BLOCKED."""
        self._set_blocked(blocked=True)

    def unblocks_bot(self) -> None:
        """Take the block back."""
        self._set_blocked(blocked=False)

    unblocks = unblocks_bot

    def _set_blocked(self, *, blocked: bool) -> None:
        if self.has_blocked != blocked:
            self.has_blocked = blocked
            self.world.tell_numbered(
                lambda qts: types.UpdateBotStopped(self.id, self.world.now(), blocked, qts), users=[self.tl]
            )
            self.world.changed.ring()

    def _must_own(self, message: Message) -> None:
        if message.sender is not self or message.deleted:
            raise LookupError(f"{self.name} can't change {message!r}")

    def __repr__(self) -> str:
        return f"<{self.name} {self.id}>"


def _button_on(message: Message, wanted: str | int | Button) -> Button | None:
    buttons = message.buttons
    if isinstance(wanted, int):
        return buttons[wanted] if -len(buttons) <= wanted < len(buttons) else None
    if isinstance(wanted, Button):
        return wanted if wanted in buttons else None
    return next((button for button in buttons if button.text == wanted), None)
