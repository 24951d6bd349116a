"""Files on their way in: parts that a client has saved, until they become the file of a message.

The rules are those of https://core.telegram.org/api/files#uploading-files.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import md5
from typing import Any

from telethon.tl import types

from engine.sandbox.telegram.content import Content
from engine.sandbox.telegram.refusal import Refusal

PART_MOST = 512 << 10
PART_UNIT = 1 << 10
PARTS_MOST = 4_000
"""Parts of one file; accounts with Premium may send twice as many, bots may not."""
SMALL_MOST = 10 << 20
"""Bytes up to which a file is sent in parts of the small kind."""
UPLOADS_KEPT = 100
"""How many uploads are remembered; the oldest is forgotten."""


@dataclass(slots=True)
class _Upload:
    total: int | None
    """parts, as the client says; None for a small file, of which nobody says it beforehand"""
    parts: dict[int, bytes] = field(default_factory=dict)


class Uploads:
    """All uploads, by the number that the client has thought up."""

    def __init__(self) -> None:
        self._uploads: dict[int, _Upload] = {}

    def save(self, file_id: int, part: int, piece: bytes, total: int | None = None) -> None:
        """A part arrives, perhaps again. Raises `Refusal` FILE_PART…_INVALID, _EMPTY, _TOO_BIG, _SIZE_CHANGED."""
        if total is not None and not 1 <= total <= PARTS_MOST:
            raise Refusal("FILE_PARTS_INVALID")
        if not 0 <= part < (total or PARTS_MOST):
            raise Refusal("FILE_PART_INVALID")
        if not piece:
            raise Refusal("FILE_PART_EMPTY")
        if len(piece) > PART_MOST:
            raise Refusal("FILE_PART_TOO_BIG")
        if total is not None and part < total - 1 and not _is_even(len(piece)):
            raise Refusal("FILE_PART_SIZE_INVALID")
        upload = self._uploads.setdefault(file_id, _Upload(total))
        if upload.total != total:
            raise Refusal("FILE_PARTS_INVALID")
        if total is not None and part < total - 1 and len(piece) != len(upload.parts.get(0, piece)):
            raise Refusal("FILE_PART_SIZE_CHANGED")
        upload.parts[part] = piece
        if len(self._uploads) > UPLOADS_KEPT:
            del self._uploads[next(iter(self._uploads))]

    def content(self, given: Any) -> Content:
        """The whole of an InputFile or InputFileBig. Raises `Refusal`.

        The parts stay: an answer may be lost, and the client sends the same file again.
        """
        upload = self._uploads.get(given.id)
        is_big = isinstance(given, types.InputFileBig)
        if not 1 <= given.parts <= PARTS_MOST or (upload is not None and upload.total not in (None, given.parts)):
            raise Refusal("FILE_PARTS_INVALID")
        parts = upload.parts if upload is not None else {}
        for number in range(given.parts):
            if number not in parts:
                raise Refusal(f"FILE_PART_{number}_MISSING")
        pieces = [parts[number] for number in range(given.parts)]
        if len({len(piece) for piece in pieces[:-1]}) > 1 or not all(_is_even(len(piece)) for piece in pieces[:-1]):
            raise Refusal("FILE_PART_SIZE_INVALID")
        content = Content(*pieces)
        if (upload is not None and (upload.total is not None) != is_big) or (not is_big and content.size > SMALL_MOST):
            raise Refusal("FILE_PARTS_INVALID")
        if not is_big and given.md5_checksum and given.md5_checksum != _checksum(content):
            raise Refusal("MD5_CHECKSUM_INVALID")
        return content


def _is_even(size: int) -> bool:
    """Whether 512 KiB is a multiple of it, as of every part but the last."""
    return size % PART_UNIT == 0 and PART_MOST % size == 0


def _checksum(content: Content) -> str:
    digest = md5(usedforsecurity=False)
    for piece in content.pieces():
        digest.update(piece)
    return digest.hexdigest()
