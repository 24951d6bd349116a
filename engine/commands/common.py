"""What the commands share: settings or their faults, tables for people, amounts."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from engine.core.errors import ConfigurationError

if TYPE_CHECKING:
    from engine.settings import Settings

NOT_IN_ORDER = 1
"""The exit code where something that was looked at is not in order."""
CANNOT_START = 2
"""The exit code where settings or database are not in order."""

EnvFile = Annotated[
    Path, typer.Option("--env-file", help="Where the settings are; the environment's own variables come first.")
]


@contextmanager
def told() -> Iterator[None]:
    """Faults of the settings and the database become sentences and an exit code."""
    try:
        yield
    except ConfigurationError as faults:
        _refuse(faults.remedies or (str(faults),))
    except ExceptionGroup as group:
        matched, rest = group.split(ConfigurationError)
        if rest is not None or matched is None:
            raise
        _refuse([str(fault) for fault in matched.exceptions])


def settings_of(env_file: Path) -> Settings:
    """The settings. Raises ConfigurationError."""
    from engine.settings import load_settings

    return load_settings(env_file)


def print_table(
    title: str, heading: Iterable[str], rows: Iterable[Iterable[str]], *, right: Iterable[int] = ()
) -> None:
    """A plain table; `right` are the columns that are set to the right."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, header_style="dim")
    aligned = set(right)
    for number, name in enumerate(heading):
        table.add_column(name, justify="right" if number in aligned else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 160)
    console.print(table)
    console.print()


def _refuse(faults: Iterable[str]) -> NoReturn:
    for fault in faults:
        typer.echo(f"✗ {fault}", err=True)
    raise typer.Exit(CANNOT_START)
