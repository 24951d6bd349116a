"""A profiler that hardly disturbs: a look at the stack each millisecond, weighed with the CPU used since the last one.

Each look adds the CPU time that the main thread has used since the look before to the part of the program that it
finds at work. A part is found from the innermost frame outwards: what the standard library does for Telethon is
Telethon's. Only the event loop's own work (asyncio, anyio, selectors) counts as itself. SQLite's threads are not seen
here: the kernel counts them (process.BotProcess.other_threads_cpu_s).
"""

from __future__ import annotations

import json
import signal
import time
from collections import Counter
from pathlib import Path
from types import FrameType

EVERY_S = 0.001
DEPTH = 12
"""How many frames of ours or a library's a kept stack has."""

PARTS = (
    ("/telethon/", "Telethon"),
    ("/cryptg", "Telethon"),
    ("/openai/", "OpenAI SDK, httpx2"),
    ("/httpx2/", "OpenAI SDK, httpx2"),
    ("/httpcore2/", "OpenAI SDK, httpx2"),
    ("/h11/", "OpenAI SDK, httpx2"),
    ("/httptools/", "OpenAI SDK, httpx2"),
    ("/pydantic/", "OpenAI SDK, httpx2"),
    ("/transitions/", "transitions"),
    ("/aiosqlite/", "SQLite"),
    ("/telegramify_markdown/", "Markdown"),
    ("/pyromark/", "Markdown"),
    ("/engine/telegram/text/", "Markdown"),
    ("/genai_prices/", "prices"),
    ("/fluent/", "phrases"),
    ("/loguru/", "log"),
    ("/engine/store/", "ours: store"),
    ("/engine/runtime/", "ours: runtime"),
    ("/engine/telegram/", "ours: Telegram"),
    ("/engine/ai/", "ours: OpenAI"),
    ("/engine/core/", "ours: core"),
    ("/actors/", "ours: actors"),
    ("/anyio/", "asyncio, anyio"),
    ("/asyncio/", "asyncio, anyio"),
    ("/selectors.py", "asyncio, anyio"),
)
"""What a file's path contains → whose CPU it is."""

_known: dict[str, str | None] = {}


def part_of(path: str) -> str | None:
    """Whose file this is; None for what works for whoever called it (json, logging, contextlib, ...)."""
    if path not in _known:
        _known[path] = next((part for piece, part in PARTS if piece in path), None)
    return _known[path]


class Sampler:
    """Begins and ends with a signal; writes JSON at its end: seconds by part, by function, and by stack."""

    def __init__(self, result: Path) -> None:
        self._result = result
        self._parts: Counter[str] = Counter()
        self._functions: Counter[str] = Counter()
        self._cumulative: Counter[str] = Counter()
        self._stacks: Counter[str] = Counter()
        self._last_ns = 0

    def begin(self) -> None:
        """Starts the clock."""
        signal.signal(signal.SIGALRM, self._look)
        self._last_ns = time.thread_time_ns()
        signal.setitimer(signal.ITIMER_REAL, EVERY_S, EVERY_S)

    def end(self) -> None:
        """Stops it and writes what was seen."""
        signal.setitimer(signal.ITIMER_REAL, 0)
        seen = {
            "parts": dict(self._parts.most_common()),
            "functions": dict(self._functions.most_common(60)),
            "cumulative": dict(self._cumulative.most_common(150)),
            "stacks": dict(self._stacks.most_common(60)),
        }
        unfinished = self._result.with_suffix(".part")
        unfinished.write_text(json.dumps(seen, indent=1), "utf-8")
        unfinished.rename(self._result)

    def _look(self, _signal: int, frame: FrameType | None) -> None:
        now_ns = time.thread_time_ns()
        used_s, self._last_ns = (now_ns - self._last_ns) / 1e9, now_ns
        part: str | None = None
        stack: list[str] = []
        around: set[str] = set()
        while frame is not None:
            code = frame.f_code
            if part is None:
                part = part_of(code.co_filename)
            place = f"{_short(code.co_filename)}:{code.co_qualname}"
            around.add(place)
            if len(stack) < DEPTH:
                stack.append(place)
            frame = frame.f_back
        self._parts[part or "the rest"] += used_s  # type: ignore[assignment]
        for place in around:
            self._cumulative[place] += used_s  # type: ignore[assignment]
        if stack:
            self._functions[stack[0]] += used_s  # type: ignore[assignment]
            self._stacks[" < ".join(stack)] += used_s  # type: ignore[assignment]
        self._last_ns = time.thread_time_ns()  # the look itself is not counted


def _short(path: str) -> str:
    """The last two parts of a path."""
    return "/".join(path.rsplit("/", 2)[-2:])
