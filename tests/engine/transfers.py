"""What the tests of large files need: the bot's client and lines at a sandbox Telegram, without the bot."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
from blockbuster import blockbuster_ctx
from telethon.crypto import rsa

from engine.core.clock import Clock
from engine.core.files import Attachment
from engine.sandbox.telegram import LocalTelegram, Media, Person
from engine.sandbox.telegram.content import Synthetic
from engine.store import cached
from engine.store.cache import Cache
from engine.store.database import Database, open_database
from engine.telegram import calls
from engine.telegram.carrier import Carrier, LocalCarrier
from engine.telegram.client import Client
from engine.telegram.downloads import Downloads, Large, Wish
from engine.telegram.lines import Lines
from engine.telegram.media import attachment_of
from engine.telegram.session import load_session
from engine.telegram.wide import WideDownloads

MIB = 1024 * 1024
QUOTA = 64 * MIB
TOKEN = "1000:sandbox"


@dataclass
class House:
    """A logged-in client and all that brings files."""

    telegram: LocalTelegram
    alice: Person
    database: Database
    client: Client
    lines: Lines
    cache: Cache
    downloads: Downloads
    folder: Path

    @property
    def peer(self) -> Any:
        """Alice, as Telegram is asked about her."""
        return calls.input_peer(self.alice.id, 0)

    async def given(self, media: Media) -> Attachment:
        """Alice sends a file; as the bot sees it."""
        sent = self.alice.sends(media)
        found = await self.client.invoke(calls.get_messages(self.peer, [sent.id]))
        attachment = attachment_of(found.messages[0])
        assert attachment is not None
        return attachment

    async def fetch(self, attachment: Attachment, **more: Any) -> Path:
        """Brings the file; where it is."""
        target = self.folder / "incoming" / attachment.key
        await self.downloads.fetch(self.alice.id, self.peer, attachment, target, Wish(**more))
        return target

    async def rows(self) -> list[cached.CachedFile]:
        """What the database knows of the cache."""
        return await self.database.read(cached.all_files)

    def in_cache(self) -> list[str]:
        """The files that lie there."""
        return sorted(path.name for path in (self.folder / "cache").iterdir())


@asynccontextmanager
async def a_house(
    telegram: LocalTelegram,
    alice: Person,
    folder: Path,
    clock: Clock,
    *,
    quota: int = QUOTA,
    connections: int = 4,
    carrier: Carrier | None = None,
) -> AsyncIterator[House]:
    """A house on a database in `folder`: opened again, it goes on where it was."""

    async def take(batch: Any) -> None:
        del batch

    async with AsyncExitStack() as stack:
        stack.enter_context(blockbuster_ctx(scanned_modules=["engine.telegram", "engine.store"]))
        database = await stack.enter_async_context(open_database(folder / "t.db", durable=False))
        rsa.add_key(telegram.public_key_pem.decode(), old=False)  # other data centres want a key exchange
        session = await load_session(database, telegram.bot.id)
        session.set_dc(2, *telegram.address)
        if session.auth_key is None:
            session.auth_key = telegram.issue_key()
            session.save()
        client = Client(session, 1, "sandbox", take=take, connection=telegram.connection)
        await client.log_in(telegram.bot.token)
        async with anyio.create_task_group() as tasks:
            lines = Lines(client, carrier or LocalCarrier(telegram.connection), tasks, connections)
            tasks.start_soon(lines.run)
            cache = Cache(database, folder / "cache", quota, clock)
            await cache.prepare()
            downloads = Downloads(client, Large(cache, WideDownloads(lines, database, clock)))
            yield House(telegram, alice, database, client, lines, cache, downloads, folder)
            tasks.cancel_scope.cancel()
        assert lines.open_lines == 0
        with anyio.CancelScope(shield=True):
            await client.disconnect()


def sha256_of(path: Path) -> bytes:
    """The hash of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def sha256_of_synthetic(size: int) -> bytes:
    """The hash of the sandbox's file of that size."""
    digest = hashlib.sha256()
    for piece in Synthetic(size).pieces():
        digest.update(piece)
    return digest.digest()
