"""Staying connected: what Telethon gives up is connected anew, for as long as the bot runs."""

from __future__ import annotations

import anyio
from loguru import logger

from engine.core.errors import CredentialsRefusedError, FloodWaitError, OutageError
from engine.telegram.client import Client
from engine.telegram.errors import KEY_UNKNOWN

RECONNECT_FIRST_S = 1.0
RECONNECT_MOST_S = 60.0
"""Waits before a connection that Telethon itself has given up is made anew."""


async def stay_connected(client: Client) -> None:
    """Telethon reconnects by itself, without end; what it gives up nevertheless is connected anew here."""
    wait_s = RECONNECT_FIRST_S
    try:
        while True:
            error = await client.ended()
            if isinstance(error, CredentialsRefusedError):
                raise error
            logger.error("the connection to Telegram has ended ({}): again in {} s", error, wait_s)
            await anyio.sleep(wait_s)
            wait_s = min(wait_s * 2, RECONNECT_MOST_S)
            try:
                await client.connect()
                wait_s = RECONNECT_FIRST_S
            except (OSError, OutageError, FloodWaitError) as failure:
                if getattr(failure, "code", "") == KEY_UNKNOWN:  # the next start logs in anew
                    raise CredentialsRefusedError(code=KEY_UNKNOWN) from failure
                logger.warning("no connection to Telegram: {}", type(failure).__name__)
    finally:
        with anyio.CancelScope(shield=True):
            await client.disconnect()
