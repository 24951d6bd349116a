"""Telegram's command menus: which commands a chat offers, by scope and language.

Everybody's menu is set at the start. An admin's is offered as soon as Telegram takes it, which is when they have
written to the bot, and is taken back when they are none any more. Nothing waits for it: whoever sends a message says so
here (`wake`), and a task of its own compares who runs the bot with who has the menu.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Any

import anyio
import msgspec
from loguru import logger
from telethon import functions, types

from engine.core.errors import GpttgError, RefusedError
from engine.store.database import Database
from engine.telegram.calls import Invoker, input_peer
from engine.telegram.patience import patiently

Menu = Sequence[tuple[str, str]]
"""(command, description)"""
Menus = Mapping[str, Menu]
"""A menu in each language, by its code; "" is for all languages without one."""


class CommandMenus:
    """Keeps them as they should be. `admins` reads who runs the bot."""

    def __init__(
        self,
        database: Database,
        client: Invoker,
        everybodys: Menus,
        admins_own: Menus,
        admins: Callable[[sqlite3.Connection], Collection[int]],
    ) -> None:
        self._database = database
        self._client = client
        self._everybodys = everybodys
        self._admins_own = admins_own
        self._admins = admins
        self._noted: set[int] = set()
        self._set: set[int] = set()
        self._failed: set[int] = set()
        self._heard: set[int] = set()
        self._woken = anyio.Event()

    def wake(self, chat_id: int) -> None:
        """Something is said in this chat: to an admin who has never written before, perhaps, or to one who has changed
        somebody's role. Cheap: it concerns admins' chats only."""
        if chat_id in self._set or chat_id in self._failed:
            self._heard.add(chat_id)
            self._woken.set()

    async def run(self) -> None:
        """Never ends."""
        self._noted = await self._database.read(_noted)
        for language, menu in self._everybodys.items():
            await self._is_done(_offer(types.BotCommandScopeDefault(), menu, language))
        while True:
            self._woken = anyio.Event()
            self._failed -= self._heard
            self._heard.clear()
            admins = set(await self._database.read(self._admins))
            for person_id in sorted(admins - self._set - self._failed):
                await self._give(person_id)
            for person_id in sorted(self._noted - admins - self._failed):
                await self._take_back(person_id)
            await self._woken.wait()

    async def _give(self, person_id: int) -> None:
        self._noted.add(person_id)
        self._database.write_later(partial(_note, people=frozenset(self._noted)))
        scope = types.BotCommandScopePeer(input_peer(person_id, 0))
        for language, menu in self._admins_own.items():
            if not await self._is_done(_offer(scope, menu, language)):
                self._failed.add(person_id)
                return
        self._set.add(person_id)

    async def _take_back(self, person_id: int) -> None:
        scope = types.BotCommandScopePeer(input_peer(person_id, 0))
        for language in self._admins_own:
            if not await self._is_done(functions.bots.ResetBotCommandsRequest(scope, language), or_refused=True):
                self._failed.add(person_id)
                return
        self._noted.discard(person_id)
        self._set.discard(person_id)
        self._database.write_later(partial(_note, people=frozenset(self._noted)))

    async def _is_done(self, request: Any, *, or_refused: bool = False) -> bool:
        """Telegram refuses it for those who have never written to the bot."""
        try:
            await patiently(lambda: self._client.invoke(request))
        except GpttgError as error:
            logger.info("{} for {}: {}", type(request).__name__, type(request.scope).__name__, error)
            return or_refused and isinstance(error, RefusedError)
        return True


def _offer(scope: Any, menu: Menu, language: str) -> functions.bots.SetBotCommandsRequest:
    return functions.bots.SetBotCommandsRequest(scope, language, [types.BotCommand(*command) for command in menu])


def _noted(db: sqlite3.Connection) -> set[int]:
    """Who has, or may have, an admin's menu."""
    row = db.execute("SELECT value FROM installation WHERE name = 'menus'").fetchone()
    return set() if row is None else msgspec.json.decode(row[0], type=set[int])


def _note(db: sqlite3.Connection, people: Collection[int]) -> None:
    db.execute(
        "INSERT INTO installation VALUES ('menus', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (msgspec.json.encode(sorted(people)),),
    )
