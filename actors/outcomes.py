"""What an answer brings besides its words: sources on the web, files of the code interpreter, itself as a file."""

from __future__ import annotations

import re
from pathlib import Path, PurePath
from urllib.parse import urlsplit

import msgspec
from loguru import logger

from actors.heavy import in_thread
from actors.orders import AnswerOrder
from engine.ai.containers import Containers
from engine.ai.finished import ContainerFile, FinishedResponse
from engine.core.errors import GpttgError, UnreadableFileError
from engine.core.files import StoredFile
from engine.core.styled import Source
from engine.media import pictures
from engine.runtime.behaviour import Job
from engine.store.media import Media, safe_ending

SOURCES_SHOWN = 20
"""The most sources under an answer."""
MADE_FILES = 10
"""The most files of one answer."""
MADE_BYTES = 512 * 1024 * 1024
"""The most that all of them may have together."""
FILE_CHARACTERS = 40_000
"""A longer answer comes as a file: it would be more than ten messages."""
NAME_KEPT = 120

_PHOTOS = frozenset((".png", ".jpg", ".jpeg", ".webp"))
_SANDBOX_LINK = re.compile(r"!?\[([^\]\n]*)\]\(sandbox:[^)\s]*\)")
_UNSAFE = re.compile(r"[\x00-\x1f\x7f/\\\\\u202a-\u202e\u2066-\u2069]+")


class Outcome(msgspec.Struct, frozen=True):
    """See the module."""

    text: str
    sources: tuple[Source, ...] = ()
    files: tuple[StoredFile, ...] = ()
    given: tuple[str, ...] = ()
    document: StoredFile | None = None
    lost: tuple[tuple[str, str], ...] = ()
    """files that could not be fetched: ("lost" or "made_too_large", name)"""


class Outcomes:
    """Reads finished responses."""

    def __init__(self, containers: Containers, media: Media) -> None:
        self._containers = containers
        self._media = media

    async def of(self, job: Job, order: AnswerOrder, ended: FinishedResponse) -> Outcome:
        """The outcome of one response. What can't be fetched is told, and costs nobody the answer."""
        text = _SANDBOX_LINK.sub(r"\1", ended.text or ended.refusal)
        files, given, lost, bytes_left = [], [], [], MADE_BYTES
        new = [file for file in ended.container_files if file.file_id not in order.given]
        for number, file in enumerate(new[:MADE_FILES]):
            given.append(file.file_id)
            try:
                files.append(await self._fetched(job, number, file, bytes_left))
                bytes_left -= files[-1].size
            except GpttgError as error:
                logger.warning("job {}: a file of the code interpreter can't be fetched: {}", job.id, error)
                is_too_large = isinstance(error, UnreadableFileError) and error.code == "too_large"
                lost.append(("made_too_large" if is_too_large else "lost", file.name))
        document = await self._document(job, text) if len(text) > FILE_CHARACTERS else None
        return Outcome(text, sources_of(ended), tuple(files), tuple(given), document, tuple(lost))

    async def _fetched(self, job: Job, number: int, file: ContainerFile, bytes_most: int) -> StoredFile:
        name = _UNSAFE.sub("_", PurePath(file.name).name)[-NAME_KEPT:] or "file"
        ending = safe_ending(name)
        path = self._media.made(f"{job.id}-{number}{ending}")
        size = await self._containers.download(file.container_id, file.file_id, path, most_bytes=bytes_most)
        if ending in _PHOTOS:
            try:
                return await self._photo(path, name)
            except UnreadableFileError:
                logger.info("job {}: a picture of the code interpreter is sent as a file", job.id)
        return StoredFile(path=self._media.relative(path), name=name, size=size)

    async def _photo(self, path: Path, name: str) -> StoredFile:
        target = path.with_name(f"{path.stem}-photo.jpg")
        width, height = await in_thread(pictures.fit_photo, path, target)
        return StoredFile(
            path=self._media.relative(target), kind="photo", name=name, mime="image/jpeg", width=width, height=height
        )

    async def _document(self, job: Job, text: str) -> StoredFile:
        path = self._media.made(f"{job.id}.md")
        size = await in_thread(self._media.write, path, text.encode())
        return StoredFile(path=self._media.relative(path), name="answer.md", mime="text/markdown", size=size)


def sources_of(ended: FinishedResponse) -> tuple[Source, ...]:
    """The pages that the answer cites, each once, in the order of their first mention."""
    found: dict[str, Source] = {}
    for citation in ended.citations:
        found.setdefault(citation.url, Source(citation.title.strip() or _host(citation.url), citation.url))
    return tuple(found.values())[:SOURCES_SHOWN]


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or url
    except ValueError:  # the model may cite what is no address
        return url
