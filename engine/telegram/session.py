"""Telethon's session in our database: the login is written down at once, positions only by the feed.

Telethon offers to save its position every minute and at the end; that position may cover updates which are not in the
inbox yet, so `set_update_state` does nothing. The feed saves positions with the rows that they cover.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

from telethon import utils
from telethon.crypto import AuthKey
from telethon.sessions import MemorySession
from telethon.tl import types

from engine.store import telegram as store
from engine.store.database import Database


class StoredSession(MemorySession):  # type: ignore[misc]
    """A login that lives in the `telegram_login` row. Make one with `load_session`."""

    def __init__(
        self,
        database: Database,
        login: store.Login,
        positions: Sequence[store.Position],
        channels: Sequence[tuple[int, int]],
    ) -> None:
        super().__init__()
        self._database = database
        self.bot_id = login.bot_id
        self.login_began_at = login.began_at
        if login.address:
            self.set_dc(login.dc_id, login.address, login.port)
        if login.auth_key:
            self._auth_key = AuthKey(login.auth_key)
        self._positions = {position.entity_id: position for position in positions}
        self._channels = dict(channels)

    def keep_positions(self, committed: Sequence[store.Position]) -> None:
        """These are on disk now: where a new connection in this process begins."""
        self._positions |= {position.entity_id: position for position in committed}

    @property
    def channels_behind(self) -> list[int]:
        """Channels with news that the last process was about to ask for."""
        return [position.entity_id for position in self._positions.values() if position.is_behind]

    def get_update_states(self) -> list[tuple[int, types.updates.State]]:
        """The positions at the start, as Telethon wants them."""
        return [
            (
                at.entity_id,
                types.updates.State(
                    pts=at.pts, qts=at.qts, date=datetime.fromtimestamp(at.date, UTC), seq=at.seq, unread_count=0
                ),
            )
            for at in self._positions.values()
        ]

    def set_update_state(self, entity_id: int, state: object) -> None:
        """Nothing: see above."""

    def process_entities(self, tlo: object) -> None:
        """Nothing: the feed keeps the access hashes of those who write."""

    def get_input_entity(self, key: Any) -> Any:
        """Channels that have a position (Telethon asks for them at the start). Raises ValueError for all else."""
        if isinstance(key, int) and (access_hash := self._channels.get(_marked(key))) is not None:
            return types.InputPeerChannel(-1000000000000 - _marked(key), access_hash)
        return super().get_input_entity(key)

    async def note_login_begins(self, at: datetime) -> None:
        """The first login is about to be tried: what arrives from now on, by Telegram's clock, must not be lost.
        Returns when that is on disk, together with the key that will be logged in."""
        self.login_began_at = at
        await self._database.write(partial(store.save_login, now=self._login()))

    def save(self) -> None:
        """Writes the login down, before anything that is given to the writer after it."""
        self._database.write_later(partial(store.save_login, now=self._login()))

    def _login(self) -> store.Login:
        return store.Login(
            bot_id=self.bot_id,
            dc_id=self._dc_id,
            address=self._server_address or "",
            port=self._port or 0,
            auth_key=self._auth_key.key if self._auth_key else None,
            began_at=self.login_began_at,
        )


def _marked(key: int) -> int:
    return key if key < 0 else int(utils.get_peer_id(types.PeerChannel(key)))


async def load_session(database: Database, bot_id: int) -> StoredSession:
    """The session of this bot: the last process's if it was the same bot, else a new one."""
    login = await database.read(store.login)
    if login is None or login.bot_id != bot_id:
        return StoredSession(database, store.Login(bot_id, 0, "", 0, None, None), (), ())
    return StoredSession(
        database, login, await database.read(store.positions), await database.read(store.channel_hashes)
    )
