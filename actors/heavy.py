"""Heavy work: opening archives, cutting texts and long sounds, counting, hashing. It runs outside the event loop, on
the processors that can be spared, and everybody has their turn.

What is small does not wait here: a voice note is looked at at once, whatever else is going on.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import anyio.to_thread

from engine.queue import Queue

T = TypeVar("T")

LIGHT_BYTES = 8 * 1024 * 1024
"""What a file of this size takes is over before anybody notices."""
UNPACKED_TO_PACKED = 8
"""What an archive weighs is what becomes of it: its size times this, for all that is known beforehand."""


class Workbench(Queue):
    """The queue of heavy work."""

    AT_ONCE = max(1, (os.cpu_count() or 1) - 1)
    """one processor is the event loop's"""
    OF_ONE_PERSON = max(1, AT_ONCE // 2)


async def in_thread(function: Callable[..., T], *arguments: Any) -> T:
    """What blocks, but is short, outside the event loop."""
    return await anyio.to_thread.run_sync(partial(function, *arguments), abandon_on_cancel=False)
