"""An update as the flight recorder keeps it: a TL `updates` with this one update and whom it names."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import Any

from telethon import errors, types, utils
from telethon.extensions import BinaryReader


def packet_of(update: Any, users: Iterable[Any], chats: Iterable[Any]) -> bytes:
    """The TL bytes of an update, with those of the batch's users and chats that its translation looks at."""
    named = _named(update)
    return bytes(
        types.Updates(
            updates=[update],
            users=[user for user in users if user.id in named],
            chats=[chat for chat in chats if utils.get_peer_id(chat) in named],
            date=None,
            seq=0,
        )
    )


def read_packet(tl: bytes) -> Any:
    """What `packet_of` has packed. Raises ValueError for what can't be read: its own words would quote the bytes."""
    try:
        with BinaryReader(tl) as reader:
            return reader.tgread_object()
    except (errors.TypeNotFoundError, struct.error, BufferError, ValueError, MemoryError) as error:
        raise ValueError(f"{len(tl)} bytes are no TL object ({type(error).__name__})") from None


def _named(update: Any) -> set[int]:
    """Marked ids."""
    message = getattr(update, "message", None)
    forward = getattr(message, "fwd_from", None)
    peers = (
        getattr(message, "from_id", None),
        getattr(message, "peer_id", None),
        getattr(forward, "from_id", None),
        getattr(update, "peer", None),
    )
    named = {utils.get_peer_id(peer) for peer in peers if peer is not None}
    return named | {getattr(update, "user_id", 0)}
