"""`gpttg stats`, `gpttg users`, `gpttg ledger`: what was spent, by whom, line by line. They only read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from engine.commands.common import EnvFile, day, print_table, settings_of, told

if TYPE_CHECKING:
    from engine.store.figures import Share

USERS_MOST = 1_000
"""The most people in one table."""


def stats(
    on: Annotated[datetime | None, typer.Option(parser=day, metavar="DAY", help="As of the end of that day.")] = None,
    env_file: EnvFile = Path(".env"),
) -> None:
    """What everybody has spent: today, in seven days, this month; by kind, model and person."""
    from engine.core.money import dollars
    from engine.store.figures import figures
    from engine.store.reading import reading

    with told():
        settings = settings_of(env_file)
        zone = ZoneInfo(settings.timezone)
        now = datetime.now(zone) if on is None else on.replace(hour=23, minute=59, second=59, tzinfo=zone)
        with reading(settings.database_path) as db:
            found = {span: figures(db, span, now) for span in ("today", "week", "month")}
    print_table(
        "Spent",
        ("span", "USD", "calls", "people", "without a price"),
        (
            (
                f"{span} ({one.begins:%d.%m.%Y} on)",
                dollars(one.total.cost_nanousd),
                str(one.total.calls),
                str(one.people_count),
                str(one.total.unpriced),
            )
            for span, one in found.items()
        ),
        right=(1, 2, 3, 4),
    )
    month = found["month"]
    for title, shares in (("kind", month.kinds), ("model", month.models), ("person", month.people)):
        _print_shares(f"This month by {title}", title, shares)


def users(
    words: Annotated[str, typer.Argument(help="A part of a name, of a @username, or a Telegram ID.")] = "",
    env_file: EnvFile = Path(".env"),
) -> None:
    """Who uses the bot, and what each has spent; who has spent most this month comes first."""
    from engine.core.money import dollars
    from engine.store.desk import people
    from engine.store.reading import reading

    with told():
        settings = settings_of(env_file)
        with reading(settings.database_path) as db:
            page = people(db, datetime.now(UTC), search=words, size=USERS_MOST)
    print_table(
        f"People: {page.found}",
        ("id", "name", "username", "role given", "today", "this month", "in all", "calls"),
        (
            (
                str(one.id),
                one.name,
                f"@{one.username}" if one.username else "",
                one.role.value if one.role else "",
                *(dollars(amount) for amount in (one.day_nanousd, one.month_nanousd, one.all_nanousd)),
                str(one.calls),
            )
            for one in page.people
        ),
        right=(0, 4, 5, 6, 7),
    )


def ledger(
    file: Annotated[Path, typer.Argument(help="Where it goes; an existing file is replaced.")],
    since: Annotated[datetime, typer.Option(parser=day, metavar="DAY", help="The first day.")],
    until: Annotated[datetime | None, typer.Option(parser=day, metavar="DAY", help="The last day.")] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="As CSV.")] = False,
    as_xlsx: Annotated[bool, typer.Option("--xlsx", help="As an Excel sheet.")] = False,
    env_file: EnvFile = Path(".env"),
) -> None:
    """The ledger as CSV or XLSX, money exact. Without --csv and --xlsx the file's ending decides."""
    from actors.desk.reports.files import FORMATS, write_ledger
    from engine.store.lines import lines
    from engine.store.reading import reading

    if as_csv and as_xlsx:
        raise typer.BadParameter("--csv or --xlsx, not both")
    form = "csv" if as_csv else "xlsx" if as_xlsx else file.suffix.lower().removeprefix(".")
    if form not in FORMATS:
        raise typer.BadParameter("the file must end in .csv or .xlsx, or say --csv or --xlsx", param_hint="FILE")
    with told():
        settings = settings_of(env_file)
        zone = ZoneInfo(settings.timezone)
        ends = until.replace(tzinfo=zone) + timedelta(days=1) if until else datetime.now(zone)
        with reading(settings.database_path) as db:
            count = write_ledger(file, lines(db, since.replace(tzinfo=zone), ends), zone, form)
    typer.echo(f"{file}: {count} lines")


def _print_shares(title: str, name: str, shares: tuple[Share, ...]) -> None:
    from engine.core.money import dollars

    print_table(
        title,
        (name, "USD", "calls"),
        ((share.name, dollars(share.cost_nanousd), str(share.calls)) for share in shares),
        right=(1, 2),
    )
