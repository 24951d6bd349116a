"""Telegram's own memory in our database: the login, the positions, access hashes, people."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from engine.core.clock import from_micros, to_micros
from engine.core.events import Person


class Login(NamedTuple):
    """Which bot is logged in where. `began_at`: when its first login was begun."""

    bot_id: int
    dc_id: int
    address: str
    port: int
    auth_key: bytes | None
    began_at: datetime | None


class Position(NamedTuple):
    """How far Telegram's updates have been taken in: entity 0 is the account, others are channels. `date` in
    seconds since 1970, as Telegram counts."""

    entity_id: int
    pts: int
    qts: int = 0
    date: int = 0
    seq: int = 0
    is_behind: bool = False
    """a channel with news that Telegram is to be asked for"""


def login(db: sqlite3.Connection) -> Login | None:
    """The login of the last process, if there was one."""
    row = db.execute("SELECT bot_id, dc_id, address, port, auth_key, login_began_at FROM telegram_login").fetchone()
    if row is None:
        return None
    bot_id, dc_id, address, port, auth_key, began_at = row
    return Login(bot_id, dc_id, address, port, auth_key, None if began_at is None else from_micros(began_at))


def save_login(db: sqlite3.Connection, now: Login) -> None:
    """Keeps a login. Another bot's login takes its positions with it."""
    before = login(db)
    if before is not None and before.bot_id != now.bot_id:
        db.execute("DELETE FROM telegram_positions")
        db.execute("DELETE FROM telegram_peers")
    db.execute(
        "INSERT INTO telegram_login (id, bot_id, dc_id, address, port, auth_key, login_began_at)"
        " VALUES (1, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET bot_id = excluded.bot_id,"
        " dc_id = excluded.dc_id, address = excluded.address, port = excluded.port,"
        " auth_key = excluded.auth_key, login_began_at = excluded.login_began_at",
        (*now[:5], None if now.began_at is None else to_micros(now.began_at)),
    )


def positions(db: sqlite3.Connection) -> list[Position]:
    """All positions: the account's and the channels'."""
    rows = db.execute("SELECT entity_id, pts, qts, date, seq, is_behind FROM telegram_positions")
    return [Position(id_, pts, qts, date, seq, bool(behind)) for id_, pts, qts, date, seq, behind in rows]


def save_positions(db: sqlite3.Connection, now: Iterable[Position]) -> None:
    """Moves positions; call it in the transaction of the inbox rows that they cover, or later."""
    db.executemany(
        "INSERT INTO telegram_positions (entity_id, pts, qts, date, seq, is_behind) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (entity_id) DO UPDATE SET pts = excluded.pts, qts = excluded.qts, date = excluded.date,"
        " seq = excluded.seq, is_behind = excluded.is_behind",
        now,
    )


def save_peers(db: sqlite3.Connection, peers: Iterable[tuple[int, int]]) -> None:
    """Keeps (marked id, access hash) pairs."""
    db.executemany(
        "INSERT INTO telegram_peers (id, access_hash) VALUES (?, ?)"
        " ON CONFLICT (id) DO UPDATE SET access_hash = excluded.access_hash",
        peers,
    )


def access_hash(db: sqlite3.Connection, peer_id: int) -> int | None:
    """The access hash of a person or channel, if Telegram has ever told it."""
    row = db.execute("SELECT access_hash FROM telegram_peers WHERE id = ?", (peer_id,)).fetchone()
    return None if row is None else int(row[0])


def channel_hashes(db: sqlite3.Connection) -> list[tuple[int, int]]:
    """(marked id, access hash) of the channels that have a position: Telethon needs them to ask what it missed."""
    rows = db.execute(
        "SELECT id, access_hash FROM telegram_peers"
        " WHERE id IN (SELECT -1000000000000 - entity_id FROM telegram_positions WHERE entity_id <> 0)"
    )
    return [(int(id_), int(hash_)) for id_, hash_ in rows]


def save_people(db: sqlite3.Connection, people: Iterable[Person], now: datetime) -> None:
    """Keeps people as Telegram describes them now."""
    db.executemany(
        "INSERT INTO people (id, name, username, language, first_seen_at) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (id) DO UPDATE SET name = excluded.name, username = excluded.username,"
        " language = excluded.language"
        " WHERE (name, username, language) IS NOT (excluded.name, excluded.username, excluded.language)",
        [(person.id, person.name, person.username, person.language, to_micros(now)) for person in people],
    )


def person(db: sqlite3.Connection, person_id: int) -> Person | None:
    """Somebody as Telegram last described them; None for those who have never written."""
    row = db.execute("SELECT id, name, username, language FROM people WHERE id = ?", (person_id,)).fetchone()
    return None if row is None else Person(*row)
