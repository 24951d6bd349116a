"""Asking again: when, how long, and when not."""

from __future__ import annotations

from collections.abc import Callable

import anyio
import pytest

from engine.ai import retries
from engine.ai.retries import with_retries
from engine.core.errors import OutageError, QuotaExhaustedError, RateLimitedError, RefusedError, TransientError

pytestmark = pytest.mark.anyio


class Attempts:
    """Fails as told, then answers; notes when it was asked, in seconds from the first time."""

    def __init__(self, *failures: Exception) -> None:
        self._failures = list(failures)
        self._times: list[float] = []

    async def __call__(self) -> str:
        self._times.append(anyio.current_time())
        if self._failures:
            raise self._failures.pop(0)
        return "an answer"

    @property
    def at_s(self) -> list[float]:
        return [round(time - self._times[0], 1) for time in self._times]


def always(chance: float) -> Callable[[], float]:
    return lambda: chance


async def test_an_outage_is_waited_out_with_growing_patience() -> None:
    attempts = Attempts(*[OutageError() for _ in range(4)])
    assert await with_retries(attempts, chance=always(0)) == "an answer"
    assert attempts.at_s == [0, 0.5, 1.5, 3.5, 7.5]


async def test_chance_shortens_the_waits_by_a_quarter_at_most() -> None:
    attempts = Attempts(OutageError(), OutageError())
    await with_retries(attempts, chance=always(1))
    assert attempts.at_s == pytest.approx([0, 0.4, 1.1], abs=0.06)


async def test_the_wait_that_openai_names_is_taken_exactly() -> None:
    attempts = Attempts(RateLimitedError(retry_after_s=17.0), RateLimitedError(retry_after_s=0.0))
    assert await with_retries(attempts) == "an answer"
    assert attempts.at_s == [0, 17, 17]


@pytest.mark.parametrize(
    "error",
    [
        OutageError(may_have_run=True),
        RateLimitedError(retry_after_s=retries.LONGEST_ASKED_WAIT_S + 1),
        QuotaExhaustedError(),
        RefusedError(),
        ZeroDivisionError(),
    ],
)
async def test_what_may_cost_twice_or_never_works_is_not_asked_again(error: Exception) -> None:
    attempts = Attempts(error)
    with pytest.raises(type(error)) as raised:
        await with_retries(attempts)
    assert raised.value is error
    assert attempts.at_s == [0]


async def test_after_so_many_tries_the_last_error_is_raised() -> None:
    failures: list[TransientError] = [OutageError(str(number)) for number in range(9)]
    with pytest.raises(OutageError, match="2"):
        await with_retries(Attempts(*failures), tries=3)


async def test_no_wait_begins_that_would_end_too_late() -> None:
    attempts = Attempts(*[RateLimitedError(retry_after_s=50.0) for _ in range(5)])
    with pytest.raises(RateLimitedError):
        await with_retries(attempts)
    assert attempts.at_s == [0, 50, 100, 150]
