"""The player: lines from a file are typed one after the other, each when the bot has come to rest.

# a comment      & TEXT  don't wait for the answer      :wait 2  wait two seconds      else as in the terminal chat
"""

from __future__ import annotations

import sys
from collections.abc import Iterable

import anyio
from rich.console import RenderableType
from rich.text import Text

from engine.sandbox.terminal.command import Quit, Unclear
from engine.sandbox.terminal.news import News
from engine.sandbox.terminal.screen import Screen
from engine.sandbox.terminal.seat import Seat
from engine.sandbox.terminal.stage import PATIENCE_S, Stage
from engine.sandbox.terminal.typed import Typed

LOOK_EVERY_S = 0.02


class Player:
    """Plays one script. `problems` are what went wrong, in the order of their appearance."""

    def __init__(self, stage: Stage, seat: Seat, typed: Typed, screen: Screen) -> None:
        self._stage = stage
        self._seat = seat
        self._typed = typed
        self._screen = screen
        self._news = News(stage, seat, screen)
        self._keyboard = ""
        self.problems: list[str] = []

    async def play(self, lines: Iterable[str]) -> list[str]:
        """Plays all lines; the problems."""
        try:
            for number, line in enumerate(lines, 1):
                if line.strip() and not line.startswith("#"):
                    await self._line(number, line.strip())
        except Quit:
            pass
        await self._rest()
        self.problems += await self._stage.problems()
        return self.problems

    async def _line(self, number: int, line: str) -> None:
        waits, line = not line.startswith("&"), line.removeprefix("&").strip()
        if line.startswith(":"):
            self._show(Text(line, "yellow"))
        try:
            if line.startswith(":wait"):
                await self._wait(float(line.removeprefix(":wait")))
                return
            note = await self._typed.take(line)
        except (Unclear, ValueError) as unclear:
            note = str(unclear)
            self.problems.append(f"line {number} ({line}): {note}")
        if note:
            self._show(Text(note, "dim"))
        await (self._rest() if waits else self._tell())

    async def _rest(self) -> None:
        """Shows what comes until the bot is at rest."""
        with anyio.move_on_after(PATIENCE_S) as patience:
            while not await self._stage.is_at_rest():
                await self._tell()
                await anyio.sleep(LOOK_EVERY_S)
        if patience.cancelled_caught:
            self.problems.append(f"the bot has not come to rest in {PATIENCE_S:g} s")
        await self._tell()
        if (keyboard := self._news.keyboard()) != self._keyboard:
            self._keyboard = keyboard
            if keyboard:
                self._show(self._screen.below(f"keyboard: {keyboard}"))

    async def _wait(self, seconds: float) -> None:
        with anyio.move_on_after(seconds):
            while True:
                await self._tell()
                await anyio.sleep(LOOK_EVERY_S)

    async def _tell(self) -> None:
        for each in await self._news.collect():
            self._show(each)

    def _show(self, renderable: RenderableType) -> None:
        for line in self._screen.lines(renderable):
            sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
