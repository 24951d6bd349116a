"""The only place that catches everything: what an actor or a job raises ends there, not the process."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from loguru import logger

T = TypeVar("T")

TRIES = 2
"""How often an event is handled, or a job begun, before it is given up."""


class GaveUp(Exception):  # noqa: N818 - named after the state of the world
    """Something of ours raised; `reason` is safe to store (type and place, never a message's text)."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


async def guarded(what: str, work: Callable[[], Awaitable[T]]) -> T:
    """The result of `work`; GaveUp instead of whatever it raised, with the detail in the log."""
    try:
        return await work()
    except Exception as error:
        reason = f"{type(error).__name__} at {_place(error)}"
        # the message of an unknown error may quote a person's text: the log gets type and place only
        logger.error("{} raised {}", what, reason)
        raise GaveUp(reason) from error


def _place(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "?" if trace is None else f"{trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}"
