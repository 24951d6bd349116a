"""Who is connected: authorisations (one per auth key) and their MTProto sessions, with what waits for an ack."""

from __future__ import annotations

import os
import struct
import time
from hashlib import sha256
from typing import TYPE_CHECKING, Protocol

from telethon.crypto import AES, AuthKey

if TYPE_CHECKING:
    from engine.sandbox.telegram.chats import Supergroup

UNACKNOWLEDGED_LIMIT = 500
"""How many messages to a client are kept for a reconnect of the same session."""

SLEEPING_SESSIONS_LIMIT = 10
"""How many sessions without a connection are kept for each key."""


class BadPacketError(Exception):
    """The packet is not what a client with this key would send."""


class _MessageIds:
    """Server message ids: time-based, growing, 1 mod 4 for answers and 3 mod 4 for everything else."""

    def __init__(self) -> None:
        self._last = 0

    def next(self, *, is_answer: bool) -> int:
        now = time.time()
        number = (int(now) << 32) | (int((now % 1) * (1 << 30)) << 2)
        self._last = max(number, (self._last & ~3) + 4) | (1 if is_answer else 3)
        return self._last


message_ids = _MessageIds()


class Authorisation:
    """An auth key and what the server knows about its owner."""

    def __init__(self, key: AuthKey) -> None:
        self.key_id: int = key.key_id
        self.key = key
        self._key: bytes = key.key
        self._head = struct.pack("<Q", key.key_id)
        self.salt = struct.unpack("<q", sha256(b"salt" + self._key).digest()[:8])[0]
        self.is_logged_in = False
        self.sessions: dict[int, Session] = {}
        self.behind: set[Supergroup] = set()
        """Supergroups whose events this client may have missed: its next difference names them."""

    def open_session(self, session_id: int) -> Session:
        """A new session; the oldest without a connection are forgotten."""
        asleep = [old for old in self.sessions.values() if old.line is None]
        for old in asleep[: max(0, len(asleep) - SLEEPING_SESSIONS_LIMIT)]:
            del self.sessions[old.id]
        session = self.sessions[session_id] = Session(self, session_id)
        return session

    def decrypt(self, packet: bytes) -> bytes:
        """Plain text (salt, session id, message id, …) of a client's packet. Raises `BadPacketError`."""
        msg_key = packet[8:24]
        if len(packet) < 56 or (len(packet) - 24) % 16:
            raise BadPacketError("length")
        plain: bytes = AES.decrypt_ige(packet[24:], *self._aes(msg_key, 0))
        if sha256(self._key[88:120] + plain).digest()[8:24] != msg_key:
            raise BadPacketError("msg_key")
        return plain

    def encrypt(self, plain: bytes) -> bytes:
        """A packet for the client."""
        plain += os.urandom(-(len(plain) + 12) % 16 + 12)
        msg_key = sha256(self._key[96:128] + plain).digest()[8:24]
        sealed: bytes = AES.encrypt_ige(plain, *self._aes(msg_key, 8))
        return self._head + msg_key + sealed

    def _aes(self, msg_key: bytes, x: int) -> tuple[bytes, bytes]:
        a = sha256(msg_key + self._key[x : x + 36]).digest()
        b = sha256(self._key[x + 40 : x + 76] + msg_key).digest()
        return a[:8] + b[8:24] + a[24:], b[:8] + a[8:24] + b[24:]


class Line(Protocol):
    """The way out to a connected client."""

    dc_id: int

    def transmit(self, session: Session, message_id: int, sequence: int, body: bytes) -> None:
        """Send one message, perhaps together with others."""

    def cut(self) -> None:
        """Close the connection."""


class Session:
    """One MTProto session. It outlives its connection, for a client that comes back with the same session id."""

    def __init__(self, authorisation: Authorisation, session_id: int) -> None:
        self.authorisation = authorisation
        self.id = session_id
        self.line: Line | None = None
        self.wants_updates = False
        self.seen: dict[int, None] = {}
        """Message ids of the client that were taken in: a message sent twice is executed once."""
        self.told: set[Supergroup] = set()
        """Supergroups of which events went out to this session; a cut connection may have lost them."""
        self._content_messages = 0
        self._unacknowledged: dict[int, tuple[int, bytes]] = {}

    def send(self, body: bytes, *, is_answer: bool = False, content: bool = True) -> None:
        """Send a message; kept until acknowledged if `content`."""
        message_id = message_ids.next(is_answer=is_answer)
        sequence = 2 * self._content_messages + content
        if content:
            self._content_messages += 1
            self._unacknowledged[message_id] = (sequence, body)
            if len(self._unacknowledged) > UNACKNOWLEDGED_LIMIT:
                del self._unacknowledged[next(iter(self._unacknowledged))]
        if self.line is not None:
            self.line.transmit(self, message_id, sequence, body)

    def acknowledge(self, ids: list[int]) -> None:
        """The client has these."""
        for message_id in ids:
            self._unacknowledged.pop(message_id, None)

    def take_in(self, message_id: int) -> bool:
        """Whether this message of the client is new."""
        if message_id in self.seen:
            return False
        self.seen[message_id] = None
        if len(self.seen) > 2 * UNACKNOWLEDGED_LIMIT:
            del self.seen[next(iter(self.seen))]
        return True

    def attach(self, line: Line) -> None:
        """The client is connected over this line (again): what it did not acknowledge goes out once more."""
        self.line = line
        for message_id, (sequence, body) in list(self._unacknowledged.items()):
            line.transmit(self, message_id, sequence, body)
