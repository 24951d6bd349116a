"""The server's end of one MTProto connection: packets in, packets out, no I/O of its own.

packet ─► key id 0 ─► handshake ─► packet
       └► decrypt ─► salt, session, message ids ─► container / gzip / ack / ping ─► requests ─► `Office.serve`
session.send ─► (gathered while a packet is handled) ─► encrypt ─► packet
"""

from __future__ import annotations

import gzip
import struct
import time
from collections.abc import Callable
from itertools import groupby
from operator import itemgetter
from typing import Any, Protocol

from telethon.crypto import AuthKey
from telethon.errors import TypeNotFoundError
from telethon.extensions import BinaryReader
from telethon.tl import functions, types
from telethon.tl.core import GzipPacked, MessageContainer, RpcResult

from engine.sandbox.telegram.handshake import Handshake, HandshakeError
from engine.sandbox.telegram.refusal import Refusal
from engine.sandbox.telegram.sessions import Authorisation, BadPacketError, Session, message_ids

UNKNOWN_KEY = struct.pack("<i", -404)
"""The transport error for an auth key that the server doesn't have."""
GZIP_FROM = 8192
"""Answers from this size (bytes) on are compressed, as Telegram does with large ones; parts of files are not."""
CONTAINER_MOST = 512 << 10
"""Bytes of answers that go out in one packet: parts of files travel alone."""
MESSAGE_TOO_OLD_S, MESSAGE_TOO_NEW_S = 300, 30

_CONTAINER = struct.pack("<I", MessageContainer.CONSTRUCTOR_ID)
_GZIPPED = struct.pack("<I", GzipPacked.CONSTRUCTOR_ID)
_RESULT = struct.pack("<I", RpcResult.CONSTRUCTOR_ID)
_FILE_PART = struct.pack("<I", types.upload.File.CONSTRUCTOR_ID)
_VECTOR = struct.pack("<I", 0x1CB5C415)
_TRUE, _FALSE = struct.pack("<I", 0x997275B5), struct.pack("<I", 0xBC799737)


class Office(Protocol):
    """Who answers requests and keeps the keys."""

    def authorisation(self, key_id: int) -> Authorisation | None:
        """The holder of an auth key."""

    def accept_key(self, key: AuthKey) -> Authorisation:
        """Remember a new auth key."""

    def serve(self, session: Session, message_id: int, request: Any) -> None:
        """Execute a request and `answer` it, now or later."""

    def serve_unreadable(self, session: Session, message_id: int, constructor: int) -> None:
        """Answer a request of an unknown type."""

    def hung_up(self, session: Session) -> None:
        """The connection of this session is gone."""


def encode(result: Any) -> bytes:
    """The bytes of an answer: a TL object, a boolean, or a list of objects."""
    if result is True or result is False:
        return _TRUE if result else _FALSE
    if isinstance(result, list):
        return _VECTOR + struct.pack("<i", len(result)) + b"".join(bytes(item) for item in result)
    return bytes(result)


def answer(session: Session, message_id: int, result: bytes | Refusal) -> None:
    """Send the encoded answer to a request; a `Refusal` becomes an RPC error."""
    body = bytes(types.RpcError(result.code, result.message)) if isinstance(result, Refusal) else result
    if len(body) >= GZIP_FROM and not body.startswith(_FILE_PART):
        packed = bytes(GzipPacked(body))
        body = packed if len(packed) < len(body) else body
    session.send(_RESULT + struct.pack("<q", message_id) + body, is_answer=True)


class Connection:
    """One connection, by whichever entrance. That calls `receive` and `lost`; `write` and `close` are its own."""

    def __init__(
        self, office: Office, write: Callable[[bytes], None], close: Callable[[], None], dc_id: int = 2
    ) -> None:
        self._office = office
        self.dc_id = dc_id
        self._write = write
        self._close = close
        self._handshake = Handshake()
        self._sessions: set[Session] = set()
        self._gathering = False
        self._gathered: list[tuple[Session, int, int, bytes]] = []
        self.is_open = True

    # -- in ----------------------------------------------------------------------------------------------------

    def receive(self, packet: bytes) -> None:
        """Handle one packet of the transport."""
        if not self.is_open:
            return
        try:
            if packet[:8] == bytes(8):
                self._receive_plain(packet)
            else:
                self._receive_encrypted(packet)
        except (HandshakeError, BadPacketError, BufferError, TypeNotFoundError, struct.error):
            self.cut()

    def _receive_plain(self, packet: bytes) -> None:
        reply = bytes(self._handshake.answer(BinaryReader(packet[20:]).tgread_object()))
        if self._handshake.key is not None:
            self._office.accept_key(self._handshake.key)
            self._handshake = Handshake()
        self._write(struct.pack("<qqi", 0, message_ids.next(is_answer=True), len(reply)) + reply)

    def _receive_encrypted(self, packet: bytes) -> None:
        authorisation = self._office.authorisation(int.from_bytes(packet[:8], "little"))
        if authorisation is None:
            self._write(UNKNOWN_KEY)
            return
        plain = authorisation.decrypt(packet)
        salt, session_id, message_id, sequence, length = struct.unpack_from("<qqqii", plain)
        session = self._session(authorisation, session_id)
        self._gathering = True
        try:
            code = self._wrong_id(message_id)
            if code:
                session.send(bytes(types.BadMsgNotification(message_id, sequence, code)), content=False)
            elif salt != authorisation.salt:
                refused = types.BadServerSalt(message_id, sequence, 48, authorisation.salt)
                session.send(bytes(refused), content=False)
            else:
                self._greet(session, message_id)
                self._take(session, message_id, plain[32 : 32 + length])
        finally:
            self._gathering = False
            self._flush()

    def _session(self, authorisation: Authorisation, session_id: int) -> Session:
        session = authorisation.sessions.get(session_id)
        if session is None:
            session = authorisation.open_session(session_id)
        if session.line is not self:
            self._sessions.add(session)
            session.attach(self)
        return session

    @staticmethod
    def _wrong_id(message_id: int) -> int:
        if message_id % 4:
            return 18
        age = time.time() - (message_id >> 32)
        return 16 if age > MESSAGE_TOO_OLD_S else 17 if age < -MESSAGE_TOO_NEW_S else 0

    def _greet(self, session: Session, message_id: int) -> None:
        if not session.seen:
            created = types.NewSessionCreated(message_id, session.id, session.authorisation.salt)
            session.send(bytes(created))

    def _take(self, session: Session, message_id: int, body: bytes) -> None:
        head = body[:4]
        if head == _CONTAINER:
            self._take_container(session, body)
        elif head == _GZIPPED:
            packed = BinaryReader(body[4:]).tgread_bytes()
            self._take(session, message_id, gzip.decompress(packed))
        elif session.take_in(message_id):
            try:
                message = BinaryReader(body).tgread_object()
            except TypeNotFoundError as error:
                self._office.serve_unreadable(session, message_id, error.invalid_constructor_id)
            else:
                self._take_message(session, message_id, message)

    def _take_container(self, session: Session, body: bytes) -> None:
        position = 8
        for _ in range(struct.unpack_from("<i", body, 4)[0]):
            message_id, _sequence, length = struct.unpack_from("<qii", body, position)
            position += 16
            self._take(session, message_id, body[position : position + length])
            position += length

    def _take_message(self, session: Session, message_id: int, message: Any) -> None:
        if isinstance(message, types.MsgsAck):
            session.acknowledge(message.msg_ids)
        elif isinstance(message, functions.PingRequest | functions.PingDelayDisconnectRequest):
            session.send(bytes(types.Pong(message_id, message.ping_id)), is_answer=True, content=False)
        elif isinstance(message, functions.DestroySessionRequest):
            known = session.authorisation.sessions.pop(message.session_id, None)
            kind = types.DestroySessionOk if known else types.DestroySessionNone
            session.send(bytes(kind(message.session_id)), is_answer=True)
        elif isinstance(message, functions.GetFutureSaltsRequest):
            now = int(time.time())
            salt = types.FutureSalt(now, now + 86400, session.authorisation.salt)
            session.send(bytes(types.FutureSalts(message_id, now, [salt])), is_answer=True)
        elif not isinstance(message, types.MsgsStateInfo | types.MsgsAllInfo | types.HttpWait):
            self._office.serve(session, message_id, message)

    # -- out ---------------------------------------------------------------------------------------------------

    def transmit(self, session: Session, message_id: int, sequence: int, body: bytes) -> None:
        """Send a message of a session, in one packet with the others that the same packet of the client caused."""
        if self._gathered and sum(len(gathered) for *_, gathered in self._gathered) + len(body) > CONTAINER_MOST:
            self._flush()
        self._gathered.append((session, message_id, sequence, body))
        if not self._gathering:
            self._flush()

    def _flush(self) -> None:
        gathered, self._gathered = self._gathered, []
        if self.is_open:
            for session, messages in groupby(gathered, key=itemgetter(0)):
                self._seal(session, list(messages))

    def _seal(self, session: Session, messages: list[tuple[Session, int, int, bytes]]) -> None:
        if len(messages) == 1:
            _, message_id, sequence, body = messages[0]
        else:
            parts = [_CONTAINER, struct.pack("<i", len(messages))]
            for _, inner_id, inner_sequence, inner in messages:
                parts += (struct.pack("<qii", inner_id, inner_sequence, len(inner)), inner)
            body, sequence = b"".join(parts), 0
            message_id = message_ids.next(is_answer=False)
        authorisation = session.authorisation
        head = struct.pack("<qqqii", authorisation.salt, session.id, message_id, sequence, len(body))
        self._write(authorisation.encrypt(head + body))

    # -- end ---------------------------------------------------------------------------------------------------

    def cut(self) -> None:
        """Close the connection from the server's side; nothing more goes out."""
        if self.is_open:
            self.lost()
            self._close()

    def lost(self) -> None:
        """The connection is gone."""
        self.is_open = False
        for session in self._sessions:
            if session.line is self:
                session.line = None
                self._office.hung_up(session)
        self._sessions.clear()
