"""`LocalTelegram`: the world, the requests, the connections and the faults as one object."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from functools import cached_property, partial
from pathlib import Path
from typing import Any, NamedTuple

from telethon.crypto import AuthKey

from engine.sandbox.telegram import (
    answers_account,
    answers_files,
    answers_groups,
    answers_media,
    answers_messages,
)
from engine.sandbox.telegram.api import ANSWERS, BEFORE_LOGIN, BROKEN_ANSWER, UNKNOWN_REQUEST, Call, name_of, unwrapped
from engine.sandbox.telegram.chats import Chat
from engine.sandbox.telegram.delivery import Delivery
from engine.sandbox.telegram.faults import Faults, short_name
from engine.sandbox.telegram.files import DC_ID, OTHER_DC_ID, PartRead
from engine.sandbox.telegram.handshake import PUBLIC_KEY_PEM
from engine.sandbox.telegram.memory import MemoryConnection, leading_to
from engine.sandbox.telegram.mtproto import Connection, answer, encode
from engine.sandbox.telegram.people import Bot, Person
from engine.sandbox.telegram.refusal import Refusal
from engine.sandbox.telegram.sessions import Authorisation, Session
from engine.sandbox.telegram.tcp import Address, listening
from engine.sandbox.telegram.uploads import Uploads
from engine.sandbox.telegram.world import World

_REGISTERED = (answers_account, answers_files, answers_groups, answers_media, answers_messages)  # by being imported

SLICE_SIZE = 100
"""How many events one difference holds."""


class RequestSeen(NamedTuple):
    """A request that the bot made: when, its name ('messages.sendMessage'), the marked chat id, and the outcome.

    `outcome` is '' for success, else the error's message.
    """

    date: datetime
    name: str
    chat_id: int | None
    outcome: str


class LocalTelegram:
    """A Telegram that lives in this process. Real clients connect in memory or over loopback TCP.

    In memory::

        session = MemorySession()
        session.set_dc(2, *telegram.address)
        session.auth_key = telegram.issue_key()
        client = TelegramClient(session, 1, "sandbox", connection=telegram.connection)
    """

    def __init__(
        self,
        bot_token: str = "1000:sandbox",  # noqa: S107 - the sandbox's own, good for nothing else
        bot_username: str = "gpttg_bot",
        *,
        bot_name: str = "GPTTG",
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        privacy: bool = True,
    ) -> None:
        self.bot = Bot(bot_token, bot_username, bot_name, privacy)
        self.world = World(self.bot, now)
        self.changed = self.world.changed
        self.faults = Faults(self._cut_all, self.world.files.expire_references)
        self.uploads = Uploads()
        self.delivery = Delivery(self.world, self.faults, self._later)
        self.world.audience = self.delivery
        self.addresses = {DC_ID: Address("127.0.0.1", 443), OTHER_DC_ID: Address("127.0.0.2", 443)}
        """Where each data centre is. Files lie in the first, unless their `Media.dc_id` says otherwise."""
        self.calls: list[RequestSeen] = []
        """Every request, oldest first."""
        self.unknown_requests: list[str] = []
        """Names of requests that the sandbox can't answer; a test should find it empty."""
        self.broken_answers: list[Exception] = []
        """What the sandbox itself raised while it answered; a test should find it empty."""
        self.commands: dict[tuple[str, str], list[Any]] = {}
        """(scope, language) → TL BotCommands; scopes are named 'default', 'users', 'chats', 'peer:123', …"""
        self.menu_buttons: dict[int | None, Any] = {}
        self.bot_info: dict[str, dict[str, str]] = {}
        self.slice_size = SLICE_SIZE
        self.forgets_differences_after: int | None = None
        """If set, a client that is more events behind gets `differenceTooLong`."""
        self._authorisations: dict[int, Authorisation] = {}
        self._connections: set[Connection] = set()
        self._rings: dict[Chat, asyncio.TimerHandle] = {}

    # -- people and groups -------------------------------------------------------------------------------------

    def person(self, name: str, *, language: str = "en", username: str | None = None, premium: bool = False) -> Person:
        """Somebody new, who has not started the bot yet. `language` becomes User.lang_code."""
        return self.world.add_person(name, language=language, username=username, premium=premium)

    def group(
        self,
        title: str,
        members: Sequence[Person],
        *,
        kind: str = "supergroup",
        forum: bool = False,
        bot_is_admin: bool = False,
        admins: Sequence[Person] = (),
    ) -> Any:
        """A new group with the bot in it: a `Supergroup`, or a `BasicGroup` for kind='basic'.

        Its first member has made it, and is an admin besides those of `admins`.
        """
        return self.world.add_group(title, members, kind=kind, forum=forum, bot_is_admin=bot_is_admin, admins=admins)

    @property
    def people(self) -> list[Person]:
        """Everybody, in the order of their appearance."""
        return list(self.world.people.values())

    @property
    def chats(self) -> list[Chat]:
        """All chats, private ones included."""
        return list(self.world.chats.values())

    @property
    def reads(self) -> list[PartRead]:
        """Every part of a file that the bot got, oldest first."""
        return self.world.files.reads

    def transcript(self) -> str:
        """Everything that was said anywhere, for failure messages."""
        return "\n\n".join(chat.transcript() for chat in self.chats if chat.history or chat.draft)

    def count(self, request: str, chat: Chat | None = None) -> int:
        """How often the bot made a request (any spelling of its name), in one chat or everywhere."""
        wanted = short_name(request)
        return sum(short_name(seen.name) == wanted and (chat is None or seen.chat_id == chat.id) for seen in self.calls)

    # -- connecting --------------------------------------------------------------------------------------------

    @cached_property
    def connection(self) -> type[MemoryConnection]:
        """For `TelegramClient(connection=...)`: connects in this process."""
        return leading_to(self)

    def issue_key(self, *, logged_in: bool = False) -> AuthKey:
        """A fresh auth key which the server knows, so that no key exchange is needed."""
        authorisation = self.accept_key(AuthKey(b"\x01" + os.urandom(255)))
        if logged_in:
            self.delivery.log_in(authorisation)
        return authorisation.key

    def listen(
        self, host: str = "127.0.0.1", port: int = 0, *, dc_id: int = DC_ID
    ) -> AbstractAsyncContextManager[Address]:
        """`async with telegram.listen() as address:` serve TCP (port 0: any free one), as one of its data centres."""
        return listening(self, host, port, partial(self.addresses.__setitem__, dc_id), dc_id)

    @property
    def address(self) -> Address:
        """Of the data centre where clients log in."""
        return self.addresses[DC_ID]

    @property
    def public_key_pem(self) -> bytes:
        """The server's RSA key as PKCS#1 PEM, for `telethon.crypto.rsa.add_key(pem, old=False)`."""
        return PUBLIC_KEY_PEM

    def write_public_key(self, path: Path) -> None:
        """Write the PEM to a file."""
        path.write_bytes(PUBLIC_KEY_PEM)

    def open_connection(
        self, write: Callable[[bytes], None], close: Callable[[], None], dc_id: int = DC_ID
    ) -> Connection:
        """The server's end of a new connection (for entrances)."""
        connection = Connection(self, write, close, dc_id)
        self._connections.add(connection)
        return connection

    def _cut_all(self) -> int:
        live = [connection for connection in self._connections if connection.is_open]
        self._connections.clear()
        for connection in live:
            connection.cut()
        return len(live)

    # -- the office behind the connections ---------------------------------------------------------------------

    def authorisation(self, key_id: int) -> Authorisation | None:
        """The holder of an auth key."""
        return self._authorisations.get(key_id)

    def accept_key(self, key: AuthKey) -> Authorisation:
        """Remember a new auth key."""
        authorisation = self._authorisations[key.key_id] = Authorisation(key)
        return authorisation

    def hung_up(self, session: Session) -> None:
        """The connection of a session is gone."""
        self.delivery.leave(session)
        self._connections = {connection for connection in self._connections if connection.is_open}

    def serve(self, session: Session, message_id: int, request: Any) -> None:
        """Execute a request; answer it now, later, or not at all, as the faults say."""
        call = unwrapped(self, session, request)
        name, chat_id = name_of(call.request), call.chat_id
        short = short_name(name)
        outcome = self._outcome(call, short, chat_id)
        failed = outcome.message if isinstance(outcome, Refusal) else ""
        self.calls.append(RequestSeen(self.world.now(), name, chat_id, failed))
        if call.wants_updates and session.authorisation.is_logged_in and session.line is not None:
            self.delivery.join(session)
        treatment = self.faults.treatment(short, chat_id)
        if treatment.cut_before_answer:
            if session.line is not None:
                session.line.cut()
        elif treatment.delay_s:
            self._later(treatment.delay_s, lambda: answer(session, message_id, outcome))
        else:
            answer(session, message_id, outcome)

    def _outcome(self, call: Call, name: str, chat_id: int | None) -> bytes | Refusal:
        kind = type(call.request)
        respond = ANSWERS.get(kind)
        if respond is None:
            return self._unknown(name_of(call.request))
        if kind not in BEFORE_LOGIN and not call.session.authorisation.is_logged_in:
            return Refusal("AUTH_KEY_UNREGISTERED")
        try:
            random_id = getattr(call.request, "random_id", None)
            is_repeat = chat_id is not None and (chat_id, random_id) in self.world.sent
            self.faults.check(name, chat_id, is_repeat=is_repeat)
            return encode(respond(call))
        except Refusal as refusal:
            return refusal
        except Exception as error:  # noqa: BLE001 - a fault in the sandbox must not look like silence
            self.broken_answers.append(error)
            return Refusal(f"{BROKEN_ANSWER}: {name_of(call.request)}: {error!r}")

    def serve_unreadable(self, session: Session, message_id: int, constructor: int) -> None:
        """Answer a request of a type that this layer doesn't have."""
        answer(session, message_id, self._unknown(f"constructor {constructor:#010x}"))

    def _unknown(self, name: str) -> Refusal:
        self.unknown_requests.append(name)
        return Refusal(f"{UNKNOWN_REQUEST}: {name}")

    # -- time --------------------------------------------------------------------------------------------------

    def _later(self, seconds: float, act: Callable[[], None]) -> asyncio.TimerHandle:
        return asyncio.get_running_loop().call_later(seconds, act)

    def ring_after(self, chat: Chat, seconds: float) -> None:
        """Ring the bell when the chat's draft has run out; a newer draft moves the time."""
        before = self._rings.pop(chat, None)
        if before is not None:
            before.cancel()
        self._rings[chat] = self._later(seconds, self.changed.ring)
