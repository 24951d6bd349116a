"""The only place that catches everything: what an actor, a job or a delivery raises ends there, not the process."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from loguru import logger

from engine.core.moment import Unseen

T = TypeVar("T")

TRIES = 2
"""How often an event is handled, or a job begun, before it is given up."""


class GaveUp(Exception):  # noqa: N818 - named after the state of the world
    """Something of ours raised; `reason` is safe to store (type and place, never a message's text)."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@contextmanager
def guarding(what: str, *passing: type[Exception]) -> Iterator[None]:
    """GaveUp instead of whatever the block raises, with the detail in the log. What is `passing` is not caught, nor is
    Unseen, which is a question."""
    try:
        yield
    except Exception as error:
        if isinstance(error, (Unseen, *passing)):
            raise
        reason = f"{type(error).__name__} at {_place(error)}"
        # the message of an unknown error may quote a person's text: the log gets type and place only
        logger.error("{} raised {}", what, reason)
        raise GaveUp(reason) from error


async def guarded(what: str, work: Callable[[], Awaitable[T]], *passing: type[Exception]) -> T:
    """The result of `work`; see guarding."""
    with guarding(what, *passing):
        return await work()


def _place(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "?" if trace is None else f"{trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}"
