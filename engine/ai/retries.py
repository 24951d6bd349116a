"""Asking again, with patience: only where nothing can have been billed, never for ever.

Not tenacity or stamina: both sleep and count well, but the one rule that matters here (`may_have_run`, and a wait that
OpenAI itself names) would be a callback in either, longer than this file.
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
JITTER = 0.25
"""Waits are shortened by up to this part, so that all who were turned away together do not return together."""


async def with_retries(attempt: Callable[[], Awaitable[T]]) -> T:
    """The result of `attempt`, asked again after a TransientError that cannot have been billed.

    Raises the last error.
    """
    wait_s = FIRST_WAIT_S
    for tried in range(1, TRIES + 1):
        try:
            return await attempt()
        except TransientError as error:
            asked_s = error.retry_after_s
            if error.may_have_run or tried == TRIES or (asked_s or 0.0) > LONGEST_ASKED_WAIT_S:
                raise
            pause_s = asked_s if asked_s is not None else wait_s * (1 - JITTER * random.random())  # noqa: S311
            logger.info("{} ({}): again in {:.1f} s", type(error).__name__, error.code, pause_s)
            await anyio.sleep(pause_s)
            wait_s = min(wait_s * 2, LONGEST_WAIT_S)
    raise AssertionError("unreachable")
