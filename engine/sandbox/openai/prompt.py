"""What the model reads: the pieces of a prompt, their tokens, and how much of it the prompt cache already holds.

Tokens are counted by a rule anyone can check by hand: four bytes of UTF-8 are one token, every message costs four
more. A prompt is a sequence of pieces (instructions and tools, then the whole thread, then the new input); the cache
remembers every beginning that it has seen for 30 minutes, and is asked only about whole pieces.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from engine.sandbox.openai.wire import JSON, encode

BYTES_PER_TOKEN = 4
MESSAGE_TOKENS = 4
IMAGE_TOKENS = {"low": 85, "auto": 765, "high": 765, "original": 1445}
FILE_TOKENS = 1500
CACHE_MIN_TOKENS, CACHE_STEP_TOKENS = 1024, 128
CACHE_TTL = timedelta(minutes=30)
CACHE_MAX_ENTRIES = 200_000


def tokens_of(text: str) -> int:
    """Tokens of a text: four bytes of UTF-8 each, rounded up."""
    return -(-len(text.encode()) // BYTES_PER_TOKEN)


class Piece(NamedTuple):
    """One item of a prompt: what was said, by whom, how many tokens, and a mark that equal items share."""

    item: JSON
    role: str
    text: str
    tokens: int
    mark: int


def piece_of(item: JSON) -> Piece:
    """Read an input or output item (already checked)."""
    kind = item.get("type", "message")
    if kind == "message":
        return _message_piece(item)
    if kind == "reasoning":
        return Piece(item, "reasoning", "", 0, hash(("reasoning", item.get("id"))))
    if kind == "compaction":
        text = unfold(item["encrypted_content"])
        return Piece(item, "compaction", text, tokens_of(text) + MESSAGE_TOKENS, hash(("compaction", text)))
    text = encode({name: value for name, value in item.items() if name != "id"}).decode()
    role = "tool" if kind.endswith("_output") else "call"
    return Piece(item, role, text, tokens_of(text) + MESSAGE_TOKENS, hash(text))


def _message_piece(item: JSON) -> Piece:
    role, content = item["role"], item["content"]
    if isinstance(content, str):
        return Piece(item, role, content, tokens_of(content) + MESSAGE_TOKENS, hash((role, content)))
    texts: list[str] = []
    tokens, media = MESSAGE_TOKENS, []
    for part in content:
        text, extra = _part(part)
        texts.append(text)
        tokens += tokens_of(text) + extra
        if extra:
            media.append(encode(part))
    said = "\n".join(text for text in texts if text)
    return Piece(item, role, said, tokens, hash((role, said, *media)))


def _part(part: JSON) -> tuple[str, int]:
    """The text of a content part, and the tokens of what is not text."""
    kind = part["type"]
    if kind == "input_image":
        return "", IMAGE_TOKENS[part.get("detail", "auto")]
    if kind == "input_file":
        data = part.get("file_data")
        return "", len(data) * 3 // 4 // BYTES_PER_TOKEN if data else FILE_TOKENS
    return str(part.get("text") or part.get("refusal") or ""), 0


def fold(text: str) -> str:
    """The 'encrypted' content of a compaction item."""
    return base64.b64encode(text.encode()).decode()


def unfold(content: str) -> str:
    """The text inside a compaction item; what is not ours counts as it stands."""
    try:
        return base64.b64decode(content, validate=True).decode()
    except ValueError:
        return content


def summary_of(pieces: Iterable[Piece]) -> str:
    """What a compaction keeps of a thread: the beginning of each thing that the person said."""
    said = [piece.text[:200] for piece in pieces if piece.role in {"user", "compaction"}]
    return "\n".join(said)[-4000:]


@dataclass(frozen=True, slots=True)
class Prompt:
    """Everything that one call reads, and what of it was cached."""

    head: tuple[Piece, ...]
    thread: tuple[Piece, ...]
    new: tuple[Piece, ...]
    cached_tokens: int = 0
    cache_write_tokens: int = 0

    @property
    def context(self) -> tuple[Piece, ...]:
        """What the next call in the thread inherits from the prompt: everything but instructions and tools."""
        return self.thread + self.new

    @property
    def tokens(self) -> int:
        return sum(piece.tokens for piece in self.head + self.thread + self.new)


def head_of(body: JSON) -> tuple[Piece, ...]:
    """Instructions and tools: they come first and are not inherited."""
    head: list[Piece] = []
    if body.get("instructions"):
        head.append(piece_of({"role": "system", "content": body["instructions"]}))
    head += [piece_of({"type": "tool", "tool": tool}) for tool in body.get("tools") or ()]
    return tuple(head)


def items_of(given: Any) -> list[JSON]:
    """The input items of a request: a plain string is one message of the user."""
    if isinstance(given, str):
        return [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": given}]}]
    return [{"type": "message", **item} for item in given or ()]


class PromptCache:
    """Every beginning of a prompt read in the last 30 minutes."""

    def __init__(self) -> None:
        self._until: dict[int, datetime] = {}

    def read(self, model: str, pieces: Iterable[Piece], now: datetime, *, keep: bool = True) -> tuple[int, int]:
        """Tokens of these pieces that were cached, and that are written to the cache now."""
        mark, total, cached = hash(model), 0, 0
        marks: list[int] = []
        for piece in pieces:
            mark = hash((mark, piece.mark))
            marks.append(mark)
            total += piece.tokens
            if self._until.get(mark, now) > now:
                cached = total
        cached, whole = _in_steps(cached), _in_steps(total)
        if keep and whole:
            self._keep(marks, now)
        return cached, max(0, whole - cached)

    def _keep(self, marks: list[int], now: datetime) -> None:
        if len(self._until) > CACHE_MAX_ENTRIES:
            self._until = {mark: until for mark, until in self._until.items() if until > now}
            if len(self._until) > CACHE_MAX_ENTRIES:
                self._until.clear()
        until = now + CACHE_TTL
        self._until.update(dict.fromkeys(marks, until))


def _in_steps(tokens: int) -> int:
    return tokens // CACHE_STEP_TOKENS * CACHE_STEP_TOKENS if tokens >= CACHE_MIN_TOKENS else 0
