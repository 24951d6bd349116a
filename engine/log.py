"""The log: one line a record on stderr, times in UTC, no secret and no value of a variable in it.

The libraries' own records (telethon, httpx2, openai, asyncio) come in at WARNING and above only, with the types of what
they are about: requests, exceptions and tasks may quote a person's message.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, TextIO
from urllib.parse import urlsplit

from loguru import logger

if TYPE_CHECKING:
    from loguru import Record

    from engine.settings import Settings

HIDDEN = "***"
SECRET_CHARACTERS = 8
"""Shorter values are no secrets but words, and hiding them would make the log unreadable."""


def set_up_log(level: str, secrets: Iterable[str] = (), stream: TextIO | None = None) -> None:
    """Everything that is logged from now on goes to `stream` (stderr), from `level` on, without `secrets`."""
    hidden = sorted({secret for secret in secrets if len(secret) >= SECRET_CHARACTERS}, key=len, reverse=True)

    def redact(record: Record) -> None:
        message = record["message"]
        for secret in hidden:
            message = message.replace(secret, HIDDEN)
        record["message"] = message.replace("\r", "").replace("\n", " ⏎ ")

    logger.remove()
    logger.configure(patcher=redact)
    logger.add(stream or sys.stderr, level=level, format=_line, backtrace=False, diagnose=False)
    logging.captureWarnings(capture=True)
    logging.basicConfig(handlers=[_Libraries(logging.WARNING)], level=logging.WARNING, force=True)


def secrets_of(settings: Settings) -> list[str]:
    """What must never be logged: the bot's token (and the part behind its colon), the API key, the api hash, the
    password in an address."""
    token = settings.bot_token.get_secret_value()
    return [
        token,
        token.partition(":")[2],
        settings.openai_api_key.get_secret_value(),
        settings.telegram_api_hash.get_secret_value(),
        urlsplit(settings.openai_base_url).password or "",
    ]


class _Libraries(logging.Handler):
    """Records of the standard library's logging become ours. Of an exception the type and the place are told, not
    its text and not its trace; of any other object its type. What they say may quote a message."""

    def emit(self, record: logging.LogRecord) -> None:
        is_ours = record.levelname in ("WARNING", "ERROR", "CRITICAL")
        level = record.levelname if is_ours else record.levelno

        def name_library(ours: Record) -> None:
            ours["name"] = record.name

        logger.patch(name_library).opt(exception=record.exc_info).log(level, "{}", _said(record))


def _said(record: logging.LogRecord) -> str:
    """The first line of a library's sentence: below it asyncio shows tasks, with what they have raised."""
    told: object = record.args
    if isinstance(record.args, Mapping):
        told = {name: _harmless(value) for name, value in record.args.items()}
    elif record.args:
        told = tuple(map(_harmless, record.args))
    try:
        sentence = str(record.msg) % told if told else str(record.msg)
    except (TypeError, ValueError):
        sentence = str(record.msg)
    return sentence.partition("\n")[0]


def _harmless(value: object) -> object:
    return value if isinstance(value, str | int | float) else type(value).__name__


def _line(record: Record) -> str:
    """The format of one record; what it contains is put in by loguru."""
    line = "<dim>{time:YYYY-MM-DD HH:mm:ss.SSS!UTC}Z</dim> <level>{level: <7}</level> <dim>{name}</dim> {message}"
    if (exception := record["exception"]) is not None and exception.type is not None:
        record["extra"]["raised"] = f"{exception.type.__name__} at {_place(exception.traceback)}"
        line += " ({extra[raised]})"
    return line + "\n"


def _place(trace: object) -> str:
    while (deeper := getattr(trace, "tb_next", None)) is not None:
        trace = deeper
    frame = getattr(trace, "tb_frame", None)
    return "?" if frame is None else f"{frame.f_code.co_filename.rpartition('/')[2]}:{getattr(trace, 'tb_lineno', 0)}"
