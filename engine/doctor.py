"""`gpttg doctor`: settings, database, Telegram login, OpenAI key, price; a line each, and how to mend what fails.

It uses the stored login (and stores the one it has to make, so that `gpttg run` uses it). It takes no updates and
saves no position: what arrives meanwhile is still there for the bot.
"""

from __future__ import annotations

import shutil
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, TextIO
from urllib.parse import urlsplit

import anyio
from telethon import errors as telethon_errors

from engine.ai.client import openai_client
from engine.ai.prices import Prices
from engine.ai.responses import Responses
from engine.bot import open_session
from engine.core.errors import (
    ConfigurationError,
    CredentialsRefusedError,
    GpttgError,
    OutageError,
    QuotaExhaustedError,
    RateLimitedError,
    RefusedError,
)
from engine.core.ledger import Usage
from engine.core.money import dollars
from engine.log import secrets_of, set_up_log
from engine.settings import REMEDIES, Settings, load_settings
from engine.store.database import VERSION, Database, open_database
from engine.telegram import errors
from engine.telegram.client import Batch, Client
from engine.telegram.session import StoredSession
from engine.world import World

PATIENCE_S = 15.0
"""How long Telegram, and how long OpenAI, may take to answer."""
LEAVE_S = 5.0
"""How long saying goodbye to Telegram may take."""
FREE_DISK_BYTES = 200 * 1024 * 1024
"""Less than this is called too little: the database and its write-ahead log grow."""
GIGABYTE = 1024**3
MODEL_REMEDY = "set OPENAI_MODEL to a model that this key may use (platform.openai.com/docs/models)"


class Finding(NamedTuple):
    """One thing that was looked at. `remedy` is one sentence, "" where nothing is to be mended."""

    what: str
    said: str
    remedy: str = ""

    @property
    def is_good(self) -> bool:
        """Whether it is in order."""
        return not self.remedy


Tell = Callable[[Finding], None]
"""What is done with each finding, as soon as it is known."""


async def examine_and_tell(
    env_file: Path, world: World | None = None, stream: TextIO | None = None, patience_s: float = PATIENCE_S
) -> bool:
    """Writes a line for each finding; whether all of them are good."""
    from rich.console import Console  # noqa: PLC0415 - only for people
    from rich.text import Text  # noqa: PLC0415

    console = Console(file=stream or sys.stdout, highlight=False)
    bad: list[Finding] = []

    def tell(finding: Finding) -> None:
        sign, colour = ("✓", "green") if finding.is_good else ("✗", "red")
        console.print(Text.assemble((sign, colour), f" {finding.what}: ", finding.said), soft_wrap=True)
        if not finding.is_good:
            console.print(Text(f"  → {finding.remedy}"), soft_wrap=True)
            bad.append(finding)

    await examine(env_file, world or World(), tell, patience_s)
    return not bad


async def examine(env_file: Path, world: World, tell: Tell, patience_s: float = PATIENCE_S) -> None:
    """Looks at everything. Never raises for what it finds."""
    try:
        settings = load_settings(env_file)
    except ConfigurationError as faults:
        for remedy in faults.remedies:
            trouble, _, how = remedy.partition(": ")
            tell(Finding("settings", trouble, how))
        return
    set_up_log("ERROR", secrets_of(settings))
    guests = len(set(settings.allowed_user_ids) - set(settings.admin_id))
    tell(Finding("settings", f"complete; admins: {len(settings.admin_id)}, others who may use the bot: {guests}"))
    await _database_and_login(settings, world, tell, patience_s)
    tell(await _openai(settings, world, patience_s))
    tell(_price(settings, world))


# ── database and Telegram, which keeps its login there ──────────────────────────────────────────────────────────────


async def _database_and_login(settings: Settings, world: World, tell: Tell, patience_s: float) -> None:
    path = settings.database_path
    try:
        async with open_database(path, durable=world.durable) as database:
            tell(await _database(path, database))
            tell(await _telegram(settings, world, database, patience_s))
    except ConfigurationError as error:
        tell(Finding("database", str(error), f"make {path.parent} writable, or change DATABASE_PATH"))
        tell(Finding("Telegram", "not tried: its login is kept in the database", "mend the database first"))


async def _database(path: Path, database: Database) -> Finding:
    try:
        await database.write(lambda db: db.execute("UPDATE installation SET value = value WHERE name = 'secret'"))
    except sqlite3.Error as error:
        return Finding("database", f"{path} can't be written to: {error}", f"make {path} and {path.parent} writable")
    free = shutil.disk_usage(path.parent).free
    said = f"{path}, version {VERSION}, writable, {free / GIGABYTE:.1f} GiB free"
    if free < FREE_DISK_BYTES:
        return Finding("database", said, f"free some disk: at least {FREE_DISK_BYTES // 1024**2} MiB should be left")
    return Finding("database", said)


async def _telegram(settings: Settings, world: World, database: Database, patience_s: float) -> Finding:
    try:
        session = await open_session(settings, world, database)
    except ConfigurationError:
        return Finding("Telegram", "TELEGRAM_SERVER_KEY can't be read", f"set {REMEDIES['telegram_server_key']}")
    is_stored = bool(session.auth_key)
    client = _quiet_client(settings, world, session)
    try:
        await client.set_receive_updates(False)
        with anyio.fail_after(patience_s):
            me = await client.log_in(settings.bot_token.get_secret_value(), patiently=False)
    except (GpttgError, telethon_errors.RPCError, OSError, TimeoutError) as error:
        ours = error if isinstance(error, GpttgError) else errors.translated(error)
        return Finding("Telegram", _what_telegram_said(ours), _telegram_remedy(settings, ours))
    finally:
        with anyio.move_on_after(LEAVE_S, shield=True):
            await client.disconnect()
    login = "with the stored login" if is_stored else "with a new login, which is stored now"
    return Finding("Telegram", f"@{me.username} ({me.id}), {login}")


def _quiet_client(settings: Settings, world: World, session: StoredSession) -> Client:
    async def take_nothing(batch: Batch) -> None:
        del batch

    return Client(
        session,
        settings.telegram_api_id,
        settings.telegram_api_hash.get_secret_value(),
        take=take_nothing,
        connection=world.connection,
    )


def _what_telegram_said(error: GpttgError) -> str:
    match error:
        case CredentialsRefusedError():
            return "the login is refused"
        case OutageError(code=errors.NOT_TELEGRAM):
            return "the connection was cut, or something else answers in Telegram's place"
        case OutageError():
            return f"no answer ({error})"
        case _:
            return str(error)


def _telegram_remedy(settings: Settings, error: GpttgError) -> str:
    match error:
        case ConfigurationError():
            return REMEDIES["telegram_api_hash"]
        case CredentialsRefusedError():
            return f"BOT_TOKEN: {REMEDIES['bot_token']}"
        case OutageError() if settings.telegram_server:
            return "check that TELEGRAM_SERVER can be reached and that TELEGRAM_SERVER_KEY is its key"
        case OutageError():
            return "check the network, proxy or VPN: this machine must reach Telegram's servers (TCP port 443)"
        case _:
            return "wait for a while, then try again; if it stays so, look the code up at core.telegram.org/api/errors"


# ── OpenAI ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def _openai(settings: Settings, world: World, patience_s: float) -> Finding:
    client = openai_client(settings.openai_api_key.get_secret_value(), settings.openai_base_url, world.transport)
    try:
        with anyio.fail_after(patience_s):
            offered = {model.id: model for model in await Responses(client).models()}
    except TimeoutError:
        return Finding("OpenAI", f"no answer in {patience_s:g} s", _reach(settings))
    except GpttgError as error:
        return Finding("OpenAI", f"{settings.openai_model}: {error}", _openai_remedy(settings, error))
    finally:
        with anyio.CancelScope(shield=True):
            await client.close()
    model = offered.get(settings.openai_model)
    if model is None:
        return Finding("OpenAI", f"the key is good, but {settings.openai_model} is not offered to it", MODEL_REMEDY)
    if model.shutdown_date:
        return Finding("OpenAI", f"{model.id} is there, but ends on {model.shutdown_date}", MODEL_REMEDY)
    return Finding("OpenAI", f"the key is good, {model.id} is there")


def _openai_remedy(settings: Settings, error: GpttgError) -> str:
    match error:
        case CredentialsRefusedError():
            return f"OPENAI_API_KEY (with the rights Models: read and Responses: write): {REMEDIES['openai_api_key']}"
        case QuotaExhaustedError():
            return "add money at platform.openai.com/settings/organization/billing"
        case RateLimitedError():
            return "wait for a minute, then try again"
        case OutageError():
            return _reach(settings)
        case RefusedError():
            return MODEL_REMEDY
        case _:
            return "see the log"


def _reach(settings: Settings) -> str:
    host = urlsplit(settings.openai_base_url).hostname or "api.openai.com"  # a whole address may have a password in it
    return f"check the network: {host} must answer from this machine"


def _price(settings: Settings, world: World) -> Finding:
    prices = Prices(usd_per_1k_tokens=settings.openai_price_per_1k_tokens, now=world.clock)
    given, source = prices.price(settings.openai_model, Usage(input_tokens=1000))
    made, _ = prices.price(settings.openai_model, Usage(output_tokens=1000))
    if given is None or made is None:
        return Finding(
            "price",
            f"nobody knows what {settings.openai_model} costs",
            "set OPENAI_PRICE_PER_1K_TOKENS; until then answers are booked without a cost, and the admins are told",
        )
    return Finding("price", f"1,000 tokens in {dollars(given)}, out {dollars(made)} ({source})")
