"""The process that is measured: the bot as `gpttg run` runs it, with samples taken between SIGUSR1 and SIGUSR2."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import anyio

from bench.sampling import Sampler
from engine.log import secrets_of, set_up_log
from engine.settings import Settings, load_settings
from engine.world import World, real_world


async def _run(settings: Settings, world: World) -> None:
    from engine.bot import running_bot  # noqa: PLC0415 - after the carrier was forked, as `gpttg run` does it

    async with running_bot(settings, world):
        await anyio.sleep_forever()


def main() -> None:
    """Runs until SIGTERM, which ends it as a power cut would."""
    settings = load_settings(None)
    set_up_log(settings.log_level, secrets_of(settings))
    with real_world(settings) as world:
        _begin(settings, world)


def _begin(settings: Settings, world: World) -> None:
    sampler = Sampler(Path(os.environ["BENCH_PROFILE"]))
    signal.signal(signal.SIGUSR1, lambda *_: sampler.begin())
    signal.signal(signal.SIGUSR2, lambda *_: sampler.end())
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    anyio.run(_run, settings, world)


if __name__ == "__main__":
    main()
