"""The files that the bot has sent, saved where the typist can open them."""

from __future__ import annotations

import re
from mimetypes import guess_extension
from pathlib import Path

import anyio

from engine.sandbox.telegram import Media
from engine.sandbox.telegram.pictures import is_png

NAME_MOST = 80
"""Characters of a file's own name that are kept."""
_STRANGE = re.compile(r"[^\w.() -]+")


class Received:
    """A directory of files, each saved once."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._saved: dict[Media, Path] = {}

    def where(self, media: Media) -> Path | None:
        """Where a file has been saved."""
        return self._saved.get(media)

    async def save(self, media: Media) -> None:
        """Saves the file, unless it is there already or is none."""
        if media.content is None or media in self._saved:
            return
        path = self.directory / f"{len(self._saved) + 1:02}-{_name(media)}"
        self._saved[media] = path
        await anyio.Path(self.directory).mkdir(parents=True, exist_ok=True)
        async with await anyio.open_file(path, "wb") as file:
            for piece in media.content.pieces():
                await file.write(piece)


def _name(media: Media) -> str:
    """The file's own name without what could lead elsewhere, or its kind and what its type ends in."""
    if media.name:
        return _STRANGE.sub("_", media.name)[-NAME_MOST:].lstrip(".") or "file"
    if media.kind == "photo" and media.content is not None:
        return "photo.png" if is_png(media.content) else "photo.jpg"
    return f"{media.kind}{guess_extension(media.mime) or '.bin'}"
