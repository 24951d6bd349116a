"""The commands about money: tables that can be read, files that are exact, limits that hold at once."""

from __future__ import annotations

import csv
import json
import os
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from engine.cli import app
from engine.core.budget import Period
from engine.core.events import Person
from engine.core.ledger import LedgerLine
from engine.core.money import nanousd
from engine.store import budgets, ledger, telegram
from engine.store.database import VERSION, schema

NOW = datetime.now(UTC)


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A database with two people, and the settings that lead there."""
    path = tmp_path / "gpttg.db"
    with sqlite3.connect(path) as db:
        db.executescript(schema())
        db.execute(f"PRAGMA user_version = {VERSION}")
        telegram.save_people(db, [Person(42, "Алиса", "alice"), Person(43, "Bob")], NOW)
        for person, cost in ((42, 1_234_567_891), (43, None)):
            line = LedgerLine(
                key=f"r{person}",
                at=NOW,
                person_id=person,
                conversation=str(person),
                job="1",
                model="gpt-6-luna",
                cost_nanousd=cost,
            )
            ledger.book(db, line)
    db.close()
    settings = {"BOT_TOKEN": "1:abc", "OPENAI_API_KEY": "sk-x", "ADMIN_ID": "1", "TELEGRAM_API_ID": "1"}
    for name, value in {**settings, "TELEGRAM_API_HASH": "0123456789abcdef" * 2, "DATABASE_PATH": str(path)}.items():
        monkeypatch.setenv(name, value)
    return path


def gpttg(*arguments: str) -> Result:
    """A command's end."""
    return CliRunner().invoke(app, [*arguments, "--env-file", os.devnull])


def said(result: Result) -> str:
    """What a command says of its arguments, out of the frame that it stands in."""
    return " ".join(result.stderr.replace("│", " ").split())


def test_stats_shows_the_sums(house: Path) -> None:
    shown = gpttg("stats")
    assert shown.exit_code == 0
    (today,) = [line.split() for line in shown.output.splitlines() if line.startswith("today (")]
    assert today[-4:] == ["$1.23", "2", "2", "1"]


def test_users_finds_people_by_any_part_of_their_name(house: Path) -> None:
    assert {"Алиса", "Bob"} <= set(gpttg("users").output.split())
    found = gpttg("users", "алис")
    assert "@alice" in found.output
    assert "Bob" not in found.output


@pytest.mark.parametrize("options", [["--csv"], []], ids=["told", "by its ending"])
def test_the_ledger_is_written_as_csv(house: Path, tmp_path: Path, options: list[str]) -> None:
    file = tmp_path / "ledger.csv"
    shown = gpttg("ledger", "--since", "2020-01-01", *options, str(file))
    assert shown.output == f"{file}: 2 lines\n"
    rows = list(csv.DictReader(file.read_text("utf-8-sig").splitlines()))
    assert [(row["name"], row["cost_nanousd"], row["cost_usd"]) for row in rows] == [
        ("Алиса", "1234567891", "1.234567891"),
        ("Bob", "", ""),
    ]


def test_the_ledger_is_written_as_a_sheet(house: Path, tmp_path: Path) -> None:
    file = tmp_path / "ledger"
    assert gpttg("ledger", "--since", "2020-01-01", "--xlsx", str(file)).exit_code == 0
    assert file.read_bytes()[:2] == b"PK"


def test_a_limit_is_set_shown_and_lifted(house: Path) -> None:
    assert "No limits" in gpttg("budget").output
    shown = gpttg("budget", "person:42", "month", "5.5")
    assert shown.output.split()[-5:] == ["person:42", "month", "$5.50", "$1.23", "$0"]
    with sqlite3.connect(house) as db:
        assert budgets.limits(db) == [("person:42", Period.MONTH, nanousd("5.5"))]
        (details,) = db.execute("SELECT details FROM audit WHERE admin_id = 0 AND object = 'person:42'").fetchone()
        assert json.loads(details) == {"period": "month", "limit_nanousd": nanousd("5.5")}
    db.close()
    assert "No limits" in gpttg("budget", "person:42", "month", "off").output


def test_no_limits_of_one_are_said_to_be_theirs(house: Path) -> None:
    gpttg("budget", "bot", "day", "10")
    assert "No limits for person:42" in gpttg("budget", "person:42", "month", "off").output
    assert "Limits for bot" in gpttg("budget", "bot").output


def test_a_role_that_does_not_exist_has_no_limit(house: Path) -> None:
    refused = gpttg("budget", "role:king", "month", "5")
    assert refused.exit_code == 2
    assert "there is no 'role:king'; write role:admin, role:member, role:guest" in said(refused)
    assert "No limits" in gpttg("budget").output


def test_what_the_ledgers_file_is_to_be_must_be_known(house: Path, tmp_path: Path) -> None:
    file = tmp_path / "x.pdf"
    refused = gpttg("ledger", "--since", "2020-01-01", str(file))
    assert refused.exit_code == 2
    assert "the file must end in .csv or .xlsx, or say --csv or --xlsx" in said(refused)
    assert not file.exists()


@pytest.mark.parametrize(
    "arguments", [["everybody"], ["bot", "month"], ["bot", "year", "5"], ["bot", "day", "much"], ["bot", "day", "nan"]]
)
def test_what_is_no_limit_is_refused(house: Path, arguments: list[str]) -> None:
    assert gpttg("budget", *arguments).exit_code == 2
    with sqlite3.connect(house) as db:
        assert budgets.limits(db) == []
    db.close()


def test_prices_says_what_is_known_and_who_says_so(house: Path) -> None:
    shown = gpttg("prices", "--offline")
    assert shown.exit_code == 0
    (line,) = [line for line in shown.output.splitlines() if line.startswith("gpt-6.2-sol ")]
    assert "prices.toml" in line
    assert "genai-prices" in shown.output


def test_prices_offline_need_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("BOT_TOKEN", "OPENAI_API_KEY", "ADMIN_ID", "TELEGRAM_API_ID", "TELEGRAM_API_HASH"):
        monkeypatch.delenv(name, raising=False)
    assert gpttg("prices", "--offline").exit_code == 0
    refused = gpttg("prices")
    assert refused.exit_code == 2
    assert "OPENAI_API_KEY is missing" in refused.stderr


@pytest.mark.parametrize("command", [["run"], ["doctor"], ["stats"], ["budget"], ["prices"], ["record", "export", "x"]])
def test_a_file_of_settings_that_is_not_there_is_named(command: list[str], tmp_path: Path) -> None:
    nowhere = tmp_path / "nix"
    refused = CliRunner().invoke(app, [*command, "--env-file", str(nowhere)])
    assert refused.exit_code == 2
    assert "there is no file" in said(refused)
    assert "nix" in said(refused)
    assert "is missing" not in refused.output


def test_a_misspelt_setting_is_named(house: Path, tmp_path: Path) -> None:
    env_file = tmp_path / ".env"
    env_file.write_text("BOT_TOKN=1:abc\nQUIET_HUORS=1-2\nCOMPOSE_PROJECT_NAME=x\nRECORD_DAYS=3\n", "utf-8")
    shown = CliRunner().invoke(app, ["stats", "--env-file", str(env_file)])
    assert shown.exit_code == 0
    assert shown.stderr.splitlines() == [
        f"⚠ BOT_TOKN in {env_file} is no setting; did you mean BOT_TOKEN?",
        f"⚠ QUIET_HUORS in {env_file} is no setting; did you mean QUIET_HOURS?",
    ]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["budget", "bot", "week", "5"], "PERIOD is day, month or once"),
        (["budget", "foo"], "'foo' can't be limited; write person:42, chat:-1001234, role:guest or bot"),
        (["ledger", "--since", "yesterday", "x.csv"], "it is a day, as 2026-11-01, and not yesterday"),
        (["stats", "--on", "2026-13-01"], "it is a day, as 2026-11-01, and not 2026-13-01"),
    ],
)
def test_a_wrong_argument_is_told_what_it_should_be(house: Path, arguments: list[str], sentence: str) -> None:
    refused = gpttg(*arguments)
    assert refused.exit_code == 2
    assert sentence in said(refused)


def test_without_a_database_there_is_a_sentence(house: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DATABASE_PATH", str(tmp_path / "nowhere.db"))
    shown = gpttg("stats")
    assert shown.exit_code == 2
    assert "can't be opened" in shown.stderr
    assert not (tmp_path / "nowhere.db").exists()
