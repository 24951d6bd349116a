"""The commands. Whatever is heavy is imported by the command that needs it, so that `--help` is quick.

Exit codes: 0 done · 1 something that was looked at is not in order · 2 it can't start (settings, credentials, database)
"""

from __future__ import annotations

import json
import os
import sys
from datetime import datetime
from enum import StrEnum
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.commands import money, simulation, spending
from engine.replay.model import Model

if TYPE_CHECKING:
    from anyio import CancelScope

    from engine.settings import Settings
    from engine.world import World

NOT_IN_ORDER = 1
CANNOT_START = 2

app = typer.Typer(
    name="gpttg",
    help="A Telegram bot on the OpenAI Responses API. Try it without any key: gpttg sandbox",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

EnvFile = Annotated[
    Path, typer.Option("--env-file", help="Where the settings are; the environment's own variables come first.")
]


def main() -> None:
    """The entry point of `gpttg` and of `python -m engine`."""
    try:
        app()
    except* BrokenPipeError:  # whoever read our output has seen enough (`gpttg sandbox --script FILE | head`)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(NOT_IN_ORDER)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"gpttg {version('gpttg')}")
        raise typer.Exit


@app.callback()
def options(
    show_version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """What holds for every command."""


@app.command()
def run(env_file: EnvFile = Path(".env")) -> None:
    """Run the bot until it is interrupted (Ctrl-C, SIGTERM).

    It may be killed at any moment, too: the next start goes on where this one was. What the settings mean is in
    .env.example; `gpttg doctor` checks them.
    """
    import anyio

    from engine.core.errors import ConfigurationError, CredentialsRefusedError
    from engine.log import secrets_of, set_up_log
    from engine.settings import load_settings
    from engine.world import real_world

    remedies: list[str] = []
    try:
        settings = load_settings(env_file)
        set_up_log(settings.log_level, secrets_of(settings))
        with real_world(settings) as world:
            anyio.run(_run_until_signal, settings, world)
    except* ConfigurationError as faults:
        remedies += [remedy for fault in _leaves(faults) for remedy in getattr(fault, "remedies", ())]
    except* CredentialsRefusedError as refusals:
        remedies += [_credentials_remedy(str(refusal)) for refusal in _leaves(refusals)]
    if remedies:
        _tell_faults(remedies)
        raise typer.Exit(CANNOT_START)


@app.command()
def sandbox(
    script: Annotated[
        Path | None,
        typer.Option(
            help="A file with lines to play; then it exits. Without it you type.", exists=True, dir_okay=False
        ),
    ] = None,
    listen: Annotated[
        bool, typer.Option("--listen", help="Open the sandbox's Telegram for any MTProto client instead; no bot runs.")
    ] = False,
    address: Annotated[
        str, typer.Argument(help="Where to listen: host:port on this machine; port 0 is any free one.")
    ] = "127.0.0.1:0",
) -> None:
    """Talk to the bot in this terminal: no keys, no network, no money.

    The bot is the real one, down to Telethon and the OpenAI SDK; only Telegram and OpenAI themselves are stand-ins
    that live in this process.

    With --listen [ADDRESS] only the stand-in for Telegram runs: it prints where it is, and you talk as Alice to
    whatever bot logs in there.
    """
    if listen:
        from engine.sandbox.door import run_door

        raise typer.Exit(run_door(address))
    from engine.sandbox.terminal import run_sandbox

    raise typer.Exit(run_sandbox(script))


@app.command()
def doctor(env_file: EnvFile = Path(".env")) -> None:
    """Check settings, database, Telegram login, OpenAI key and price: a line each, and how to mend what fails.

    Exit code 1 if anything is not in order. A running bot is not disturbed, and no secret is shown.
    """
    import anyio

    from engine.doctor import examine_and_tell

    if not anyio.run(examine_and_tell, env_file):
        raise typer.Exit(NOT_IN_ORDER)


for command in (spending.stats, spending.users, spending.ledger, money.budget, money.prices, simulation.simulate):
    app.command()(command)


@app.command(hidden=True)
def docs(
    check: Annotated[bool, typer.Option("--check", help="Change nothing; exit code 1 if a drawing is stale.")] = False,
) -> None:
    """Draw docs/charts/ from the charts in actors/ (for developers, in a checkout)."""
    from actors.conversation import CHART as CONVERSATION
    from actors.desk.chart import CHART as DESK
    from engine.core.drawing import drawn

    drawings = {
        "conversation": drawn("A conversation", "actors/conversation.py", CONVERSATION),
        "desk": drawn("The admins' desk", "actors/desk/chart.py", DESK),
    }
    for name, drawing in drawings.items():
        path = Path(f"docs/charts/{name}.md")
        is_stale = not path.is_file() or path.read_text("utf-8") != drawing
        if is_stale and check:
            typer.echo(f"{path} is stale: run make docs", err=True)
            raise typer.Exit(NOT_IN_ORDER)
        if is_stale:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(drawing, "utf-8")
        typer.echo(f"{path} is up to date")


async def _run_until_signal(settings: Settings, world: World) -> None:
    import anyio

    from engine.bot import running_bot

    async with anyio.create_task_group() as tasks:
        await tasks.start(_end_on_signal, tasks.cancel_scope)
        async with running_bot(settings, world):
            await anyio.sleep_forever()


async def _end_on_signal(scope: CancelScope, *, task_status: object) -> None:
    """The first SIGINT or SIGTERM ends `scope`; a second one ends the process as usual."""
    import signal

    import anyio
    from loguru import logger

    with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        task_status.started()  # type: ignore[attr-defined]
        async for number in signals:
            logger.info("{}: ending", number.name)
            break
    scope.cancel()


def _leaves(group: BaseException) -> list[BaseException]:
    """The errors in a group of groups, each sentence once."""
    if not isinstance(group, BaseExceptionGroup):
        return [group]
    found = {str(leaf): leaf for part in group.exceptions for leaf in _leaves(part)}
    return list(found.values())


def _credentials_remedy(code: str) -> str:
    from engine.settings import REMEDIES

    if code == "BOT_TOKEN":
        return f"Telegram refuses BOT_TOKEN: {REMEDIES['bot_token']}"
    return f"Telegram has ended this bot's login ({code}): start it again; if that does not help, run gpttg doctor"


def _tell_faults(remedies: list[str]) -> None:
    """Each on a line of its own, the setting's name in colour where there are colours."""
    from rich.console import Console
    from rich.text import Text

    console = Console(file=sys.stderr)
    console.print(Text("gpttg can't start:", "bold"), soft_wrap=True)
    for remedy in remedies:
        line = Text(f"  ✗ {remedy}")
        line.stylize("red", 2, 3)
        line.highlight_regex(r"^  ✗ [A-Z_]+", "bold red")
        console.print(line, soft_wrap=True)


record = typer.Typer(help="What happened, as a file that can be looked at and replayed.", no_args_is_help=True)
app.add_typer(record, name="record")


@record.command()
def export(
    file: Annotated[Path, typer.Argument(help="Where to; compressed if it ends in .zst.", dir_okay=False)],
    chat: Annotated[int | None, typer.Option(help="Only this chat, with its topics.")] = None,
    event: Annotated[int | None, typer.Option(help="Only what led to this event (an inbox id).")] = None,
    since: Annotated[datetime | None, typer.Option(help="Only what came from this moment on (UTC).")] = None,
    redact: Annotated[bool, typer.Option("--redact", help="Stand-ins for all names, words, numbers and ids.")] = False,
    env_file: EnvFile = Path(".env"),
) -> None:
    """Write what the bot's database has recorded (for RECORD_DAYS) into a file. The bot may be running."""
    from datetime import UTC

    from actors.commands import by_word
    from engine.core.clock import wall_clock
    from engine.core.errors import ConfigurationError
    from engine.recording.beginnings import Selection
    from engine.recording.export import write_recording
    from engine.settings import load_settings

    moment = None if since is None else since.replace(tzinfo=since.tzinfo or UTC)
    try:
        settings = load_settings(env_file)
        chosen = Selection(chat, event, moment)
        count = write_recording(file, chosen, settings, wall_clock(), redact=redact, labels=by_word())
    except ConfigurationError as fault:
        _tell_faults(list(fault.remedies))
        raise typer.Exit(CANNOT_START) from None
    typer.echo(f"{count} lines in {file}")


class Speed(StrEnum):
    """How fast a recording runs."""

    REAL = "real"
    MAX = "max"


@record.command(hidden=True)
def schema() -> None:
    """Print the JSON Schema of a recording's lines (docs/recording.schema.json)."""
    from engine.recording.lines import json_schema

    typer.echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))


@app.command()
def replay(
    file: Annotated[Path, typer.Argument(help="A recording.", exists=True, dir_okay=False)],
    until: Annotated[int | None, typer.Option(help="The last event (an inbox id).")] = None,
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

    from engine.core.errors import ConfigurationError
    from engine.log import set_up_log
    from engine.replay.command import replay_and_tell

    if strict and model is not Model.RECORDED:
        raise typer.BadParameter(
            "--strict compares with the recording: it needs the recorded answers, so leave out --model or --strict"
        )

    set_up_log("WARNING", ())
    is_in_order = True
    in_real_time = speed is Speed.REAL
    replays = partial(replay_and_tell, file, typer.echo, until=until, in_real_time=in_real_time)
    try:
        is_in_order = anyio.run(
            partial(replays, strict=strict, checks=check, model=model, env_file=env_file, budget_usd=budget)
        )
    except* ConfigurationError as faults:
        _tell_faults([remedy for fault in _leaves(faults) for remedy in getattr(fault, "remedies", ())])
        raise typer.Exit(CANNOT_START) from None
    if not is_in_order:
        raise typer.Exit(NOT_IN_ORDER)
