"""What the bot logs in a test is shown with the test that fails (pytest's "Captured log call"), and blocks nothing."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from _pytest.logging import LogCaptureHandler
from loguru import logger


class _Shown(logging.Handler):
    """Hands records to pytest alone: the bot's own handlers would log them again."""

    def emit(self, record: logging.LogRecord) -> None:
        for handler in logging.getLogger().handlers:
            if isinstance(handler, LogCaptureHandler):
                handler.handle(record)


@pytest.fixture(autouse=True)
def log_is_shown() -> Iterator[None]:
    """Takes the place of loguru's line on stderr."""
    logger.remove()
    logger.add(_Shown(), format="{message}")
    yield
    logger.remove()
