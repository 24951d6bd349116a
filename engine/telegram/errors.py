"""Telethon's errors become ours here, and nowhere else."""

from __future__ import annotations

import struct

from telethon import errors

from engine.core.errors import (
    CredentialsRefusedError,
    FloodWaitError,
    GpttgError,
    OutageError,
    RefusedError,
    UndeliverableError,
)

UNDELIVERABLE = frozenset(
    {
        "USER_IS_BLOCKED",
        "INPUT_USER_DEACTIVATED",
        "USER_DEACTIVATED",
        "PEER_ID_INVALID",
        "CHAT_ID_INVALID",
        "CHANNEL_INVALID",
        "CHANNEL_PRIVATE",
        "CHAT_WRITE_FORBIDDEN",
        "CHAT_ADMIN_REQUIRED",
        "CHAT_RESTRICTED",
        "CHAT_FORBIDDEN",
        "CHAT_SEND_PLAIN_FORBIDDEN",
        "USER_BANNED_IN_CHANNEL",
        "TOPIC_CLOSED",
        "TOPIC_DELETED",
        "USER_BOT_INVALID",
    }
)
"""What Telegram says when a chat will not take messages from the bot, whatever they are."""

ALREADY_DONE = frozenset({"MESSAGE_NOT_MODIFIED", "RANDOM_ID_DUPLICATE"})
"""What Telegram says when a repeated call has nothing left to do: it counts as success."""

FILE_ELSEWHERE = "FILE_MIGRATE_"
"""Begins the code of the refusal that names the data centre where a file lies."""
FILE_PART_MISSING = "FILE_PART_MISSING"
"""What Telegram says when it no longer has all parts of an upload: without the number of the part."""

BROKEN = (
    OSError,
    TimeoutError,
    EOFError,
    errors.InvalidBufferError,
    errors.InvalidChecksumError,
    errors.SecurityError,
    errors.AuthKeyNotFound,
    errors.BadMessageError,
    errors.TypeNotFoundError,
)
"""What a call raises when its connection, or what came over it, is broken."""
GARBLED = (
    EOFError,
    BufferError,
    ValueError,
    struct.error,
    errors.InvalidChecksumError,
    errors.SecurityError,
    errors.BadMessageError,
    errors.TypeNotFoundError,
)
"""What connecting raises when the line is cut in the middle of a packet, or whoever answers does not speak MTProto: a
captive portal, a proxy."""
NOT_TELEGRAM = "NOT_TELEGRAM"
"""The code of that."""
KEY_UNKNOWN = errors.AuthKeyNotFound.__name__
"""The code where a data centre does not know the key of a connection (any more)."""

_CODES = {kind: code for code, kind in errors.rpcerrorlist.rpc_errors_dict.items()}


def translated(error: Exception) -> GpttgError:
    """Our error for one of Telethon's (or of the connection's). Its text holds Telegram's code, no message text."""
    match error:
        case (
            errors.FloodWaitError()
            | errors.FloodPremiumWaitError()
            | errors.SlowModeWaitError()
            | errors.FloodTestPhoneWaitError()
        ):
            return FloodWaitError(code="FLOOD_WAIT", retry_after_s=float(max(1, error.seconds)))
        case errors.AuthKeyError() | errors.UnauthorizedError() | errors.AccessTokenInvalidError():
            return CredentialsRefusedError(code=code_of(error))
        case errors.RPCError() if code_of(error) in UNDELIVERABLE:
            return UndeliverableError(code=code_of(error))
        case errors.RPCError() if error.code is not None and abs(error.code) >= 500:
            return OutageError(code=code_of(error), may_have_run=True)
        case errors.RPCError():
            return RefusedError(code=code_of(error))
        case _ if isinstance(error, BROKEN):
            return OutageError(code=type(error).__name__, may_have_run=True)
        case _:
            return RefusedError(code=type(error).__name__)


def code_of(error: errors.RPCError) -> str:
    """Telegram's own code of an error, as "CHAT_WRITE_FORBIDDEN": Telethon keeps only its class and a sentence."""
    if isinstance(error, errors.FileMigrateError):
        return f"{FILE_ELSEWHERE}{error.new_dc}"
    if isinstance(error, errors.FilePartMissingError):
        return FILE_PART_MISSING
    return _CODES.get(type(error)) or str(error.message)
