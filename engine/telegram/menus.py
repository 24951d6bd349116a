"""Telegram's command menus: which commands a chat offers, by scope and language."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from loguru import logger
from telethon import functions, types

from engine.core.errors import GpttgError
from engine.telegram.calls import Invoker, input_peer

Menu = Sequence[tuple[str, str]]
"""(command, description)"""


async def offer_everywhere(client: Invoker, menu: Menu, language: str) -> None:
    """The menu of all chats that have none of their own; language "" is for all languages without one."""
    await _offer(client, types.BotCommandScopeDefault(), menu, language)


async def offer_person(client: Invoker, person_id: int, menu: Menu, language: str) -> None:
    """The menu of one person's private chat. Telegram refuses it for those who have never written to the bot."""
    await _offer(client, types.BotCommandScopePeer(input_peer(person_id, 0)), menu, language)


async def _offer(client: Invoker, scope: Any, menu: Menu, language: str) -> None:
    commands = [types.BotCommand(command, description) for command, description in menu]
    try:
        await client.invoke(functions.bots.SetBotCommandsRequest(scope, language, commands))
    except GpttgError as error:
        logger.info("the menu for {} was not set: {}", type(scope).__name__, error)
