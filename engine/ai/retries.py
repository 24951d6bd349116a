"""Asking again, with patience: only where nothing can have been billed, never for ever.

Not tenacity or stamina: both wait and count well, but the rules that matter here (`may_have_run`, and the wait that
OpenAI itself names, taken exactly or not at all) would be call-backs in either, longer than this file.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

import anyio
from loguru import logger

from engine.core.errors import TransientError

T = TypeVar("T")

TRIES = 6
FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 20.0
LONGEST_ASKED_WAIT_S = 60.0
"""A longer wait that OpenAI asks for is told to the person instead."""
TOTAL_S = 180.0
"""No wait begins that would end later than this after the first try."""
JITTER = 0.25
"""Waits are shortened by up to this part, so that all who were turned away together do not return together."""


async def with_retries(
    attempt: Callable[[], Awaitable[T]], *, tries: int = TRIES, chance: Callable[[], float] = random.random
) -> T:
    """The result of `attempt`, asked again after a TransientError that cannot have been billed.

    Waits on the event loop's clock. `chance` gives numbers from 0 to 1. Raises the last error.
    """
    began_s = anyio.current_time()
    wait_s = FIRST_WAIT_S
    for tried in range(1, tries + 1):
        try:
            return await attempt()
        except TransientError as error:
            pause_s = error.retry_after_s
            if pause_s is None:
                pause_s = wait_s * (1 - JITTER * chance())
            is_too_late = anyio.current_time() + pause_s - began_s > TOTAL_S
            if error.may_have_run or tried == tries or pause_s > LONGEST_ASKED_WAIT_S or is_too_late:
                raise
            logger.info("{} ({}): again in {:.1f} s", type(error).__name__, error.code, pause_s)
        await anyio.sleep(pause_s)
        wait_s = min(wait_s * 2, LONGEST_WAIT_S)
    raise AssertionError("unreachable")
