"""The requests that the sandbox Telegram answers: one function per request type, found by `@answers`.

An unknown request is refused with LOCAL_TELEGRAM_UNKNOWN_REQUEST and listed in `LocalTelegram.unknown_requests`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from telethon.tl import functions, types

from engine.sandbox.telegram.chats import CHANNEL_MARK
from engine.sandbox.telegram.sessions import Session

if TYPE_CHECKING:
    from engine.sandbox.telegram.local import LocalTelegram
    from engine.sandbox.telegram.world import World

UNKNOWN_REQUEST = "LOCAL_TELEGRAM_UNKNOWN_REQUEST"
BROKEN_ANSWER = "LOCAL_TELEGRAM_BROKEN_ANSWER"


@dataclass(slots=True)
class Call:
    """One request, out of its wrappers."""

    telegram: LocalTelegram
    session: Session
    request: Any
    wants_updates: bool = True
    is_init: bool = False

    @property
    def world(self) -> World:
        """The state to act on."""
        return self.telegram.world

    @property
    def chat_id(self) -> int | None:
        """The marked id of the chat that the request is about, if it is about one."""
        return chat_id_of(getattr(self.request, "peer", None) or getattr(self.request, "channel", None))


Answer = Callable[[Call], Any]
ANSWERS: dict[type[Any], Answer] = {}
"""Request type → its answer: a TL object, a boolean or a list; or a `Refusal` is raised."""
BEFORE_LOGIN: set[type[Any]] = set()
"""Requests that need no login; the others are refused with AUTH_KEY_UNREGISTERED."""


def answers(*kinds: type[Any], before_login: bool = False) -> Callable[[Answer], Answer]:
    """Register the answer to these request types."""

    def register(answer: Answer) -> Answer:
        for kind in kinds:
            ANSWERS[kind] = answer
            if before_login:
                BEFORE_LOGIN.add(kind)
        return answer

    return register


def unwrapped(telegram: LocalTelegram, session: Session, request: Any) -> Call:
    """Take a request out of invokeWithLayer, initConnection, invokeWithoutUpdates and invokeAfterMsg."""
    call = Call(telegram, session, request)
    while isinstance(call.request, _WRAPPERS):
        call.wants_updates &= not isinstance(call.request, functions.InvokeWithoutUpdatesRequest)
        call.is_init |= isinstance(call.request, functions.InitConnectionRequest)
        call.request = call.request.query
    return call


_WRAPPERS = (
    functions.InvokeWithLayerRequest,
    functions.InitConnectionRequest,
    functions.InvokeWithoutUpdatesRequest,
    functions.InvokeAfterMsgRequest,
)

_names: dict[type[Any], str] = {}


def name_of(request: Any) -> str:
    """The request's name as in the documentation: 'messages.sendMessage'."""
    kind = type(request)
    name = _names.get(kind)
    if name is None:
        space = kind.__module__.removeprefix("telethon.tl.functions").removeprefix(".")
        bare = kind.__name__.removesuffix("Request")
        name = f"{space}.{bare[:1].lower()}{bare[1:]}".removeprefix(".")
        _names[kind] = name
    return name


def chat_id_of(peer: Any) -> int | None:
    """The marked chat id that an InputPeer, InputUser or InputChannel names."""
    if isinstance(peer, types.InputPeerUser | types.InputUser):
        return int(peer.user_id)
    if isinstance(peer, types.InputPeerChat):
        return -int(peer.chat_id)
    if isinstance(peer, types.InputPeerChannel | types.InputChannel):
        return CHANNEL_MARK - int(peer.channel_id)
    return None
