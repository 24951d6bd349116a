"""The outside of a bot, as a value: Telegram's connection, OpenAI's transport, the clock, the disk.

The real one is `real_world`; the sandbox, the tests and the simulation put their own doors into a World.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import httpx2
from telethon.crypto import rsa
from telethon.network import ConnectionTcpFull

from engine.core.clock import Clock, wall_clock
from engine.core.errors import ConfigurationError
from engine.runtime.behaviour import Casting
from engine.settings import REMEDIES, Settings
from engine.store.database import Database
from engine.telegram.carrier import Carrier, LocalCarrier
from engine.telegram.carrier_process import carrier_process
from engine.telegram.senders import FileConnection
from engine.telegram.session import StoredSession

Opened = Callable[[], AbstractAsyncContextManager[Database]]


def disk_free(path: Path) -> int:
    """The bytes that are left on the disk where a directory lies."""
    return shutil.disk_usage(path).free


@dataclass(frozen=True)
class World:
    """What is outside; the defaults are the real things, but for the carrier (see `real_world`)."""

    connection: type = ConnectionTcpFull
    transport: httpx2.AsyncBaseTransport | None = None
    clock: Clock = wall_clock
    durable: bool = True
    prepare_session: Callable[[StoredSession], None] | None = None
    observe: Callable[[str, Any], None] | None = None
    casting: Casting | None = None
    """other actors than this bot's own (engine.testing)"""
    disk_free: Callable[[Path], int] = disk_free
    carried_elsewhere: Carrier | None = None
    """what carries large files, where that is not this process"""
    opened: Opened | None = None
    """another database than the one at DATABASE_PATH (engine.simulation)"""

    @property
    def carrier(self) -> Carrier:
        """What carries large files."""
        is_real = self.connection is ConnectionTcpFull
        return self.carried_elsewhere or LocalCarrier(FileConnection if is_real else self.connection)


@contextmanager
def real_world(settings: Settings) -> Iterator[World]:
    """The outside as it is, for a bot that runs in the block, with a process that carries large files. To be entered
    before there is an event loop, as the process is forked.

    Raises ConfigurationError where TELEGRAM_SERVER_KEY is no public key.
    """
    trust_server(settings)
    with carrier_process() as carrier:
        yield World(carried_elsewhere=carrier)


def trust_server(settings: Settings) -> None:
    """Takes the server key that the settings name for one of Telegram's, if they do, for the whole process.

    Raises ConfigurationError where it is none.
    """
    if settings.telegram_server_key is not None:
        _trust(settings.telegram_server_key.read_text("ascii"))


@cache
def _trust(public_key_pem: str) -> None:
    """Telethon's list of server keys is one for the process."""
    try:
        rsa.add_key(public_key_pem, old=False)
    except ValueError as error:
        raise ConfigurationError(f"TELEGRAM_SERVER_KEY is not valid: {REMEDIES['telegram_server_key']}") from error
