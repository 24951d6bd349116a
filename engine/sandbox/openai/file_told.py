"""What tests tell the local OpenAI to do with files and tools: which files it makes, what it searches, what fails."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

IndexingError = tuple[str, str]
"""`last_error` of a vector store's file: code and message."""

USUAL_INDEXING_S = 1.0


@dataclass(frozen=True, slots=True)
class MadeFile:
    """A file that the code interpreter makes."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class WebSearch:
    """One search of the web: what for, and the pages found as (title, url)."""

    query: str
    sources: tuple[tuple[str, str], ...]


@dataclass(slots=True)
class FilesTold:
    """The queues: each is taken by the next call that can use it."""

    makes: deque[MadeFile] = field(default_factory=deque)
    searches: deque[WebSearch] = field(default_factory=deque)
    indexing_failures: deque[IndexingError] = field(default_factory=deque)
    indexing_s: float = USUAL_INDEXING_S
    index_times: int = 1


class FileBehaviour:
    """The telling of files and tools; every method returns at once and speaks of calls yet to come."""

    def __init__(self) -> None:
        self.files_told = FilesTold()
        """What waits for the next calls with files and tools."""

    def makes_file(self, name: str, content: bytes) -> None:
        """The next answer that has a code interpreter makes this file and cites it."""
        self.files_told.makes.append(MadeFile(name, content))

    def searches(self, query: str, sources: Sequence[tuple[str, str]] = ()) -> None:
        """The next answer that may search the web does, and cites these pages (title, url).

        A text told with `says` keeps its words: a page is cited where its link stands in it, else at its end.
        """
        self.files_told.searches.append(WebSearch(query, tuple(sources)))

    def indexing_takes(self, seconds: float) -> None:
        """From now on a file put into a vector store is in progress for so long."""
        self.files_told.indexing_s = seconds

    def indexes_take(self, times: int) -> None:
        """From now on whatever lies in a vector store takes up so many times its size there."""
        self.files_told.index_times = times

    def indexing_fails(
        self,
        code: Literal["server_error", "unsupported_file", "invalid_file"] = "invalid_file",
        message: str = "The file could not be parsed.",
        times: int = 1,
    ) -> None:
        """The next files put into a vector store fail after the usual time."""
        self.files_told.indexing_failures.extend([(code, message)] * times)
