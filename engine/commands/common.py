"""What the commands share: settings or their faults, tables for people, amounts."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
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


def _looked_at(context: typer.Context, parameter: typer.CallbackParam, env_file: Path) -> Path:
    """The file that was named is there; what looks like a slip of the pen in it is told."""
    source = context.get_parameter_source(parameter.name or "")
    is_named = source is not None and source.name == "COMMANDLINE"
    if is_named and (not env_file.exists() or env_file.is_dir()):
        raise typer.BadParameter(f"there is no file {env_file}")
    if env_file.is_file():
        from engine.settings import misspelt

        for name, meant in misspelt(env_file):
            typer.echo(f"⚠ {name} in {env_file} is no setting; did you mean {meant}?", err=True)
    return env_file


EnvFile = Annotated[
    Path,
    typer.Option(
        "--env-file",
        callback=_looked_at,
        help="Where the settings are; the environment's own variables come first.",
    ),
]


def day(text: str) -> datetime:
    """A day as it is typed. Raises typer.BadParameter."""
    try:
        return datetime.strptime(text, "%Y-%m-%d")  # noqa: DTZ007 - whoever asks knows the zone
    except ValueError as error:
        raise typer.BadParameter(f"it is a day, as 2026-11-01, and not {text}") from error


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
