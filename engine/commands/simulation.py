"""`gpttg simulate`."""

from __future__ import annotations

import secrets
import signal
from pathlib import Path
from typing import Annotated

import typer

from engine.commands.common import NOT_IN_ORDER, told
from engine.core.errors import ConfigurationError

SEED_BELOW = 1_000_000


def simulate(
    seed: Annotated[int | None, typer.Option(help="Where chance begins; without it any number, which is told.")] = None,
    seeds: Annotated[int, typer.Option(min=1, help="How many seeds, from this one on.")] = 1,
    people: Annotated[int, typer.Option(min=1, max=1000, help="How many people, besides an admin.")] = 10,
    hours: Annotated[
        float, typer.Option(min=0.01, max=1000, help="How long; each does something every 3 minutes.")
    ] = 5,
    trouble: Annotated[
        list[str] | None, typer.Option(help="Only troubles of this kind, and many of them; may be repeated.")
    ] = None,
    calm: Annotated[bool, typer.Option("--calm", help="No trouble at all.")] = False,
    jobs: Annotated[int, typer.Option(min=1, max=256, help="How many processes at once.")] = 1,
    plan: Annotated[
        Path | None,
        typer.Option(help="A plan that was written before, instead of a seed.", exists=True, dir_okay=False),
    ] = None,
    folder: Annotated[
        Path, typer.Option("--out", help="Where a failing plan and its recording are written.", file_okay=False)
    ] = Path(),
    shrink: Annotated[bool, typer.Option(help="Make a failing plan as small as it can be and still fail.")] = True,
) -> None:
    """Let random people use the bot in a random world, in virtual time, and look whether anything goes wrong.

    Telegram floods, loses, doubles and swaps; OpenAI fails, stalls and cuts; the disk is full, the clock jumps, the
    process is killed at any await. Then everything must have come to rest: nothing lost, doubled, reordered,
    unanswered, unbooked or over a budget. The same seed is the same run. Exit code 1 if something went wrong.
    """
    from engine.simulation.command import Wanted, kinds_of, simulate_and_tell

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C
    first = secrets.randbelow(SEED_BELOW) if seed is None else seed
    with told():
        if calm and trouble:
            raise ConfigurationError("either --calm or --trouble: a calm world has none")
        kinds = () if calm else kinds_of(trouble) if trouble else None
        wanted = Wanted(first, seeds, people, hours, jobs, folder, plan, shrink, kinds)
        is_well = simulate_and_tell(wanted, typer.echo)
    if not is_well:
        raise typer.Exit(NOT_IN_ORDER)
