"""What a command of the terminal is, and how a line ends that can't be carried out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass


class Quit(Exception):  # noqa: N818 - not an error: what was asked for
    """The typist has had enough."""


class Unclear(Exception):  # noqa: N818 - said to the typist, never an error of the program
    """A line that the terminal can't carry out; the text says why."""


@dataclass(frozen=True)
class Command:
    """One of the terminal's own: what follows its name, what it does, and how. The answer is shown as a note."""

    argument: str
    does: str
    act: Callable[[str], str | Awaitable[str | None] | None]
