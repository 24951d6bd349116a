"""Search in documents by simple word overlap: the line of each file that shares most words with the question."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.sandbox.openai.documents import lines_in
from engine.sandbox.openai.stored_files import StoredFile
from engine.sandbox.openai.wire import JSON

STEM = 5
"""Words are equal when they begin alike: 'invoices' finds 'invoice', 'договора' finds 'договор'."""
LINES_MAX = 50_000
"""So many lines of a file are looked at, for the sake of the event loop."""

Attributes = Mapping[str, Any]
_WORD = re.compile(r"\w+")
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
    "in": lambda value, wanted: value in wanted,
    "nin": lambda value, wanted: value not in wanted,  # codespell:ignore nin
}


@dataclass(frozen=True, slots=True)
class Found:
    """The best line of one file, and the share of the question's words that it has (0 to 1)."""

    file: StoredFile
    attributes: Attributes
    line: str
    score: float

    def as_result(self) -> JSON:
        """As in a `file_search_call`."""
        return {
            "file_id": self.file.id,
            "filename": self.file.name,
            "score": self.score,
            "text": self.line,
            "attributes": dict(self.attributes),
        }

    def as_page_entry(self) -> JSON:
        """As in the answer of a vector store's own search."""
        result = self.as_result()
        text = result.pop("text")
        return {**result, "content": [{"type": "text", "text": text}]}


def search(
    query: str, files: Iterable[tuple[StoredFile, Attributes]], most: int, threshold: float = 0.0
) -> list[Found]:
    """The best line of each file, best file first; files that share no word with the query are left out."""
    wanted = _stems(query)
    found = [_best(wanted, file, attributes) for file, attributes in files]
    hits = [hit for hit in found if hit.score > 0 and hit.score >= threshold]
    return sorted(hits, key=lambda hit: -hit.score)[:most]


def passes(attributes: Attributes, wanted: Mapping[str, Any] | None) -> bool:
    """Whether a file's attributes pass a filter (`ComparisonFilter` or `CompoundFilter`)."""
    if not wanted:
        return True
    if wanted["type"] in {"and", "or"}:
        each = (passes(attributes, inner) for inner in wanted["filters"])
        return all(each) if wanted["type"] == "and" else any(each)
    value = attributes.get(wanted["key"])
    if value is None:
        return wanted["type"] in {"ne", "nin"}  # codespell:ignore nin
    try:
        return _COMPARE[wanted["type"]](value, wanted["value"])
    except TypeError:  # a word is neither more nor less than a number
        return False


def _best(wanted: set[str], file: StoredFile, attributes: Attributes) -> Found:
    best, shared = "", 0
    for line in lines_in(file.text or "")[:LINES_MAX]:
        count = len(wanted & _stems(line))
        if count > shared:
            best, shared = line, count
    return Found(file, attributes, best, round(shared / max(len(wanted), 1), 4))


def _stems(text: str) -> set[str]:
    return {word[:STEM] for word in _WORD.findall(text.lower()) if len(word) > 2 or word.isdigit()}
