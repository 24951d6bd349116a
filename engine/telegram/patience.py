"""Asking again: one call, until it is answered or waiting does not help any more."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import anyio
from loguru import logger

from engine.core.errors import FloodWaitError, OutageError

T = TypeVar("T")

TRIES = 8
"""Attempts for one call, flood waits and outages together."""
OUTAGE_FIRST_S = 1.0
OUTAGE_MOST_S = 30.0
"""Waits after an outage: doubled each time up to the most."""
LOGIN_RETRY_S = 5.0
"""How long to wait before another login, if Telegram can't, or wants a wait and does not say which."""
FLOOD_MOST_S = 900.0
"""A longer flood wait is left to the caller, who may have better things to do."""


async def patiently(call: Callable[[], Awaitable[T]]) -> T:
    """What `call` returns. Flood waits are obeyed to the second.

    Raises FloodWaitError or OutageError when that was all in vain, and at once whatever else the call raises.
    """
    outage_s = OUTAGE_FIRST_S
    for tries_left in reversed(range(TRIES)):
        try:
            return await call()
        except FloodWaitError as flood:
            wait_s = flood.retry_after_s or OUTAGE_FIRST_S
            if tries_left == 0 or wait_s > FLOOD_MOST_S:
                raise
        except OutageError:
            wait_s, outage_s = outage_s, min(outage_s * 2, OUTAGE_MOST_S)
            if tries_left == 0:
                raise
        await anyio.sleep(wait_s)
    raise AssertionError("the last try returns or raises")


async def once(login: Callable[[], Awaitable[T]]) -> T:
    """What `login` returns, or raises."""
    return await login()


async def in_the_end(login: Callable[[], Awaitable[T]]) -> T:
    """What `login` returns, again and again while Telegram can't take it, or wants a wait. Raises whatever else."""
    while True:
        try:
            return await login()
        except (FloodWaitError, OutageError) as error:
            wait_s = getattr(error, "retry_after_s", None) or LOGIN_RETRY_S
            logger.warning("Telegram lets nobody log in ({}): again in {} s", error, wait_s)
            await anyio.sleep(wait_s)
