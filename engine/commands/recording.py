"""`gpttg record`, `gpttg replay`: what happened, as a file that can be looked at and run again."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from engine.commands.common import NOT_IN_ORDER, EnvFile, told
from engine.replay.model import Model

_ISO = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:?\d\d)?)?", re.ASCII)
"""A day, or a moment: bare digits might be anything."""

record = typer.Typer(help="What happened, as a file that can be looked at and replayed.", no_args_is_help=True)


class Speed(StrEnum):
    """How fast a recording runs."""

    REAL = "real"
    MAX = "max"


def _moment(told: str) -> datetime:
    """What stands behind --since; without a zone it is UTC."""
    try:
        moment = datetime.fromisoformat(told) if _ISO.fullmatch(told) else None
    except ValueError:
        moment = None
    if moment is None:
        raise typer.BadParameter(
            f"{told} is no date and no time: 2026-11-24, 2026-11-24T09:30 or 2026-11-24T09:30+03:00"
        )
    return moment.replace(tzinfo=moment.tzinfo or UTC)


@record.command()
def export(
    file: Annotated[Path, typer.Argument(help="Where to; compressed if it ends in .zst.", dir_okay=False)],
    chat: Annotated[int | None, typer.Option(help="Only this chat, with its topics.")] = None,
    event: Annotated[int | None, typer.Option(help="Only what led to this event (an inbox id).")] = None,
    since: Annotated[
        datetime | None,
        typer.Option(
            parser=_moment, metavar="ISO", help="Only what came from this day or moment on (UTC): 2026-11-24T09:30."
        ),
    ] = None,
    redact: Annotated[bool, typer.Option("--redact", help="Stand-ins for all names, words, numbers and ids.")] = False,
    actors: Annotated[
        list[str] | None,
        typer.Option(help="With --redact: a package of others' actors, whose words stay; several times."),
    ] = None,
    env_file: EnvFile = Path(".env"),
) -> None:
    """Write what the bot's database has recorded (for RECORD_DAYS) into a file. The bot may be running."""
    from actors.vocabulary import vocabulary
    from engine.core.clock import wall_clock
    from engine.recording.beginnings import Selection
    from engine.recording.export import write_recording
    from engine.recording.vocabulary import vocabulary_of
    from engine.settings import database_path

    if chat is not None and event is not None:
        raise typer.BadParameter("an event is one of one conversation: leave out --chat, or --event")
    try:
        words = vocabulary() | vocabulary_of(*(actors or ()))
    except ImportError as error:
        raise typer.BadParameter(f"--actors: {error}") from error
    with told():
        chosen, database = Selection(chat, event, since), database_path(env_file)
        count = write_recording(file, chosen, database, wall_clock(), redact=words if redact else None)
    typer.echo(f"{count} lines in {file}")


@record.command(hidden=True)
def schema() -> None:
    """Print the JSON Schema of a recording's lines (docs/recording.schema.json)."""
    from engine.recording.lines import json_schema

    typer.echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))


def replay(
    file: Annotated[Path, typer.Argument(help="A recording.", exists=True, dir_okay=False)],
    until: Annotated[int | None, typer.Option(help="The last event (an inbox id).")] = None,
    cast: Annotated[
        str | None, typer.Option(help="Others' actors: MODULE:NAME of their cast, found here or installed.")
    ] = None,
    speed: Annotated[Speed, typer.Option(help="With its pauses, or without.")] = Speed.MAX,
    strict: Annotated[bool, typer.Option("--strict", help="Exit code 1 if it comes out otherwise.")] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Exit code 1 if it leaves anything open, doubled, or out of order.")
    ] = False,
    model: Annotated[
        Model, typer.Option(help="Answers as recorded, or asked anew: of the sandbox, or live of OpenAI for money.")
    ] = Model.RECORDED,
    budget: Annotated[
        float, typer.Option(help="Dollars that --model live may cost; then it ends.", min=0.0001, max=1000)
    ] = 0.10,
    env_file: EnvFile = Path(".env"),
) -> None:
    """Run a recording again through the real feed, actors, store and sender; tell what happens.

    Nothing goes to Telegram. Only --model live needs a network, and OPENAI_API_KEY.
    """
    import anyio

    from engine.log import set_up_log
    from engine.replay.cast import cast_named, own_actors, played_by
    from engine.replay.command import replay_and_tell

    if strict and model is not Model.RECORDED:
        raise typer.BadParameter(
            "--strict compares with the recording: it needs the recorded answers, so leave out --model or --strict"
        )
    if cast is not None and model is not Model.RECORDED:
        raise typer.BadParameter("only gpttg's own questions are asked anew: leave out --cast, or --model")
    set_up_log("WARNING", ())
    with told():
        casting = own_actors if cast is None else played_by(cast_named(cast))
        replays = partial(replay_and_tell, file, typer.echo, casting, until=until, in_real_time=speed is Speed.REAL)
        is_in_order = anyio.run(
            partial(replays, strict=strict, checks=check, model=model, env_file=env_file, budget_usd=budget)
        )
    if not is_in_order:
        raise typer.Exit(NOT_IN_ORDER)
