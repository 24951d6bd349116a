"""The line about a job's large files on their way from Telegram: bar, amounts, speed, what comes next, Stop; before
that, their place in the queue."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import anyio

from actors.interpret import STOP_BUTTON, button_name
from actors.phrases import Phrases, phrases
from actors.sizes import size_shown
from engine.core.effects import Button
from engine.core.files import Attachment
from engine.core.styled import Styled
from engine.runtime.behaviour import Job
from engine.telegram.downloads import SMALL_BYTES, Wish
from engine.telegram.standing import EDIT_GAP_S, StandingTexts

BAR_CELLS = 12
"""How wide the bar is: with more it breaks on a narrow phone."""


@dataclass(frozen=True)
class Told:
    """Where and how a job tells: the message `ref` ("" for none), and the phrase for what comes next."""

    ref: str
    language: str
    then: str


@dataclass
class _Mark:
    done: int
    total: int
    per_s: float = 0.0
    place: int = 0
    """in the queue; 0: not there"""


class Arriving:
    """The files of one job, and how much of each large one is there."""

    def __init__(self, files: Sequence[Attachment]) -> None:
        self.files = tuple(files)
        large = {file.source.key: file.source for file in files if is_large(file)}
        self._marks = {key: _Mark(0, source.size) for key, source in large.items()}
        self.is_news = False

    def wish(self, attachment: Attachment, person: int) -> Wish:
        """What the download of this file is given; nothing is told about a small one."""
        mark = self._marks.get(attachment.source.key)
        if mark is None:
            return Wish(person)

        def told(done: int, total: int, per_s: float) -> None:
            mark.done, mark.total, mark.per_s = done, total, per_s
            self.is_news = True

        def waits(place: int) -> None:
            mark.place = place
            self.is_news = True

        return Wish(person, told, waits)

    def line(self, say: Phrases, then: str) -> Styled:
        """All of them together, as they are now."""
        missing = [mark for mark in self._marks.values() if mark.done < mark.total]
        if missing and all(mark.place for mark in missing):
            return say.styled("arriving-waits", place=min(mark.place for mark in missing))
        done = sum(mark.done for mark in self._marks.values())
        total = max(1, sum(mark.total for mark in self._marks.values()))
        per_s = sum(mark.per_s for mark in self._marks.values() if mark.done < mark.total)
        full = done * BAR_CELLS // total
        return say.styled(
            "arriving",
            bar="▓" * full + "░" * (BAR_CELLS - full),
            percent=done * 100 // total,
            done=size_shown(done, say),
            total=size_shown(total, say),
            speed=size_shown(round(per_s), say),
            then=say.text(then),
        )


def stop_button(job: Job, say: Phrases) -> tuple[tuple[Button, ...], ...]:
    """Under what is told of a job."""
    return ((Button(say.text("button-stop"), button_name(STOP_BUTTON, job.id)),),)


def is_large(file: Attachment) -> bool:
    """Whether its way here takes long enough to be told about."""
    return file.source.size > SMALL_BYTES


@asynccontextmanager
async def arriving(
    standing: StandingTexts, job: Job, told: Told, files: Sequence[Attachment]
) -> AsyncIterator[Arriving]:
    """For the length of the block the message of `told` says how far `files` have come, if any of them is large."""
    marks = Arriving(files)
    if not told.ref or not any(is_large(file) for file in files):
        yield marks
        return
    async with beside(_show, standing, job, told, marks):
        yield marks


@asynccontextmanager
async def waiting(standing: StandingTexts, job: Job, told: Told) -> AsyncIterator[None]:
    """For the length of the block the message of `told` says that the job waits for its turn."""
    say = phrases(told.language)

    async def show() -> None:
        while True:  # the message may not be there yet
            await standing.show(job.conversation, told.ref, say.styled("heavy-waits"), stop_button(job, say))
            await anyio.sleep(EDIT_GAP_S)

    async with beside(show):
        yield


@asynccontextmanager
async def beside(function: Callable[..., Coroutine[Any, Any, None]], *arguments: Any) -> AsyncIterator[None]:
    """For the length of the block this runs, too. What the block raises comes as itself, not as one of a group."""
    failure: Exception | None = None
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(function, *arguments)
        try:
            yield
        except Exception as error:  # noqa: BLE001 - it is raised below
            failure = error
        tasks.cancel_scope.cancel()
    if failure is not None:
        raise failure


async def _show(standing: StandingTexts, job: Job, told: Told, marks: Arriving) -> None:
    """Until it is cancelled: the newest line, as often as people read one."""
    say = phrases(told.language)
    while True:
        if marks.is_news:
            marks.is_news = False
            await standing.show(job.conversation, told.ref, marks.line(say, told.then), stop_button(job, say))
        await anyio.sleep(EDIT_GAP_S)
