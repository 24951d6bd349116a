"""The media directory: files on their way in, and files made here that people may ask for again.

    incoming/   what was downloaded, and what is made of it on the way to OpenAI: deleted when the job has ended
    made/       pictures, spoken answers, transcripts, files of the code interpreter: sent from here

A name is one path segment made by us (job ids, Telegram's file ids), never by a person. All functions are synchronous:
callers run them in worker threads.
"""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

INCOMING_DAYS = 1.0
"""What a killed job has left in incoming/ is deleted after this."""
MADE_DAYS = 30.0
"""How long files made here can be asked for."""

FOLDERS = ("incoming", "made")

_SEGMENT = re.compile(r"[\w.-]{1,100}")
_OTHER = re.compile(r"[^\w.-]+")


class Media:
    """The directory and its rules."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def prepare(self) -> None:
        """Makes the directories, readable by nobody else, and deletes what is too old."""
        for folder in (self.root, *(self.root / name for name in FOLDERS)):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _sweep(self.root / "incoming", INCOMING_DAYS)  # only at the start: later on they are somebody's
        self.sweep()

    def incoming(self, name: str) -> Path:
        """Where a download goes."""
        return self.root / "incoming" / _segment(name)

    def made(self, name: str) -> Path:
        """Where a file made here goes."""
        return self.root / "made" / _segment(name)

    def relative(self, path: Path) -> str:
        """The path as `StoredFile` keeps it."""
        return path.relative_to(self.root).as_posix()

    def absolute(self, relative: str) -> Path:
        """The path of a `StoredFile`. Raises ValueError for one outside of the directory."""
        folder, _, name = relative.partition("/")
        if folder not in FOLDERS:
            raise ValueError("a path outside of the media directory")
        return self.root / folder / _segment(name)

    def write(self, path: Path, content: bytes) -> int:
        """Writes a file so that it is whole or not there; its size."""
        part = path.with_name(path.name + ".part")
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        return len(content)

    def clear(self, beginning: str) -> None:
        """Deletes what is on its way under a name that begins so."""
        for path in (self.root / "incoming").glob(f"{_segment(beginning)}*"):
            _remove(path)

    def forget(self, stems: Iterable[str]) -> None:
        """Deletes what was made by these jobs: files named after them."""
        forgotten = frozenset(stems)
        for path in (self.root / "made").iterdir():
            name = path.name.partition(".")[0]
            if name in forgotten or name.rpartition("-")[0] in forgotten:
                path.unlink(missing_ok=True)

    def sweep(self) -> None:
        """Deletes files made here that are too old."""
        _sweep(self.root / "made", MADE_DAYS)


def safe_ending(name: str) -> str:
    """The ending of a person's file name as it may stand in ours: ".pdf", or "" where there is none."""
    ending = _OTHER.sub("", Path(name).suffix.lower())[:12]
    return ending if len(ending) > 1 else ""


def _sweep(folder: Path, days: float) -> None:
    now = time.time()
    for path in folder.iterdir():
        with suppress(FileNotFoundError):  # somebody else was quicker
            if now - path.stat().st_mtime > days * 86_400:
                _remove(path)


def _remove(path: Path) -> None:
    """A file; or a folder that an archive was unpacked into when the process was killed."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _segment(name: str) -> str:
    if not _SEGMENT.fullmatch(name) or set(name) == {"."}:
        raise ValueError("not a name for a file here")
    return name
