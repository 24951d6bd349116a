"""The doctor: a line for each thing it looks at, and a remedy for each that is not in order."""

from __future__ import annotations

import io
import logging
import sqlite3
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import anyio
import pytest
from loguru import logger
from telethon.network import ConnectionTcpFull

from engine.bot import running_bot
from engine.core.clock import Clock
from engine.doctor import PATIENCE_S, examine_and_tell
from engine.sandbox.openai import LocalOpenAI
from engine.sandbox.openai.service import SANDBOX_KEY
from engine.sandbox.telegram import LocalTelegram
from engine.settings import Settings, load_settings
from engine.telegram.session import StoredSession
from engine.world import World
from tests.portal import NOT_MTPROTO, portal

pytestmark = pytest.mark.anyio

HASH = "0123456789abcdef0123456789abcdef"


class Patient:
    """A bot that the doctor looks at: its `.env`, its world, and what the doctor said."""

    def __init__(self, telegram: LocalTelegram, model: LocalOpenAI, clock: Clock, folder: Path) -> None:
        self.telegram = telegram
        self.env_file = folder / ".env"
        self.database_path = folder / "gpttg.db"
        self.env = {
            "BOT_TOKEN": telegram.bot.token,
            "OPENAI_API_KEY": SANDBOX_KEY,
            "ADMIN_ID": "42",
            "TELEGRAM_API_ID": "1",
            "TELEGRAM_API_HASH": HASH,
            "DATABASE_PATH": str(self.database_path),
        }
        self.world = World(
            connection=telegram.connection,
            transport=model.transport(),
            clock=clock,
            durable=False,
            prepare_session=self._meet,
        )
        self.said = ""

    def _meet(self, session: StoredSession) -> None:
        session.set_dc(2, *self.telegram.address)
        if session.auth_key is None:
            session.auth_key = self.telegram.issue_key()

    def lead_to(self, address: tuple[str, int], key: object) -> None:
        """The way to Telegram leads elsewhere."""

        def meet(session: StoredSession) -> None:
            session.set_dc(2, *address)
            session.auth_key = key

        self.world = replace(self.world, connection=ConnectionTcpFull, prepare_session=meet)

    async def is_well(self, patience_s: float = PATIENCE_S) -> bool:
        """Asks the doctor."""
        self.env_file.write_text("".join(f"{name}={value}\n" for name, value in self.env.items()), "utf-8")
        said = io.StringIO()
        is_well = await examine_and_tell(self.env_file, self.world, said, patience_s)
        self.said = said.getvalue()
        for secret in (self.telegram.bot.token, self.env["OPENAI_API_KEY"], HASH):
            assert secret not in self.said
        assert is_well == ("✗" not in self.said)
        return is_well

    def trouble(self) -> dict[str, tuple[str, str]]:
        """What is not in order: what was found, and how to mend it."""
        lines = self.said.splitlines()
        return {
            line[2:].partition(": ")[0]: (line.partition(": ")[2], remedy.removeprefix("  → "))
            for line, remedy in zip(lines, [*lines[1:], ""], strict=True)
            if line.startswith("✗")
        }


@pytest.fixture
def anyio_backend() -> str:
    """Real time: the SDK looks its platform up in a thread, over which a jumping clock would jump."""
    return "asyncio"


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A bare environment, and a log that is afterwards as it was."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    handlers, level = logging.root.handlers[:], logging.root.level
    yield
    logging.captureWarnings(capture=False)
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)
    logger.remove()
    logger.configure(patcher=lambda record: None)
    logger.add(sys.stderr)


@pytest.fixture
async def patient(telegram: LocalTelegram, model: LocalOpenAI, clock: Clock, tmp_path: Path) -> Patient:
    """One in good health."""
    return Patient(telegram, model, clock, tmp_path)


async def test_a_healthy_bot_gets_five_good_lines(patient: Patient) -> None:
    assert await patient.is_well(), patient.said
    assert [line.partition(":")[0] for line in patient.said.splitlines()] == [
        "✓ settings",
        "✓ database",
        "✓ Telegram",
        "✓ OpenAI",
        "✓ price",
    ]
    assert "@gpttg_bot (1000)" in patient.said
    assert "gpt-6.1-terra is there" in patient.said


async def test_the_login_is_stored_and_used_the_next_time(patient: Patient) -> None:
    await patient.is_well()
    await patient.is_well()
    assert patient.telegram.count("importBotAuthorization") == 1
    assert "with the stored login" in patient.said


async def test_what_is_written_during_a_visit_is_still_answered_by_the_bot(patient: Patient) -> None:
    alice = patient.telegram.person("Alice")
    patient.env["ADMIN_ID"] = str(alice.id)
    await patient.is_well()
    alice.says("Are you there?")
    await patient.is_well()
    async with running_bot(load_settings(patient.env_file), patient.world):
        with anyio.fail_after(PATIENCE_S):
            while not [message for message in alice.chat.messages if message.out]:
                await patient.telegram.changed.wait(since=patient.telegram.changed.version)


async def test_every_fault_of_the_settings_is_told_and_nothing_else_is_tried(patient: Patient) -> None:
    patient.env |= {"LOG_LEVEL": "loud", "ADMIN_ID": ""}
    assert not await patient.is_well()
    assert patient.said.count("✗ settings") == 2
    assert "ADMIN_ID is missing" in patient.said
    assert "one of DEBUG, INFO, WARNING, ERROR" in patient.said
    assert patient.telegram.calls == []


async def test_a_database_that_cannot_be_opened(patient: Patient, tmp_path: Path) -> None:
    patient.env["DATABASE_PATH"] = str(tmp_path / "nowhere" / "gpttg.db")
    assert not await patient.is_well()
    said, remedy = patient.trouble()["database"]
    assert "unable to open database file" in said
    assert "DATABASE_PATH" in remedy
    assert patient.trouble()["Telegram"] == (
        "not tried: its login is kept in the database",
        "mend the database first",
    )
    assert "✓ OpenAI" in patient.said


async def test_a_database_of_a_newer_version(patient: Patient) -> None:
    with sqlite3.connect(patient.database_path) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    assert not await patient.is_well()
    assert "newer version" in patient.trouble()["database"][0]


async def test_a_token_that_telegram_refuses(patient: Patient) -> None:
    patient.env["BOT_TOKEN"] = "1000:of-another-bot"
    assert not await patient.is_well()
    said, remedy = patient.trouble()["Telegram"]
    assert said == "the login is refused"
    assert remedy.startswith("BOT_TOKEN: talk to @BotFather")


async def test_a_telegram_that_does_not_answer_is_waited_for_with_a_bound(patient: Patient) -> None:
    patient.telegram.faults.slow(None, 3600)
    assert not await patient.is_well(patience_s=0.2)
    said, remedy = patient.trouble()["Telegram"]
    assert said == "no answer (TimeoutError)"
    assert remedy.startswith("check the network")


async def test_a_password_in_an_address_is_not_shown(patient: Patient, model: LocalOpenAI) -> None:
    patient.env["OPENAI_BASE_URL"] = "https://me:hunter2secret@proxy.example/v1"
    model.outage(times=10)
    assert not await patient.is_well(patience_s=5)
    assert "proxy.example must answer" in str(patient.trouble())
    assert "hunter2secret" not in str(patient.trouble())


@pytest.mark.parametrize("answer", NOT_MTPROTO.values(), ids=NOT_MTPROTO)
async def test_something_that_answers_in_telegrams_place(patient: Patient, answer: bytes) -> None:
    async with portal(answer) as (address, _):
        patient.lead_to(address, None)
        assert not await patient.is_well()
    said, remedy = patient.trouble()["Telegram"]
    assert said == "the connection was cut, or something else answers in Telegram's place"
    assert remedy.startswith("check the network, proxy or VPN")
    assert set(patient.trouble()) == {"Telegram"}
    assert "✓ OpenAI" in patient.said
    assert "✓ price" in patient.said


async def test_something_that_answers_in_telegrams_place_to_whom_the_login_is_known(patient: Patient) -> None:
    async with portal(NOT_MTPROTO["a web page"]) as (address, _):
        patient.lead_to(address, patient.telegram.issue_key())
        assert not await patient.is_well(patience_s=1)
    assert patient.trouble()["Telegram"][1].startswith("check the network, proxy or VPN")
    assert "✓ price" in patient.said


async def test_a_telegram_that_refuses_the_api_id(patient: Patient) -> None:
    patient.telegram.faults.refuse("API_ID_INVALID", request="auth.importBotAuthorization")
    assert not await patient.is_well()
    assert "api_hash" in patient.trouble()["Telegram"][1]


async def test_a_telegram_that_wants_us_to_wait(patient: Patient) -> None:
    patient.telegram.faults.flood_wait(3600, request="auth.importBotAuthorization")
    assert not await patient.is_well()
    assert patient.trouble()["Telegram"][1].startswith("wait for a while")


async def test_a_key_that_openai_refuses(patient: Patient) -> None:
    patient.env["OPENAI_API_KEY"] = "sk-of-somebody-else"
    assert not await patient.is_well()
    said, remedy = patient.trouble()["OpenAI"]
    assert said == "gpt-6.1-terra: invalid_api_key"
    assert remedy.startswith("OPENAI_API_KEY")
    assert set(patient.trouble()) == {"OpenAI"}


async def test_a_model_that_openai_does_not_have(patient: Patient) -> None:
    patient.env["OPENAI_MODEL"] = "gpt-0"
    assert not await patient.is_well()
    assert "OPENAI_MODEL" in patient.trouble()["OpenAI"][1]
    assert "nobody knows what gpt-0 costs" in patient.trouble()["price"][0]


async def test_an_openai_that_is_out(patient: Patient, model: LocalOpenAI) -> None:
    model.outage(times=10)
    assert not await patient.is_well()
    assert "api.openai.com must answer" in patient.trouble()["OpenAI"][1]


async def test_an_openai_that_never_answers_is_waited_for_with_a_bound(patient: Patient, model: LocalOpenAI) -> None:
    model.never_answers(on="models")
    assert not await patient.is_well(patience_s=0.2)
    assert patient.trouble()["OpenAI"][0] == "no answer in 0.2 s"


async def test_an_unknown_price_can_be_set_by_hand(patient: Patient) -> None:
    patient.env |= {"OPENAI_MODEL": "gpt-0", "OPENAI_PRICE_PER_1K_TOKENS": "0.002"}
    await patient.is_well()
    assert "price: 1,000 tokens in $0.0020, out $0.0020 (OPENAI_PRICE_PER_1K_TOKENS)" in patient.said
