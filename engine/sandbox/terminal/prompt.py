"""The interactive chat: one types below, the answer that is being written grows above the line that one types in."""

from __future__ import annotations

import os
from pathlib import Path
from shutil import get_terminal_size

import anyio
from prompt_toolkit import PromptSession, print_formatted_text
from prompt_toolkit.formatted_text import ANSI, AnyFormattedText, FormattedText, merge_formatted_text
from prompt_toolkit.patch_stdout import patch_stdout
from rich.console import RenderableType
from rich.text import Text

from engine.core.money import dollars
from engine.sandbox.openai import LIFELIKE
from engine.sandbox.terminal.command import Quit, Unclear
from engine.sandbox.terminal.news import News
from engine.sandbox.terminal.screen import Screen
from engine.sandbox.terminal.seat import Seat
from engine.sandbox.terminal.stage import Stage
from engine.sandbox.terminal.typed import Typed

LOOK_EVERY_S = 0.1
"""How often the screen is looked at while nothing rings."""
LINES_KEPT = 8
"""Lines of the screen that a growing answer leaves to the rest."""


async def chat(directory: Path, log: Path) -> None:
    """Chats until the typist leaves. A Russian locale makes them Boris, any other Alice."""
    screen = Screen(lambda: get_terminal_size().columns, plain=False)
    who = "boris" if os.environ.get("LC_ALL", os.environ.get("LANG", "")).lower().startswith("ru") else "alice"
    async with Stage.opened(directory, LIFELIKE) as stage:
        seat = Seat(stage, stage.people[who])
        await Chat(stage, seat, Typed(seat, log), screen).run()


class Chat:
    """The screen: what has been said scrolls up, below it what is being written, the input line, and the state."""

    def __init__(self, stage: Stage, seat: Seat, typed: Typed, screen: Screen) -> None:
        self._stage = stage
        self._seat = seat
        self._typed = typed
        self._screen = screen
        self._news = News(stage, seat, screen)
        self._session: PromptSession[str] = PromptSession(
            self._above, bottom_toolbar=self._toolbar, erase_when_done=True, refresh_interval=0
        )

    async def run(self) -> None:
        """Returns when the typist leaves."""
        person = self._seat.person
        self._show(
            Text.assemble(
                ("GPTTG in the sandbox", "bold"),
                (f": the real bot; Telegram and OpenAI are played. You are {person.name}.\n", ""),
                ("Just type; /help asks the bot, :help the sandbox, :quit leaves.\n", "dim"),
            )
        )
        with patch_stdout(raw=True):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._follow)
                await self._type()
                tasks.cancel_scope.cancel()

    async def _type(self) -> None:
        while True:
            try:
                note = await self._typed.take(await self._session.prompt_async())
            except Unclear as unclear:
                note = str(unclear)
            except (Quit, EOFError, KeyboardInterrupt):
                return
            if note:
                self._show(Text(note, "dim"))

    async def _follow(self) -> None:
        """Shows what comes, and lets the answer grow."""
        version = self._stage.telegram.changed.version
        while True:
            for each in await self._news.collect():
                self._show(each)
            self._session.app.invalidate()
            with anyio.move_on_after(LOOK_EVERY_S):
                version = await self._stage.telegram.changed.wait(since=version)

    def _show(self, renderable: RenderableType) -> None:
        print_formatted_text(ANSI("\n".join(self._screen.lines(renderable))))

    def _above(self) -> AnyFormattedText:
        """The end of what is being written, and the name of who types."""
        lines = [line for each in self._news.live() for line in self._screen.lines(each)]
        room = max(get_terminal_size().lines - LINES_KEPT, 3)
        if len(lines) > room:
            lines = [f"\x1b[2m⋮ {len(lines) - room + 1} more lines above\x1b[0m", *lines[1 - room :]]
        growing = ANSI("".join(f"{line}\n" for line in lines))
        return merge_formatted_text([growing, FormattedText([("bold ansiblue", f"{self._seat.person.name} › ")])])

    def _toolbar(self) -> AnyFormattedText:
        state = self._stage.state(self._seat.conversation)
        spent = dollars(self._news.spent_nanousd)
        status = f" {state} · {self._seat.name} · {spent} so far · :help"
        keyboard = self._news.keyboard()
        return f" {keyboard}\n{status}" if keyboard else status
