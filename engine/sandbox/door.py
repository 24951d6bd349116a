"""The sandbox's Telegram on a loopback port, for any MTProto client: `gpttg sandbox --listen`.

Whoever sits in front of it is Alice: lines that are typed are her messages, `:file 700` is a document of 700 MB that
nobody has to keep, and what the bot says is printed.
"""

from __future__ import annotations

import asyncio
import ipaddress
import os
import re
import signal
import sys
import threading
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio

from engine.sandbox.telegram import LocalTelegram, Message, Person, media
from engine.sandbox.telegram.content import Synthetic
from engine.sandbox.telegram.files import DC_ID

IN_ORDER, CANNOT_START = 0, 2
FILE_MB_MOST = 4000
"""The largest file that anybody can send."""
CHUNK_BYTES = 4096
_FILE = re.compile(r":file (\d{1,4})")


def run_door(where: str) -> int:
    """Listens at `where` (host:port) until it is interrupted. The exit code: 0, or 2 where it can't listen."""
    host, _, port = where.rpartition(":")
    if not _is_loopback(host) or not port.isdecimal() or int(port) > 65535:
        sys.stderr.write(f"{where}: not an address of this machine's own, as 127.0.0.1:4430\n")
        return CANNOT_START
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)  # as Ctrl-C, so that the directory goes in any case
    with TemporaryDirectory(prefix="gpttg-sandbox-") as directory:
        try:
            anyio.run(_serve, host, int(port), Path(directory))
        except KeyboardInterrupt:
            return IN_ORDER
        except OSError as error:
            sys.stderr.write(f"{where}: {error.strerror}\n")
            return CANNOT_START
    return IN_ORDER


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


async def _serve(host: str, port: int, directory: Path) -> None:
    telegram = LocalTelegram()
    alice = telegram.person("Alice")
    alice.says("/start")
    key = directory / "server.pem"
    telegram.write_public_key(key)
    async with telegram.listen(host, port) as address:
        _say(f"address     {address.host}:{address.port}")
        _say(f"data centre {DC_ID}")
        _say(f"public key  {key}")
        _say(f"bot token   {telegram.bot.token}")
        _say(f"Alice       {alice.id}")
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_print_bot, telegram, alice)
            await _listen_to_typist(alice)
            await anyio.sleep_forever()


async def _listen_to_typist(alice: Person) -> None:
    """Until the end of the standard input."""
    typed = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    threading.Thread(target=_read_typist, args=(loop, typed), daemon=True).start()
    while line := await typed.readline():
        words = line.decode(errors="replace").strip()
        if found := _FILE.fullmatch(words):
            size = min(int(found[1]), FILE_MB_MOST) * 1_000_000
            alice.sends(media.document(Synthetic(size), name=f"{found[1]} MB.bin"))
        elif words:
            alice.pastes(words)


def _read_typist(loop: asyncio.AbstractEventLoop, typed: asyncio.StreamReader) -> None:
    """In a thread that nobody waits for: a terminal can't be read without blocking, and Ctrl-C must end it all."""
    with suppress(RuntimeError):  # the loop is closed
        while chunk := os.read(0, CHUNK_BYTES):
            loop.call_soon_threadsafe(typed.feed_data, chunk)
        loop.call_soon_threadsafe(typed.feed_eof)


async def _print_bot(telegram: LocalTelegram, alice: Person) -> None:
    """What the bot says to Alice, and its edits."""
    told: dict[Message, str] = {}
    while True:
        rung = telegram.changed.version
        for message in alice.chat.messages:
            line = _line(message)
            if message.out and told.get(message) != line:
                told[message] = line
                _say(line)
        await telegram.changed.wait(rung)


def _line(message: Message) -> str:
    shown = f"[{message.media.line()}] " if message.media is not None else ""
    return f"bot: {shown}{message.text}"


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
