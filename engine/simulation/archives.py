"""Small archives, all different, and the same each time: what people of a simulation pack their files into."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile

FILES_MOST = 4


def archive(number: int) -> tuple[str, bytes]:
    """A name and what is in it: a zip, a tar or a packed tar, of up to four files with a line each."""
    members = [(f"page-{at}.txt", f"{number} on page {at}\n".encode()) for at in range(1 + number % FILES_MOST)]
    match number % 3:
        case 0:
            return "pages.zip", _zip(members)
        case 1:
            return "pages.tar", _tar(members)
    return "pages.tar.gz", gzip.compress(_tar(members), mtime=0)


def _zip(members: list[tuple[str, bytes]]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as whole:
        for name, content in members:
            whole.writestr(zipfile.ZipInfo(name), content)
    return made.getvalue()


def _tar(members: list[tuple[str, bytes]]) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as whole:
        for name, content in members:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            whole.addfile(member, io.BytesIO(content))
    return made.getvalue()
