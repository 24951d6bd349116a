"""A chat with the bot in the terminal, without keys, network or money: typed by a person, or played from a file.

stage    the world and the bot          typed      what a line means      script   plays a file
seat     who types where                attaching  lines that send files  prompt   the interactive chat
received the bot's files, saved         news       what has come          screen   what it looks like
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from shutil import get_terminal_size
from tempfile import TemporaryDirectory

import anyio

from engine.core.clock import Clock, wall_clock
from engine.log import set_up_log
from engine.sandbox.terminal.screen import Screen
from engine.sandbox.terminal.script import Player
from engine.sandbox.terminal.seat import Seat
from engine.sandbox.terminal.stage import Stage
from engine.sandbox.terminal.typed import QUICK, Typed

IN_ORDER, NOT_IN_ORDER = 0, 1
FILE_COLUMNS = 100
"""How wide a transcript is that goes to a file."""


def run_sandbox(script: Path | None = None) -> int:
    """Opens the sandbox and chats until the typist leaves, or plays the lines of `script` (or of a stdin that is no
    terminal). The exit code: 0, or 1 if the bot had a problem in a script."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)  # as Ctrl-C, so that the directory goes in any case
    is_typed = script is None and sys.stdin.isatty() and sys.stdout.isatty()
    with TemporaryDirectory(prefix="gpttg-sandbox-") as directory:
        log = Path(directory, "gpttg.log")
        with log.open("w", encoding="utf-8") as stream:
            set_up_log("INFO" if is_typed else "WARNING", stream=stream)
            if is_typed:
                from engine.sandbox.terminal.prompt import chat  # noqa: PLC0415 - scripts need no prompt_toolkit

                anyio.run(chat, Path(directory), log)
                return IN_ORDER
            lines = (script.read_text("utf-8") if script is not None else sys.stdin.read()).splitlines()
            problems = anyio.run(play, lines, Path(directory), log)
        for problem in problems:
            sys.stderr.write(f"✗ {problem}\n")
        if problems:
            sys.stderr.write(log.read_text("utf-8"))
        return NOT_IN_ORDER if problems else IN_ORDER


async def play(lines: Sequence[str], directory: Path, log: Path, clock: Clock = wall_clock) -> list[str]:
    """Plays a script as Alice, with a model that hurries, and prints the conversation; the problems."""
    plain = not sys.stdout.isatty()
    screen = Screen(lambda: FILE_COLUMNS if plain else get_terminal_size().columns, plain=plain)
    async with Stage.opened(directory, QUICK, clock) as stage:
        seat = Seat(stage, stage.people["alice"])
        return await Player(stage, seat, Typed(seat, log), screen).play(lines)
    raise AssertionError  # `opened` swallows nothing
