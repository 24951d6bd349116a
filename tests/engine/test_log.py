"""The log shows what happened, and none of what is secret."""

from __future__ import annotations

import io
import logging
import re
import sys
import warnings
from collections.abc import Iterator

import pytest
from loguru import logger
from telethon import functions, types

from engine.log import secrets_of, set_up_log
from engine.settings import load_settings

TOKEN = "123456:AAF-secret-of-the-bot"
KEY = "sk-proj-abcdefgh12345678"
HASH = "0123456789abcdef0123456789abcdef"
SETTINGS = {"bot_token": TOKEN, "openai_api_key": KEY, "admin_id": 1, "telegram_api_id": 1, "telegram_api_hash": HASH}


@pytest.fixture(autouse=True)
def log_as_before() -> Iterator[None]:
    """What a test sets up ends with it."""
    handlers, level = logging.root.handlers[:], logging.root.level
    yield
    logging.captureWarnings(capture=False)
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)
    logger.remove()
    logger.configure(patcher=lambda record: None)
    logger.add(sys.stderr)


@pytest.fixture
def log() -> io.StringIO:
    """A log that is set up as `gpttg run` does it."""
    written = io.StringIO()
    set_up_log("INFO", secrets_of(load_settings(None, **SETTINGS)), written)
    return written


@pytest.mark.parametrize("secret", [TOKEN, TOKEN.partition(":")[2], KEY, HASH])
def test_a_secret_in_a_message_is_hidden(secret: str, log: io.StringIO) -> None:
    logger.warning("asking https://example.org/bot{}/getMe", secret)
    assert secret not in log.getvalue()
    assert "https://example.org/bot***/getMe" in log.getvalue()


def test_a_secret_in_a_librarys_record_is_hidden(log: io.StringIO) -> None:
    logging.getLogger("openai").error("refused: Bearer %s", KEY)
    assert KEY not in log.getvalue()
    assert "openai refused: Bearer ***" in log.getvalue()


@pytest.mark.parametrize("library", ["telethon.network", "httpx2", "openai", "asyncio"])
def test_libraries_are_heard_from_warning_on(library: str, log: io.StringIO) -> None:
    talkative = logging.getLogger(library)
    talkative.setLevel(logging.DEBUG)
    talkative.debug("body: what Alice wrote")
    talkative.info("body: what Alice wrote")
    talkative.warning("the connection was lost")
    talkative.setLevel(logging.NOTSET)
    assert "Alice" not in log.getvalue()
    assert f"WARNING {library} the connection was lost" in log.getvalue()


def test_a_record_is_one_line_with_its_time_in_utc(log: io.StringIO) -> None:
    logger.info("first\r\nsecond")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}Z INFO    \S+ first ⏎ second\n", log.getvalue())


def test_an_exception_is_told_by_type_and_place_without_its_text(log: io.StringIO) -> None:
    try:
        int("what Alice wrote")
    except ValueError:
        logging.getLogger("asyncio").exception("a task died")
    assert "Alice" not in log.getvalue()
    assert re.search(r"a task died \(ValueError at test_log\.py:\d+\)\n\Z", log.getvalue())


def test_of_what_a_librarys_record_is_about_only_the_type_is_told(log: io.StringIO) -> None:
    request = functions.messages.SendMessageRequest(types.InputPeerSelf(), "what Alice wrote", random_id=1)
    logging.getLogger("openai").error("Request caused struct.error: %s: %s", ValueError("Alice"), request)
    logging.getLogger("asyncio").error("a task died\nfuture: <Task exception=ValueError('what Alice wrote')>")
    logging.getLogger("httpx2").warning("%(what)s: %(amount)d of %(kind)s", {"what": request, "amount": 3, "kind": "x"})
    assert "Alice" not in log.getvalue()
    assert "Request caused struct.error: ValueError: SendMessageRequest" in log.getvalue()
    assert "SendMessageRequest: 3 of x" in log.getvalue()


def test_the_password_in_an_address_is_a_secret() -> None:
    settings = load_settings(None, **SETTINGS, openai_base_url="https://me:hunter2secret@proxy.example/v1")
    assert "hunter2secret" in secrets_of(settings)


def test_warnings_of_libraries_go_to_the_log(log: io.StringIO) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(capture=True)
        warnings.warn("this will be removed", DeprecationWarning, stacklevel=1)
    assert "this will be removed" in log.getvalue()


def test_what_is_below_the_level_is_not_written(log: io.StringIO) -> None:
    logger.debug("a detail")
    assert log.getvalue() == ""


def test_braces_in_a_message_are_only_braces(log: io.StringIO) -> None:
    logging.getLogger("httpx2").warning("got {unknown} <red>")
    assert "got {unknown} <red>" in log.getvalue()
