"""The feed: batches of updates become inbox rows, in one transaction with the position that covers them.

    Telethon's message box ─► take(batch) ─► bounded queue ─► translate ─► commit ─► actors are woken

All batches that wait while a commit runs go into the next one. A position that covers nothing new (our own sends move
it too) waits for the next batch, or a moment: losing it costs a look at what is known already.
"""

from __future__ import annotations

import asyncio
import math
import sqlite3
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from functools import partial

import anyio
from loguru import logger
from telethon import types, utils

from engine.core.clock import Clock
from engine.core.events import FromPerson, Person
from engine.store import inbox, outbox, recording, telegram
from engine.store.inbox import Accept
from engine.telegram.client import Batch
from engine.telegram.recorded import packet_of
from engine.telegram.translate import Translator, people_of, titles_of

BATCHES_QUEUED = 1_000
"""Batches that wait for their commit; when they are more, Telethon is not read until there is room."""
PEERS_REMEMBERED = 20_000
"""Access hashes of which is known that the database has them as they are. (Of people nothing is: /forget takes them
away.)"""
IDLE_POSITION_S = 1.0
"""How long a position that covers no new event may wait."""


class Feed:
    """Takes batches from the client, gives events to the inbox. `accept` runs the unit that does, `committed` is called
    with the positions that are on disk now. `records`: updates are kept as they came (a replay has them already)."""

    def __init__(
        self,
        accept: Accept,
        committed: Callable[[list[telegram.Position]], None],
        clock: Clock,
        *,
        records: bool = True,
    ) -> None:
        self._records = records
        self._accept = accept
        self._committed = committed
        self._clock = clock
        self._translator: Translator | None = None
        self.username = ""
        """the bot's own, once it has logged in"""
        self._not_before: datetime | None = None
        self._known_peers: dict[int, int] = {}
        self._peers: dict[int, int] = {}
        self._positions: dict[int, telegram.Position] = {}
        self._wait_until_s = math.inf
        self._batches: asyncio.Queue[Batch] = asyncio.Queue(BATCHES_QUEUED)

    async def take(self, batch: Batch) -> None:
        """A batch from the client; waits while the queue is full."""
        await self._batches.put(batch)

    def logged_in(self, username: str, not_before: datetime | None) -> None:
        """Who the bot is, and when its first login began, by Telegram's clock: older messages are not for us. Taps and
        deletions have no time of their own."""
        self._translator = Translator(username)
        self.username = username
        self._not_before = not_before

    async def run(self) -> None:
        """Never ends. Call after `logged_in`."""
        while True:
            batches = await self._next_batches()
            await self._commit(batches)

    async def _next_batches(self) -> list[Batch]:
        batches: list[Batch] = []
        if self._wait_until_s == math.inf:
            batches.append(await self._batches.get())
        else:
            with anyio.CancelScope(deadline=self._wait_until_s):
                batches.append(await self._batches.get())
        while not self._batches.empty():
            batches.append(self._batches.get_nowait())
        return batches

    async def _commit(self, batches: list[Batch]) -> None:
        now = self._clock()
        arrivals: list[inbox.Arrival] = []
        people: dict[int, Person] = {}
        packets: list[recording.Packet] = []
        sent: list[tuple[int, int]] = []
        for batch in batches:
            described, titles = people_of(batch.users), titles_of(batch.chats)
            self._peers |= _access_hashes(batch)
            self._positions |= {position.entity_id: position for position in batch.positions}
            for update in batch.updates:
                if isinstance(update, types.UpdateMessageID):
                    sent.append((update.random_id, update.id))
                else:
                    arrived = self._translated(update, described, titles, now)
                    arrivals += arrived
                    people |= _authors(arrived, described)
                    if self._records:
                        packets += [
                            recording.Packet(one.key, packet_of(update, batch.users, batch.chats)) for one in arrived
                        ]
        awaited = [batch.on_disk for batch in batches if batch.on_disk is not None]
        if not (arrivals or sent or awaited or anyio.current_time() >= self._wait_until_s):
            self._wait_until_s = min(self._wait_until_s, anyio.current_time() + IDLE_POSITION_S)
            return  # the positions wait for company
        self._wait_until_s = math.inf
        peers, self._peers = self._new_peers(), {}
        positions, self._positions = list(self._positions.values()), {}
        unit = partial(
            _take_in,
            arrivals=arrivals,
            packets=packets,
            people=people.values(),
            peers=peers,
            positions=positions,
            sent=sent,
            now=now,
        )
        await self._accept(unit, inbox.addressed(arrivals))
        for on_disk in awaited:
            on_disk.set()
        self._committed(positions)

    def _translated(
        self, update: object, people: dict[int, Person], titles: dict[int, str], now: datetime
    ) -> list[inbox.Arrival]:
        if self._translator is None:
            return []
        try:
            arrivals = self._translator.arrivals(update, people, now, titles)
        except (AttributeError, TypeError, ValueError) as error:
            # one update that Telegram has shaped in a new way must not stop all others
            logger.error("an update of type {} can't be read: {}", type(update).__name__, type(error).__name__)
            return []
        return [
            arrival._replace(cause=f"update:{arrival.key}")
            for arrival in arrivals
            if arrival.event.at == now or self._not_before is None or arrival.event.at >= self._not_before
        ]

    def _new_peers(self) -> dict[int, int]:
        news = {id_: hash_ for id_, hash_ in self._peers.items() if self._known_peers.get(id_) != hash_}
        if len(self._known_peers) > PEERS_REMEMBERED:
            self._known_peers.clear()
        self._known_peers |= news
        return news


def _authors(arrivals: Iterable[inbox.Arrival], described: Mapping[int, Person]) -> dict[int, Person]:
    """Who has written, as Telegram describes them. Nobody else is noted, least of all whoever was just forgotten."""
    writers = {one.event.person.id for one in arrivals if isinstance(one.event, FromPerson)}
    return {id_: described[id_] for id_ in writers & described.keys()}


def _access_hashes(batch: Batch) -> dict[int, int]:
    return {
        utils.get_peer_id(entity): entity.access_hash
        for entity in (*batch.users, *batch.chats)
        if getattr(entity, "access_hash", None) and not entity.min
    }


def _take_in(
    db: sqlite3.Connection,
    arrivals: list[inbox.Arrival],
    packets: list[recording.Packet],
    people: Collection[Person],
    peers: dict[int, int],
    positions: list[telegram.Position],
    sent: list[tuple[int, int]],
    now: datetime,
) -> list[str]:
    if people:
        telegram.save_people(db, people, now)
    if peers:
        telegram.save_peers(db, peers.items())
    woken = inbox.accept(db, arrivals, now)
    if packets:
        recording.save_updates(db, packets, now)
    for random_id, message_id in sent:
        outbox.note_message_id(db, random_id, message_id)
    if positions:
        telegram.save_positions(db, positions)
    return woken
