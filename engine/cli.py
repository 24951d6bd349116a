"""The commands. Whatever is heavy is imported by the command that needs it, so that `--help` is quick.

Exit codes: 0 done · 1 something that was looked at is not in order · 2 it can't start (settings, credentials, database)
"""

from __future__ import annotations

import os
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.commands import money, recording, simulation, spending
from engine.commands.common import CANNOT_START, NOT_IN_ORDER, EnvFile

if TYPE_CHECKING:
    from anyio import CancelScope

    from engine.settings import Settings
    from engine.world import World

app = typer.Typer(
    name="gpttg",
    help="A Telegram bot on the OpenAI Responses API. Try it without any key: gpttg sandbox",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


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
        str | None,
        typer.Argument(help="Where to listen: host:port on this machine (127.0.0.1:0); port 0 is any free one."),
    ] = None,
) -> None:
    """Talk to the bot in this terminal: no keys, no network, no money.

    The bot is the real one, down to Telethon and the OpenAI SDK; only Telegram and OpenAI themselves are stand-ins
    that live in this process.

    With --listen [ADDRESS] only the stand-in for Telegram runs: it prints where it is, and you talk as Alice to
    whatever bot logs in there.
    """
    if listen:
        from engine.sandbox.door import run_door

        raise typer.Exit(run_door(address or "127.0.0.1:0"))
    if address is not None:
        raise typer.BadParameter("an address is for --listen only", param_hint="ADDRESS")
    from engine.sandbox.terminal import run_sandbox

    try:
        raise typer.Exit(run_sandbox(script))
    except UnicodeDecodeError as error:
        raise typer.BadParameter("a script is text in UTF-8", param_hint="--script") from error


@app.command()
def doctor(env_file: EnvFile = Path(".env")) -> None:
    """Check settings, database, Telegram login, OpenAI key and price: a line each, and how to mend what fails.

    Exit code 1 if anything is not in order. A running bot is not disturbed, and no secret is shown.
    """
    import anyio

    from engine.doctor import examine_and_tell

    if not anyio.run(examine_and_tell, env_file):
        raise typer.Exit(NOT_IN_ORDER)


for command in (
    spending.stats,
    spending.users,
    spending.ledger,
    money.budget,
    money.prices,
    recording.replay,
    simulation.simulate,
):
    app.command()(command)
app.add_typer(recording.record, name="record")


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
