"""A connection that only reads, apart from the bot's two: for figures, exports and the shell, long as they may take."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.core.errors import ConfigurationError
from engine.store.database import BUSY_TIMEOUT_S, VERSION


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """The database as it is at the first statement, for the length of the block; a bot that runs is not disturbed.
    Blocks its thread.

    Raises ConfigurationError where there is no database of this version.
    """
    try:
        db = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None
        )
    except sqlite3.Error as error:
        raise ConfigurationError(f"DATABASE_PATH={path} can't be opened: {error}") from error
    try:
        _begin(db, path)
        yield db
    finally:
        db.close()


def _begin(db: sqlite3.Connection, path: Path) -> None:
    try:
        (version,) = db.execute("PRAGMA user_version").fetchone()
    except sqlite3.Error as error:
        raise ConfigurationError(f"DATABASE_PATH={path} is not a usable database: {error}") from error
    if version != VERSION:
        raise ConfigurationError(f"DATABASE_PATH={path} has version {version}, not {VERSION}: start the bot once")
    db.execute("BEGIN")
