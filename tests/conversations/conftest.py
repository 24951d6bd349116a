"""In conversations nothing may block the event loop: a call of ours that does fails the test."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Callable, Iterator
from typing import Any
from zlib import crc32

import anyio
import pytest
from blockbuster import blockbuster_ctx

from engine.recording.files import write_lines
from engine.sandbox.time import StillLoop
from engine.store import database
from engine.testing.chat import BotUnderTest
from tests.accounts import told_apart
from tests.corpus import BY_TEST
from tests.replaying import (
    RECORDINGS,
    from_its_middle,
    recorded,
    replays_as_recorded,
    replays_redacted,
    without_positions,
)

AT_THE_START = {
    "engine/settings.py": {"load_settings", "_zone"},
    "engine/ai/prices.py": {"__init__", "_overrides", "_library_rates", "_look_up"},
    "actors/phrases/__init__.py": {"__init__"},
    "actors/preferences.py": {"zone_named"},
    "engine/store/database.py": {"schema"},
}
"""Where files are read once: at the start, and for a model's price when it is first booked."""
SECRET_BYTES = 32
"""The installation's secret; shorter ones are names of files on their way."""
REDACTED, MIDDLES_REDACTED = 2, 4
"""Of so many tests, and of so many tests' second halves, one is replayed with stand-ins, too: always the same ones."""
UPLOADING = {"httpx2/_multipart.py": {"render_data", "render_headers", "get_length"}}
"""Where httpx2 reads what is uploaded, in pieces of 64 KiB, from a file that was just written (docs/why.md)."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """`make recordings` asks for this."""
    parser.addoption(
        "--make-recordings", action="store_true", help="write tests/recordings/ anew (see tests/corpus.py)"
    )


def _makes_recordings(config: pytest.Config) -> bool:
    """The option is known only where these tests are what is asked for."""
    return bool(config.getoption("--make-recordings", default=False))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Making recordings takes the tests of the corpus only."""
    if _makes_recordings(config):
        items[:] = [item for item in items if item.nodeid.rpartition("/")[2] in BY_TEST]


@pytest.fixture
def anyio_backend(anyio_backend: tuple[str, dict[str, Any]], pytestconfig: pytest.Config) -> tuple[str, dict[str, Any]]:
    """Recordings are made on a loop that counts no real time."""
    return ("asyncio", {"loop_factory": StillLoop}) if _makes_recordings(pytestconfig) else anyio_backend


@pytest.fixture(autouse=True)
def everything_can_be_replayed(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What was recorded of a test comes out the same again, also with stand-ins; `make recordings` keeps it."""
    failed = request.session.testsfailed
    makes_recordings = _makes_recordings(request.config)
    if makes_recordings:  # the installation's secret is random, and the order in which SQLite's threads answer
        drawn = secrets.token_hex
        monkeypatch.setattr(secrets, "token_hex", lambda size: "5e" * size if size == SECRET_BYTES else drawn(size))
        monkeypatch.setattr(database._Connection, "run", _run_at_once)
    yield
    bot = next((each for each in request.node.funcargs.values() if isinstance(each, BotUnderTest)), None)
    if request.node.get_closest_marker("from_outside") or request.node.get_closest_marker("not_recorded"):
        return
    if bot is None or request.session.testsfailed > failed or not (lines := recorded(bot)):
        return
    number = crc32(request.node.nodeid.encode())
    anyio.run(replays_as_recorded, lines)
    if number % REDACTED == 0:
        anyio.run(replays_redacted, lines)
    if middle := from_its_middle(bot):
        anyio.run(replays_as_recorded, middle)
        if number % MIDDLES_REDACTED == 0:
            anyio.run(replays_redacted, middle)
    name = BY_TEST.get(request.node.nodeid.rpartition("/")[2])
    if name is not None and makes_recordings:
        write_lines(RECORDINGS / f"{name}.jsonl", without_positions(lines))


@pytest.fixture(autouse=True)
def the_ledger_is_the_bill(request: pytest.FixtureRequest, everything_can_be_replayed: None) -> Iterator[None]:
    """What OpenAI says it billed stands in the ledger to the nano-dollar; only what nobody heard the end of is ours."""
    failed = request.session.testsfailed
    yield
    bots = [each for each in request.node.funcargs.values() if isinstance(each, BotUnderTest)]
    if request.node.get_closest_marker("from_outside") or request.session.testsfailed > failed or not bots:
        return
    differences = told_apart(bots[0])
    assert not differences, "\n".join(differences)


async def _run_at_once(connection: Any, unit: Callable[[sqlite3.Connection], Any]) -> Any:
    return unit(connection._conn)


@pytest.fixture(autouse=True)
def no_blocking_calls(everything_can_be_replayed: None, pytestconfig: pytest.Config) -> Iterator[None]:
    """Watches all that engine/ and actors/ do."""
    if _makes_recordings(pytestconfig):  # SQLite runs in the loop then
        yield
        return
    with blockbuster_ctx(scanned_modules=["engine", "actors"]) as guard:
        for function in guard.functions.values():
            for file, names in (AT_THE_START | UPLOADING).items():
                function.can_block_in(file, names)
        yield
