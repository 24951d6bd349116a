"""The process whose transfer is measured: ours or Telethon's own, down or up, against bench.file_server.

Its arguments are one object of JSON; it prints one. Memory is counted from the moment at which it is logged in.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
from telethon import TelegramClient
from telethon.crypto import rsa
from telethon.sessions import MemorySession

from bench.process import Family
from engine.core.clock import wall_clock
from engine.store.cache import Cache
from engine.store.database import open_database
from engine.telegram import calls
from engine.telegram.carrier import Carrier
from engine.telegram.carrier_process import carrier_process
from engine.telegram.client import Client
from engine.telegram.downloads import Downloads, Large
from engine.telegram.lines import Lines
from engine.telegram.media import attachment_of
from engine.telegram.session import load_session
from engine.telegram.uploads import upload
from engine.telegram.wide import WideDownloads

LOOK_S = 0.005
"""How often another task of the loop wants to run."""
Transfer = Callable[[], Awaitable[object]]


@asynccontextmanager
async def ours(order: dict[str, Any], carrier: Carrier) -> AsyncIterator[Transfer]:
    """The client, lines and cache of the bot, logged in."""
    folder = Path(order["folder"])

    async def take(batch: Any) -> None:
        del batch

    async with open_database(folder / "bench.db") as database:
        session = await load_session(database, 1000)
        session.set_dc(2, "127.0.0.1", order["port"])
        client = Client(session, 1, "sandbox", take=take)
        await client.log_in(order["token"])
        async with anyio.create_task_group() as tasks:
            lines = Lines(client, carrier, tasks, order["connections"])
            tasks.start_soon(lines.run)
            cache = Cache(database, folder / "cache", 1 << 40, wall_clock)
            await cache.prepare()
            downloads = Downloads(client, Large(cache, WideDownloads(lines, database, wall_clock)))
            peer = calls.input_peer(order["chat_id"], 0)
            found = await client.invoke(calls.get_messages(peer, [order["message_id"]]))
            attachment = attachment_of(found.messages[0])
            assert attachment is not None

            async def bring() -> None:
                await downloads.fetch(order["chat_id"], peer, attachment, folder / "large.bin")

            async def send() -> None:
                await upload(client, Path(order["upload"]), "large.bin", lines)

            yield send if order["upload"] else bring
            tasks.cancel_scope.cancel()
        await client.disconnect()


@asynccontextmanager
async def telethons(order: dict[str, Any]) -> AsyncIterator[Transfer]:
    """Telethon as anybody uses it."""
    session = MemorySession()
    session.set_dc(2, "127.0.0.1", order["port"])
    client = TelegramClient(session, 1, "sandbox")
    await client.start(bot_token=order["token"])
    message = await client.get_messages(await client.get_input_entity(order["chat_id"]), ids=order["message_id"])

    async def bring() -> None:
        await client.download_media(message, str(Path(order["folder"]) / "large.bin"))

    async def send() -> None:
        with Path(order["upload"]).open("rb") as file:  # noqa: ASYNC230 - as anybody does
            await client.upload_file(file, file_name="large.bin")

    yield send if order["upload"] else bring
    await client.disconnect()


async def measured(order: dict[str, Any], carrier: Carrier) -> dict[str, float]:
    """Seconds, CPU, memory over idle, and how long another task of the loop had to wait. CPU and memory are those of
    both processes, where there are two."""
    waits: list[float] = []
    busy: list[float] = []

    async def look() -> None:
        while True:
            began, cpu_began = time.perf_counter(), time.thread_time()
            await asyncio.sleep(LOOK_S)
            waits.append(time.perf_counter() - began - LOOK_S)
            busy.append(time.thread_time() - cpu_began)

    async with ours(order, carrier) if order["ours"] else telethons(order) as transfer:
        await asyncio.sleep(0.5)
        family = Family(os.getpid())
        idle_mb = family.rss_mb
        family.forget_peak()
        looking = asyncio.create_task(look())
        began, cpu_began = time.perf_counter(), family.cpu_s
        await transfer()
        seconds, cpu_s = time.perf_counter() - began, family.cpu_s - cpu_began
        looking.cancel()
        peak_mb = family.peak_mb
    waits.sort()
    busy.sort()
    return {
        "seconds": seconds,
        "cpu_s": cpu_s,
        "over_idle_mb": peak_mb - idle_mb,
        "stall_p99_ms": waits[int(len(waits) * 0.99)] * 1000,
        "busy_p99_ms": busy[int(len(busy) * 0.99)] * 1000,
    }


if __name__ == "__main__":
    told = json.loads(sys.argv[1])
    rsa.add_key(Path(told["key"]).read_text("ascii"), old=False)
    with carrier_process() as forked:
        sys.stdout.write(json.dumps(asyncio.run(measured(told, forked))) + "\n")
