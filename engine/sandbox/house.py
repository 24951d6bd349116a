"""A whole bot in the sandbox: the production code, at the sandbox's two doors."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from engine.bot import Bot, running_bot
from engine.core.clock import Clock, wall_clock
from engine.runtime.behaviour import Casting
from engine.sandbox.openai import LocalOpenAI
from engine.sandbox.openai.service import SANDBOX_KEY
from engine.sandbox.telegram import LocalTelegram
from engine.settings import Settings, load_settings
from engine.telegram.session import StoredSession
from engine.world import Opened, World

ROOMY_BYTES = 500 * 1024**3
"""The sandbox's disk, unless somebody says otherwise."""


def sandbox_settings(
    telegram: LocalTelegram, database_path: Path, *, admins: Iterable[int], members: Iterable[int] = (), **others: Any
) -> Settings:
    """Settings that fit the sandbox; `others` are further settings, by field name."""
    return load_settings(
        None,
        bot_token=telegram.bot.token,
        openai_api_key=SANDBOX_KEY,
        admin_id=tuple(admins),
        allowed_user_ids=tuple(members),
        telegram_api_id=1,
        telegram_api_hash="0" * 32,
        database_path=database_path,
        **others,
    )


@dataclass(frozen=True)
class Wires:
    """How a bot reaches the stand-ins, and its database."""

    connection: type
    transport: httpx2.AsyncBaseTransport
    opened: Opened | None = None


@asynccontextmanager
async def sandbox_bot(
    telegram: LocalTelegram,
    model: LocalOpenAI,
    settings: Settings,
    *,
    clock: Clock = wall_clock,
    durable: bool = False,
    observe: Callable[[str, Any], None] | None = None,
    cast: Casting | None = None,
    disk_free: Callable[[Path], int] = lambda _path: ROOMY_BYTES,
    wires: Wires | None = None,
) -> AsyncIterator[Bot]:
    """The bot, logged in and listening. Started again on the same database, it goes on where it was.

    `wires` are other ways to the two stand-ins, and another database, than the usual ones.
    """
    wires = wires or Wires(telegram.connection, model.transport())

    def meet(session: StoredSession) -> None:
        session.set_dc(2, *telegram.address)
        if session.auth_key is None:
            session.auth_key = telegram.issue_key()  # spares the key exchange
            session.save()

    world = World(
        connection=wires.connection,
        transport=wires.transport,
        opened=wires.opened,
        clock=clock,
        durable=durable,
        prepare_session=meet,
        observe=observe,
        casting=cast,
        disk_free=disk_free,
    )
    async with running_bot(settings, world) as bot:
        yield bot
