"""A month of 500 people and 10 admins: whatever shows its figures shows what plain SQL makes of the ledger."""

from __future__ import annotations

import os
import random
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import anyio
import pytest
from typer.testing import CliRunner

from engine.cli import app
from engine.core.clock import Clock
from engine.core.events import Person
from engine.core.ledger import LedgerLine
from engine.core.money import dollars
from engine.sandbox.openai import LocalOpenAI
from engine.sandbox.openai.service import SANDBOX_KEY
from engine.sandbox.telegram import LocalTelegram
from engine.store import ledger
from engine.store import telegram as telegram_store
from engine.store.database import open_database
from engine.testing.chat import BotUnderTest, Someone, passes

pytestmark = [pytest.mark.anyio, pytest.mark.from_outside]

ZONE = "Europe/Moscow"
LINES = 6_000
MODELS = (
    "gpt-6.1-terra-2026-09-30",
    "gpt-6.2-sol-2026-11-18",
    "gpt-5.4-mini",
    "gpt-transcribe",
    "gpt-image-2.6-sunburst",
)
KINDS = ("response", "response", "response", "picture", "transcription", "speech", "container", "compaction")


def made_up(now: datetime) -> Iterator[LedgerLine]:
    """Lines of the last 35 days by 500 people; some cost nothing that anybody knows."""
    chance = random.Random(11)
    for number in range(LINES):
        at = now - timedelta(seconds=chance.randrange(1, 35 * 86_400), microseconds=chance.randrange(10**6))
        person = 1_000 + min(chance.randrange(500), chance.randrange(500))
        cost = None if chance.random() < 0.02 else chance.randrange(1, 40_000_000)
        yield LedgerLine(
            key=f"made-{number}",
            at=at,
            person_id=person,
            conversation=str(person),
            job=str(number),
            kind=chance.choice(KINDS),
            model=chance.choice(MODELS),
            cost_nanousd=cost,
            price_source="" if cost is None else "made up",
        )


class Recomputed:
    """One pass over the ledger with plain SQL: its own days (Moscow has no summer time), its own sums."""

    def __init__(self, path: Path, first: str, last: str) -> None:
        self.cost, self.calls, self.unpriced = 0, 0, 0
        self.by: dict[str, Counter[str]] = {"kind": Counter(), "model": Counter(), "person": Counter()}
        with sqlite3.connect(path) as db:
            rows = db.execute(
                "SELECT kind, model, person_id, sum(cost_nanousd), count(*), sum(cost_nanousd IS NULL) FROM ledger"
                " WHERE date(at / 1000000 + 10800, 'unixepoch') BETWEEN ? AND ? GROUP BY kind, model, person_id",
                (first, last),
            ).fetchall()
        db.close()
        for kind, model, person, cost, calls, unpriced in rows:
            for name, value in (("kind", kind), ("model", model), ("person", f"Person {person}")):
                self.by[name][value] += cost or 0
            self.cost, self.calls, self.unpriced = self.cost + (cost or 0), self.calls + calls, self.unpriced + unpriced
        self.people = len({person for _, _, person, *_ in rows})

    def top(self, name: str, many: int) -> list[str]:
        """The dearest, as they are written."""
        ranked = sorted(self.by[name].items(), key=lambda item: -item[1])[:many]
        return [f"{value} {dollars(cost)}" for value, cost in ranked]


SPANS = {
    "today": ("2026-11-24", "2026-11-24"),
    "week": ("2026-11-18", "2026-11-24"),
    "month": ("2026-11-01", "2026-11-24"),
    "yesterday": ("2026-11-23", "2026-11-23"),
    "last_week": ("2026-11-23", "2026-11-29"),
}


def assert_same(text: str, sums: Recomputed) -> None:
    """A page's five or six lines."""
    _, total, kinds, models, people, *more = text.splitlines()
    assert total == f"{dollars(sums.cost)} · {sums.calls:,} calls · {sums.people} people"
    named = {"response": "Answers", "picture": "Pictures", "transcription": "Transcripts", "speech": "Speech"}
    shown = Counter[str]()
    for kind, cost in sums.by["kind"].items():
        shown[named.get(kind, "Code" if kind == "container" else "Other")] += cost
    assert kinds == "For: " + ", ".join(f"{kind} {dollars(cost)}" for kind, cost in shown.most_common(3))
    assert models == "Models: " + ", ".join(sums.top("model", 3))
    assert people == "People: " + ", ".join(sums.top("person", 3))
    assert [line.split()[1] for line in more] == ([str(sums.unpriced)] if sums.unpriced else [])


@pytest.fixture
async def admins(telegram: LocalTelegram) -> list[Someone]:
    """Ten of them."""
    return [Someone(telegram.person(f"Admin {number}", language="en")) for number in range(10)]


@pytest.fixture
async def house(
    telegram: LocalTelegram, model: LocalOpenAI, clock: Clock, tmp_path: Path, admins: list[Someone]
) -> AsyncIterator[BotUnderTest]:
    """A bot with that month behind it, and ten admins who have started it."""
    path = tmp_path / "gpttg.db"
    now = clock()
    async with open_database(path, durable=False) as database:
        people = [Person(1_000 + number, f"Person {1_000 + number}") for number in range(500)]
        await database.write(partial(save, people=people, now=now))
    bot = BotUnderTest(
        telegram,
        model,
        clock,
        path,
        admins=[one.id for one in admins],
        members=[],
        timezone=ZONE,
        digest=("daily", "weekly"),
        digest_hour=13,
    )
    async with bot:
        for admin in admins:
            await admin.says("/start")
            await bot.says("Hello", to=admin)
        yield bot


def save(db: sqlite3.Connection, people: list[Person], now: datetime) -> None:
    """People and their lines."""
    telegram_store.save_people(db, people, now)
    for line in made_up(now):
        assert ledger.book(db, line)


async def test_stat_shows_what_the_ledger_adds_up_to(
    house: BotUnderTest, admins: list[Someone], tmp_path: Path
) -> None:
    await admins[0].says("/stat")
    message = await house.sends("photo", to=admins[0])
    assert_same(message.text, Recomputed(tmp_path / "gpttg.db", *SPANS["today"]))
    for button, title, span in (("7 days", "Last 7 days", "week"), ("Month", "This month", "month")):
        await admins[0].presses(button)
        await house.becomes(message, "photo", f"📈 {title}")
        assert_same(message.text, Recomputed(tmp_path / "gpttg.db", *SPANS[span]))


async def test_every_admin_gets_the_digests_with_the_same_figures(
    house: BotUnderTest, admins: list[Someone], tmp_path: Path
) -> None:
    path = tmp_path / "gpttg.db"
    await house.waits(hours=1.5)
    for admin in admins:
        daily = await house.sends("photo", to=admin)
        assert daily.text.startswith("📬 Yesterday, 23 November 2026")
        assert_same(daily.text, Recomputed(path, *SPANS["yesterday"]))
    await house.waits(hours=6 * 24)
    texts = [message.text for message in admins[0].chat.messages if message.media is not None]
    (weekly,) = [text for text in texts if text.startswith("📬 The week, 23 – 29 November 2026")]
    assert_same(weekly, Recomputed(path, *SPANS["last_week"]))
    assert len(texts) == 7 + 1


async def test_a_digest_that_was_slept_through_comes_once(house: BotUnderTest, admins: list[Someone]) -> None:
    await house.stops()
    await passes(50 * 3600)
    await house.starts()
    daily = await house.sends("photo", to=admins[0])
    assert daily.text.startswith("📬 Yesterday, 25 November 2026")
    await house.stops()
    await house.starts()
    await anyio.sleep(3600)
    assert sum(message.media is not None for message in admins[0].chat.messages) == 1


async def test_the_shell_shows_the_same_while_the_bot_runs(
    house: BotUnderTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "gpttg.db"
    shown = await anyio.to_thread.run_sync(partial(shell, path, monkeypatch, "stats", "--on", "2026-11-24"))
    for span in ("today", "week", "month"):
        sums = Recomputed(path, *SPANS[span])
        (line,) = [line.split() for line in shown.splitlines() if line.startswith(f"{span} (")]
        assert line[-4:] == [dollars(sums.cost), str(sums.calls), str(sums.people), str(sums.unpriced)]
    month = Recomputed(path, *SPANS["month"])
    lines = [" ".join(line.split()) for line in shown.splitlines()]
    for name in ("kind", "model", "person"):
        assert all(any(line.startswith(f"{top} ") for line in lines) for top in month.top(name, 5))


def shell(path: Path, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> str:
    """What a command prints."""
    settings = {"BOT_TOKEN": "1:abc", "OPENAI_API_KEY": SANDBOX_KEY, "ADMIN_ID": "1", "TELEGRAM_API_ID": "1"}
    settings |= {"TELEGRAM_API_HASH": "0123456789abcdef" * 2, "DATABASE_PATH": str(path), "TIMEZONE": ZONE}
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    result = CliRunner().invoke(app, [*arguments, "--env-file", os.devnull])
    assert result.exit_code == 0, result.output
    return result.output
