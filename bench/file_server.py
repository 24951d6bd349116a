"""The other end of transfers, as a process of its own: a sandbox Telegram with one large file that nobody keeps.

Prints a line of JSON (port, path of the public key, ids) when it listens; ends with its standard input.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import anyio
import anyio.to_thread

from engine.sandbox.telegram import LocalTelegram, media
from engine.sandbox.telegram.content import Synthetic
from engine.sandbox.telegram.files import DC_ID

NICENESS = 10
"""Telegram has machines of its own: here it steps back behind what is measured."""


async def serve(size: int, latency_s: float, folder: Path, *more: int) -> None:
    """One person, who has sent the bot one file of `size` bytes. `more` is a data centre and how many files it has: to
    whoever has made the same files in the same order it gives their content."""
    dc_id, count = more or (DC_ID, 1)
    os.nice(NICENESS)
    telegram = LocalTelegram()
    alice = telegram.person("Alice")
    alice.says("/start")
    for _ in range(count):
        file = media.document(Synthetic(size), name="large.bin")
        file.dc_id = dc_id
        sent = alice.sends(file)
    if latency_s:
        for request in ("getFile", "saveBigFilePart"):
            telegram.faults.slow(request, latency_s)
    key = folder / "server.pem"
    telegram.write_public_key(key)
    async with telegram.listen(dc_id=dc_id) as address:
        told = {"port": address.port, "key": str(key), "chat_id": alice.id, "message_id": sent.id}
        sys.stdout.write(json.dumps(told | {"token": telegram.bot.token}) + "\n")
        sys.stdout.flush()
        await anyio.to_thread.run_sync(sys.stdin.read)


if __name__ == "__main__":
    anyio.run(serve, int(sys.argv[1]), float(sys.argv[2]), Path(sys.argv[3]), *map(int, sys.argv[4:]))
