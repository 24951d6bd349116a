"""`gpttg budget`, `gpttg prices`: what may be spent, and what calls cost."""

from __future__ import annotations

import sqlite3
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.commands.common import EnvFile, print_table, settings_of, told

if TYPE_CHECKING:
    from engine.core.budget import Period
    from engine.settings import Settings

NO_LIMIT = "off"
SHELL = 0
"""Who has done it, in the audit: whoever has the machine."""


def budget(
    scope: Annotated[str, typer.Argument(help="person:42, chat:-1001234, role:guest or bot.")] = "",
    period: Annotated[str, typer.Argument(help="day, month or once.")] = "",
    usd: Annotated[str, typer.Argument(help=f"US dollars, or {NO_LIMIT}.")] = "",
    env_file: EnvFile = Path(".env"),
) -> None:
    """The limits and what is used of them; with PERIOD and USD, sets one. A running bot knows it at once."""
    import anyio

    from engine.core.budget import checked_scope

    if bool(period) != bool(usd):
        raise typer.BadParameter("PERIOD and USD belong together: gpttg budget person:42 month 5")
    try:
        wanted = checked_scope(scope) if scope else ""
        limit = None if usd in ("", NO_LIMIT) else _nanousd(usd)
        of = _period(period) if period else None
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    with told():
        settings = settings_of(env_file)
        if of is not None:
            anyio.run(_set, settings, wanted, of, limit)
        _print_limits(settings, wanted)


def prices(
    env_file: EnvFile = Path(".env"),
    offline: Annotated[bool, typer.Option(help="Do not ask OpenAI when models end.")] = False,
) -> None:
    """What is known about prices: US dollars for a million tokens, who says so, since when, and what ends soon."""
    import anyio

    from engine.ai.price_list import ENDS_SOON_DAYS, ending, price_list
    from engine.settings import models_in_use

    with told():
        used = models_in_use(env_file)
        ends = {} if offline else anyio.run(_shutdowns, settings_of(env_file))
    now = datetime.now(UTC)
    units = ("input_mtok", "cache_read_mtok", "output_mtok")
    print_table(
        "Prices (US dollars for 1,000,000 tokens)",
        ("model", "input", "cached", "output", "other", "source", "since", "ends"),
        (
            (
                one.model,
                *(f"{one.rates[unit].normalize():f}" if unit in one.rates else "" for unit in units),
                ", ".join(f"{unit} {usd.normalize():f}" for unit, usd in one.rates.items() if unit not in units),
                one.source,
                one.as_of.isoformat() if one.as_of else "",
                one.shutdown.isoformat() if one.shutdown else "",
            )
            for one in price_list(now, ends)
        ),
        right=(1, 2, 3),
    )
    for day, model in ending(used, ends, now.date()):
        typer.echo(f"⚠ {model} is in use and ends on {day}")
    if not ending(used, ends, now.date()) and not offline:
        typer.echo(f"None of the models in use ends within {ENDS_SOON_DAYS} days.")


def _period(text: str) -> Period:
    from engine.core.budget import Period

    if text not in tuple(Period):
        raise ValueError("PERIOD is day, month or once")
    return Period(text)


def _nanousd(usd: str) -> int:
    from engine.core.money import nanousd

    try:
        amount = Decimal(usd.removeprefix("$"))
    except InvalidOperation as error:
        raise ValueError(f"not an amount in dollars: {usd}") from error
    if not amount.is_finite() or amount < 0:
        raise ValueError(f"not an amount in dollars: {usd}")
    return nanousd(amount)


async def _set(settings: Settings, scope: str, period: Period, limit_nanousd: int | None) -> None:
    from engine.store import budgets, desk
    from engine.store.database import open_database

    now = datetime.now(UTC)

    def change(db: sqlite3.Connection) -> None:
        budgets.set_limit(db, scope, period, limit_nanousd, now)
        details = {"period": period.value, "limit_nanousd": limit_nanousd}
        desk.note(db, SHELL, "limit", scope, details, now)

    async with open_database(settings.database_path) as database:
        await database.write(change)


def _print_limits(settings: Settings, scope: str) -> None:
    from engine.core.money import dollars
    from engine.store import budgets
    from engine.store.reading import reading

    with reading(settings.database_path) as db:
        scopes = [scope] if scope else list(dict.fromkeys(one for one, _, _ in budgets.limits(db)))
        rooms = budgets.rooms(db, scopes, datetime.now(UTC))
    print_table(
        f"{'Limits' if rooms else 'No limits'}{f' for {scope}' if scope else ''}",
        ("scope", "period", "limit", "spent", "held"),
        (
            (room.scope, room.period.value, *map(dollars, (room.limit_nanousd, room.spent_nanousd, room.held_nanousd)))
            for room in rooms
        ),
        right=(2, 3, 4),
    )


async def _shutdowns(settings: Settings) -> dict[str, date]:
    from engine.ai.client import openai_client
    from engine.ai.responses import Responses
    from engine.core.errors import GpttgError

    client = openai_client(settings.openai_api_key.get_secret_value(), settings.openai_base_url)
    try:
        models = await Responses(client).models()
    except GpttgError as error:
        typer.echo(f"⚠ OpenAI did not tell when models end: {error}", err=True)
        return {}
    finally:
        await client.close()
    return {model.id: date.fromisoformat(model.shutdown_date) for model in models if model.shutdown_date}
