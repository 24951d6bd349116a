"""A profiler that hardly disturbs: a look at the main thread's stack every two milliseconds of the wall clock.

A look that finds the event loop in `select` is not counted: the thread sleeps. All others find it at work, so their
share is the share of its CPU. A part is found from the innermost frame outwards: what asyncio, anyio or json do for
Telethon is Telethon's; what the event loop does for nobody in particular (running callbacks, receiving from sockets)
is its own. What the kernel says the thread has used beyond that went into `select`. SQLite's threads are not seen
here: the kernel counts them (process.BotProcess.other_threads_cpu_s).
"""

from __future__ import annotations

import json
import signal
import time
from collections import Counter
from pathlib import Path
from types import CodeType, FrameType

EVERY_S = 0.002
DEPTH = 14
"""How many frames a kept stack has."""
LOOP = "asyncio: the event loop itself"

PARTS = (
    ("/telethon/", "Telethon"),
    ("/openai/", "OpenAI SDK, httpx2, aiohttp"),
    ("/httpx2/", "OpenAI SDK, httpx2, aiohttp"),
    ("/httpcore2/", "OpenAI SDK, httpx2, aiohttp"),
    ("/aiohttp/", "OpenAI SDK, httpx2, aiohttp"),
    ("/pydantic/", "OpenAI SDK, httpx2, aiohttp"),
    ("/transitions/", "transitions"),
    ("/aiosqlite/", "SQLite"),
    ("/telegramify_markdown/", "Markdown"),
    ("/engine/telegram/text/", "Markdown"),
    ("/genai_prices/", "ours: OpenAI"),
    ("/fluent/", "ours: actors"),
    ("/loguru/", "log"),
    ("/engine/store/", "ours: store"),
    ("/engine/runtime/", "ours: runtime"),
    ("/engine/telegram/", "ours: Telegram"),
    ("/engine/ai/", "ours: OpenAI"),
    ("/engine/core/", "ours: core"),
    ("/actors/", "ours: actors"),
)
"""What a file's path contains → whose CPU it is."""


def part_of(path: str) -> str | None:
    """Whose file this is; None for what works for whoever called it (asyncio, anyio, json, ...)."""
    return next((part for piece, part in PARTS if piece in path), None)


class Sampler:
    """Begins and ends with a signal; writes JSON at its end: seconds of CPU by part, by function, and by stack."""

    def __init__(self, result: Path) -> None:
        self._result = result
        self._stacks: Counter[tuple[CodeType, ...]] = Counter()
        self._cpu_s = 0.0

    def begin(self) -> None:
        """Starts the clock. In the main thread."""
        signal.signal(signal.SIGALRM, self._look)
        self._cpu_s = time.thread_time()
        signal.setitimer(signal.ITIMER_REAL, EVERY_S, EVERY_S)

    def end(self) -> None:
        """Stops it and writes what was seen."""
        signal.setitimer(signal.ITIMER_REAL, 0)
        cpu_s = time.thread_time() - self._cpu_s
        unfinished = self._result.with_suffix(".part")
        unfinished.write_text(json.dumps(_summed(self._stacks, cpu_s), indent=1), "utf-8")
        unfinished.rename(self._result)

    def _look(self, _signal: int, frame: FrameType | None) -> None:
        stack = []
        while frame is not None:
            stack.append(frame.f_code)
            frame = frame.f_back
        self._stacks[tuple(stack)] += 1


def _summed(seen: Counter[tuple[CodeType, ...]], cpu_s: float) -> dict[str, object]:
    parts: Counter[str] = Counter()
    functions: Counter[str] = Counter()
    cumulative: Counter[str] = Counter()
    stacks: Counter[str] = Counter()
    for stack, looks in seen.items():
        if not stack or stack[0].co_qualname == "EpollSelector.select":
            continue
        owner = next((part for code in stack if (part := part_of(code.co_filename))), LOOP)
        places = [f"{'/'.join(code.co_filename.rsplit('/', 2)[-2:])}:{code.co_qualname}" for code in stack]
        parts[owner] += looks
        functions[places[0]] += looks
        stacks[" < ".join(places[:DEPTH])] += looks
        for place in set(places):
            cumulative[place] += looks
    at_work_s = parts.total() * EVERY_S
    select_s = max(0.0, cpu_s - at_work_s)
    share_s = (cpu_s - select_s) / max(1, parts.total())

    def in_seconds(counted: Counter[str], most: int) -> dict[str, float]:
        return {name: looks * share_s for name, looks in counted.most_common(most)}

    by_part = in_seconds(parts, len(PARTS))
    by_part[LOOP] = by_part.get(LOOP, 0.0) + select_s
    return {
        "cpu_s": cpu_s,
        "select_s": select_s,
        "parts": by_part,
        "functions": in_seconds(functions, 80),
        "cumulative": in_seconds(cumulative, 250),
        "stacks": in_seconds(stacks, 80),
    }
