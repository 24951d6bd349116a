"""A warm process that bots are forked from: a start costs a fork, not two seconds of imports.

    python -m tests.acceptance.zygote

Reads one JSON line per order on stdin and answers each with one line on stdout:
    {"start": {"NAME": "value", ...}, "log": "/path"}   →  the pid of a new bot with these environment variables
    {"bury": pid}                                       →  how it ended (as subprocess.Popen.returncode), waiting for it

Each bot is what `gpttg run` runs, from settings out of its environment; it dies with this process.
"""

from __future__ import annotations

import asyncio
import ctypes
import faulthandler
import gc
import json
import os
import random
import signal
import sys
from collections.abc import Iterator
from typing import Any, NoReturn

import anyio
import genai_prices.data_snapshot

from engine.bot import running_bot
from engine.log import secrets_of, set_up_log
from engine.settings import Settings, load_settings
from engine.world import World, real_world

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Until stdin ends."""
    genai_prices.data_snapshot.get_snapshot()
    gc.freeze()
    for line in sys.stdin:
        order = json.loads(line)
        if "bury" in order:
            _, status = os.waitpid(order["bury"], 0)
            print(os.waitstatus_to_exitcode(status), flush=True)
        else:
            print(_fork(order), flush=True)


def _fork(order: dict[str, Any]) -> int:
    pid = os.fork()
    if not pid:
        _live(order)
    return pid


def _live(order: dict[str, Any]) -> NoReturn:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    nothing = os.open(os.devnull, os.O_RDONLY)
    log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(nothing, 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.environ |= order["start"]
    random.seed()
    code = 1
    try:
        settings = load_settings(None)
        set_up_log(settings.log_level, secrets_of(settings))
        with real_world(settings) as world:
            anyio.run(_run, settings, world)
        code = 0
    except BaseException:  # noqa: BLE001 - whatever it died of is for the log
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stderr.flush()
        os._exit(code)


async def _run(settings: Settings, world: World) -> None:
    """`gpttg run`, which also tells on SIGUSR1 what each of its tasks waits for."""
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, _tell_stacks)
    async with running_bot(settings, world):
        await anyio.sleep_forever()


def _tell_stacks() -> None:
    faulthandler.dump_traceback(all_threads=True)
    for task in asyncio.all_tasks():
        print(task.get_name(), *_waiting(task.get_coro()), sep="\n    ", file=sys.stderr)


def _waiting(coroutine: Any) -> Iterator[str]:
    """Where a suspended coroutine stands, from the outside to the inside."""
    while coroutine is not None:
        frame = getattr(coroutine, "cr_frame", None) or getattr(coroutine, "ag_frame", None)
        yield f"{frame.f_code.co_filename}:{frame.f_lineno} {frame.f_code.co_name}" if frame else repr(coroutine)
        coroutine = getattr(coroutine, "cr_await", None) or getattr(coroutine, "ag_await", None)


if __name__ == "__main__":
    main()
