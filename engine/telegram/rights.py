"""Who may change how the bot behaves in a group: its admins. Telegram knows them, and is asked every five minutes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from loguru import logger
from telethon import functions, types

from engine.core import moment
from engine.core.errors import RefusedError, TransientError
from engine.telegram import calls

KNOWN_FOR_S = 300.0
"""How long an answer holds."""
ANSWERS_REMEMBERED = 10_000

_ADMINS = (
    types.ChannelParticipantCreator,
    types.ChannelParticipantAdmin,
    types.ChatParticipantCreator,
    types.ChatParticipantAdmin,
)


def seen_as(chat_id: int, person_id: int) -> str:
    """Under which name a recording keeps the answer."""
    return f"is_admin:{chat_id}:{person_id}"


def seen_in_moment(chat_id: int, person_id: int) -> bool | None:
    """Whether somebody is an admin, without asking: as far as it is clear, or the moment knows."""
    if chat_id > 0 or person_id == chat_id:
        return True
    now = moment.present()
    answer = None if now is None else now.seen.get(seen_as(chat_id, person_id))
    return None if answer is None else bool(answer)


class Rights:
    """Asks Telegram. `peer` says how a chat or person is addressed, `monotonic` is the event loop's time in seconds."""

    def __init__(
        self,
        client: calls.Invoker,
        peer: Callable[[int], Awaitable[Any]],
        monotonic: Callable[[], float],
    ) -> None:
        self._client = client
        self._peer = peer
        self._monotonic = monotonic
        self._known: dict[tuple[int, int], tuple[bool, float]] = {}

    def seen(self, chat_id: int, person_id: int) -> bool | None:
        """See is_admin; None if nobody has asked in this moment."""
        return seen_in_moment(chat_id, person_id)

    async def is_admin(self, chat_id: int, person_id: int) -> bool:
        """Whether somebody is an admin of a group or supergroup; in a private chat everybody is, and who writes as the
        group itself (an anonymous admin) is one. False as long as Telegram can't be asked."""
        if chat_id > 0 or person_id == chat_id:
            return True
        answer = await self._answer(chat_id, person_id)
        if (now := moment.present()) is not None:
            now.seen[seen_as(chat_id, person_id)] = answer
        return answer

    async def _answer(self, chat_id: int, person_id: int) -> bool:
        asked = (chat_id, person_id)
        is_admin, until = self._known.get(asked, (False, 0.0))
        if until > self._monotonic():
            return is_admin
        try:
            is_admin = await self._ask(chat_id, person_id)
        except RefusedError as refused:  # not a member, or the bot may not know
            logger.debug("chat {} does not tell who is an admin: {}", chat_id, refused)
            is_admin = False
        except TransientError as error:
            logger.info("nobody can say now who is an admin of chat {}: {}", chat_id, error)
            return False
        self._remember(asked, is_admin)
        return is_admin

    async def _ask(self, chat_id: int, person_id: int) -> bool:
        peer = await self._peer(chat_id)
        if isinstance(peer, types.InputPeerChannel):
            person = await self._peer(person_id)
            request = functions.channels.GetParticipantRequest(calls.input_channel(peer), person)
            return isinstance((await self._client.invoke(request)).participant, _ADMINS)
        group = await self._client.invoke(functions.messages.GetFullChatRequest(peer.chat_id))
        members = getattr(group.full_chat.participants, "participants", ())  # none where the bot may not see them
        return any(isinstance(member, _ADMINS) and member.user_id == person_id for member in members)

    def _remember(self, asked: tuple[int, int], is_admin: bool) -> None:
        now = self._monotonic()
        if len(self._known) >= ANSWERS_REMEMBERED:
            self._known = {known: answer for known, answer in self._known.items() if answer[1] > now}
        if len(self._known) >= ANSWERS_REMEMBERED:
            self._known.clear()
        self._known[asked] = (is_admin, now + KNOWN_FOR_S)
