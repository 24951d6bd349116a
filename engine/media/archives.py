"""Archives: what is in them, and chosen members out of them, without trust in any name, size or link."""

from __future__ import annotations

import bz2
import gzip
import lzma
import stat
import tarfile
import unicodedata
import zipfile
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import IO, Any, TypeAlias, cast

import msgspec

from engine.core.errors import UnreadableFileError
from engine.media.files import BROKEN, arriving, parsing, size_of
from engine.media.streams import STEP_BYTES, TOTAL_BYTES_MOST, Careful, Forward, Wanted, Xz, check_ratio, is_bomb

MEMBERS_MOST = 10_000
NAME_MOST = 1_024
"""Characters of a path within an archive."""
MEMBER_BYTES_MOST = 512 * 1024 * 1024
"""OpenAI takes no larger file."""
UNSHOWN = ("Cc", "Cs", "Zl", "Zp")
"""Categories of characters that no name has: controls, halves of others, ends of lines."""
NESTING_MOST = 2
"""Archives in archives: the outer one and one within."""
PAX_HEADERS_MOST = 100
"""A tar's global headers are kept by its reader; usual are one or two."""
SUFFIX_MOST = 12
ENCRYPTED_FLAG = 0x1
"""Bit 0 of a zip member's flags (APPNOTE.TXT 4.4.4)."""
UTF8_FLAG = 0x800
"""Bit 11: the name is UTF-8. Without it, it is in whatever the packing system used."""
MAGIC_BYTES = 512
ZIP_STARTS = (b"PK\x03\x04", b"PK\x05\x06")
LITTER = frozenset({".ds_store", "thumbs.db", "desktop.ini"})
"""What macOS and Windows put into folders for themselves."""
LITTER_FOLDER = "__MACOSX"
"""Where macOS keeps what a zip has no place for."""
LITTER_BEGINNING = "._"
"""How the names of such files begin in a tar."""
BOUNDED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""What zipfile decompresses in steps; of bzip2 and LZMA it would make as much at once as there is."""


Spoiled = Callable[[str, UnreadableFileError], object]
"""Told of a member by its name, and of what is wrong with it; may raise it."""


class Member(msgspec.Struct, frozen=True):
    """A file in an archive. `size` is what its header claims; `packed` is that of the whole in a tar, which says none
    of a member."""

    name: str
    size: int
    packed: int
    is_encrypted: bool = False

    @property
    def is_bomb(self) -> bool:
        """Whether absurdly much would become of it."""
        return is_bomb(self.size, self.packed)


class ArchiveLook(msgspec.Struct, frozen=True):
    """What is in an archive: of equal names the last, as unpackers do, and nothing that systems have put there for
    themselves. Links, devices and names that lead out of it are only counted, in `left_out`."""

    kind: str
    """zip or tar"""
    members: tuple[Member, ...]
    size: int
    """of all members, unpacked, as the headers claim"""
    ratio: float
    """unpacked to packed"""
    left_out: int = 0


class Unpacked(msgspec.Struct, frozen=True):
    """A member that was written to the disk, under a name that is ours."""

    name: str
    path: Path
    size: int


def look_at_archive(source: Path, *, depth: int = 1, still_wanted: Wanted = lambda: None) -> ArchiveLook:
    """Lists a zip, or a tar (plain, .gz, .bz2, .xz), which has to be read through for that.

    `depth`: 1 for a file that was sent, 2 for one out of such a file, and so on.

    What would be a bomb is listed: it can be left where it is, and the rest be used.

    Raises:
        UnreadableFileError: unsupported (7z, rar, no archive), bomb (all that is in it, or what is small in a tar
            together; nesting), too_many (count, all sizes but those of bombs, all that a tar is read through for),
            corrupt, empty (also: no file in it), gone.
    """
    if depth > NESTING_MOST:
        raise UnreadableFileError("archives in archives in archives", code="bomb")
    packed = size_of(source)
    members: dict[str, Member] = {}
    left_out = size = 0
    with _archive(source, still_wanted) as (kind, entries):
        for count, (member, _) in enumerate(entries, 1):
            if member is None:
                left_out += 1
            else:
                size += 0 if member.is_bomb else member.size
                members[member.name] = member
            _check(count, size)
    shown = tuple(member for member in members.values() if not _is_litter(member.name))
    if not shown:
        raise UnreadableFileError("no file in it", code="empty")
    if all(member.is_bomb for member in shown):
        raise UnreadableFileError("nothing but bombs", code="bomb")
    return ArchiveLook(kind, shown, sum(member.size for member in shown), size / packed, left_out)


def _end(_: str, error: UnreadableFileError) -> None:
    raise error


def unpack(
    source: Path,
    names: Collection[str],
    folder: Path,
    *,
    depth: int = 1,
    still_wanted: Wanted = lambda: None,
    spoiled: Spoiled = _end,
) -> list[Unpacked]:
    """Writes the members of these names into `folder`, as 0001.pdf, 0002.txt, ...; in the archive's order. Of equal
    names the last one stays.

    `still_wanted` is called between blocks and may raise to end it. `spoiled` is told at the end what is wrong with one
    of them, where the others are wanted nevertheless. What fails leaves nothing behind.

    Raises:
        UnreadableFileError: encrypted, too_large or bomb (one of them), gone (a name that is not listed), and as
            `look_at_archive`.
    """
    if depth > NESTING_MOST:
        raise UnreadableFileError("archives in archives in archives", code="bomb")
    size_of(source)
    places: dict[str, Path] = {}
    done: dict[str, Unpacked] = {}
    bad: dict[str, UnreadableFileError] = {}
    size = 0
    try:
        with _archive(source, still_wanted) as (_, entries):
            for count, (member, open_member) in enumerate(entries, 1):
                _check(count, size)
                if member is None or member.name not in names:
                    continue
                path = places.setdefault(member.name, _place(folder, member.name, len(places)))
                path.unlink(missing_ok=True)  # an older one of the same name: there need not be room for both
                try:
                    done[member.name] = _written(member, open_member, path, still_wanted)
                except UnreadableFileError as wrong:
                    bad[member.name] = wrong
                    done.pop(member.name, None)
                else:
                    bad.pop(member.name, None)
                    size += done[member.name].size
                    _check(count, size)
        bad |= dict.fromkeys(set(names) - places.keys(), UnreadableFileError("no such member", code="gone"))
        for name, error in sorted(bad.items()):
            spoiled(name, error)
    except BaseException:
        for unpacked in done.values():
            unpacked.path.unlink(missing_ok=True)
        raise
    return list(done.values())


def is_read_through(source: Path) -> bool:
    """Whether all of it is read for one file out of it: a zip has a list of what is where, a tar has none."""
    with source.open("rb") as file:
        return not file.read(MAGIC_BYTES).startswith(ZIP_STARTS)


def _place(folder: Path, name: str, before: int) -> Path:
    """Where a member goes, behind so many others."""
    suffix = PurePosixPath(name).suffix[:SUFFIX_MOST]
    return folder / f"{before + 1:04}{suffix if suffix[1:].isalnum() and suffix.isascii() else ''}"


def _check(count: int, size: int) -> None:
    """Whether it may go on, from what is known so far."""
    if count > MEMBERS_MOST:
        raise UnreadableFileError("too many members", code="too_many")
    if size > TOTAL_BYTES_MOST:
        raise UnreadableFileError("too large unpacked", code="too_many")


def _written(member: Member, open_member: Callable[[], IO[bytes]], path: Path, still_wanted: Wanted) -> Unpacked:
    check_ratio(member.size, member.packed)
    if member.is_encrypted:
        raise UnreadableFileError(code="encrypted")
    if member.size > MEMBER_BYTES_MOST:
        raise UnreadableFileError("a member is too large", code="too_large")
    size = 0
    with arriving(path) as part, open_member() as packed, part.open("wb") as file:
        while block := packed.read(STEP_BYTES):
            still_wanted()
            size += len(block)
            if size > member.size:
                raise UnreadableFileError("more than its header says", code="bomb")
            file.write(block)
    if size < member.size:
        raise UnreadableFileError("less than its header says", code="corrupt")
    return Unpacked(member.name, path, size)


Entries: TypeAlias = Iterator[tuple[Member | None, Callable[[], IO[bytes]]]]


@contextmanager
def _archive(source: Path, still_wanted: Wanted) -> Iterator[tuple[str, Entries]]:
    """An archive's kind and entries, in its order; None for an entry that is left out."""
    with source.open("rb") as file:
        start = file.read(MAGIC_BYTES)
    kinds = (*BROKEN, zipfile.BadZipFile, tarfile.TarError, lzma.LZMAError, NotImplementedError)
    with parsing(*kinds):
        if start.startswith(ZIP_STARTS):
            with Careful(source) as raw, zipfile.ZipFile(cast("IO[bytes]", raw)) as archive:
                yield "zip", _zipped(archive, source.stat().st_size, still_wanted)
        else:
            with (
                _plain(source, start) as plain,
                Forward(plain, source.stat().st_size, still_wanted) as stream,
                _tar(cast("IO[bytes]", stream)) as archive,
            ):
                yield "tar", _tarred(archive, stream)


def _tar(stream: IO[bytes]) -> tarfile.TarFile:
    try:
        return tarfile.open(fileobj=stream, mode="r:", errors="replace")
    except tarfile.ReadError as error:  # one file, compressed: app.log.gz
        raise UnreadableFileError("no tar in it", code="unsupported") from error


def _zipped(archive: zipfile.ZipFile, packed: int, still_wanted: Wanted) -> Entries:
    """`packed`: of the whole, which is more than any member can have, whatever its header claims."""
    for name, entry in {_name_of(entry): entry for entry in archive.infolist()}.items():  # the last of equal names
        still_wanted()
        if entry.is_dir():
            continue
        form = stat.S_IFMT(entry.external_attr >> 16)
        is_file = form in (0, stat.S_IFREG) and _is_inside(name)
        is_encrypted = bool(entry.flag_bits & ENCRYPTED_FLAG)
        member = Member(name, entry.file_size, min(entry.compress_size, packed), is_encrypted)
        yield member if is_file else None, lambda entry=entry: _opened_zipped(archive, entry)  # type: ignore[misc]


def _name_of(entry: zipfile.ZipInfo) -> str:
    """Its path. Where the archive does not say that it is UTF-8, macOS wrote UTF-8 and a Russian Windows code page 866;
    zipfile takes it for code page 437."""
    if entry.flag_bits & UTF8_FLAG or entry.filename.isascii():
        return entry.filename
    try:
        written = entry.filename.encode("cp437")
    except UnicodeEncodeError:
        return entry.filename
    with suppress(UnicodeDecodeError):
        return written.decode("utf-8")
    name = written.decode("cp866")
    foreign = [char for char in name if not char.isascii()]
    return name if all(char.isalpha() or char == "№" for char in foreign) else entry.filename


def _opened_zipped(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> IO[bytes]:
    if entry.compress_type not in BOUNDED:
        raise UnreadableFileError("a compression that has no bounds here", code="unsupported")
    try:
        return archive.open(entry)
    except NotImplementedError as error:
        raise UnreadableFileError("a compression that is not known here", code="unsupported") from error


def _tarred(archive: tarfile.TarFile, stream: Forward) -> Entries:
    while (entry := archive.next()) is not None:
        stream.leave_out(cast("Any", archive).offset - entry.offset_data)
        cast("Any", archive).members.clear()  # it would keep all of them, with their extended headers
        if len(archive.pax_headers) > PAX_HEADERS_MOST:
            raise UnreadableFileError("headers without end", code="too_many")
        if entry.isdir():
            continue
        is_file = entry.isreg() and entry.sparse is None and _is_inside(entry.name)
        member = Member(entry.name, entry.size, stream.packed)
        yield member if is_file else None, lambda entry=entry: cast("IO[bytes]", archive.extractfile(entry))  # type: ignore[misc]


def _is_inside(name: str) -> bool:
    """Whether a name stays within the archive's own folder, on any system, and can be shown."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    is_relative = bool(parts) and not parts[0].startswith("/") and ":" not in parts[0]
    is_shown = not any(unicodedata.category(char) in UNSHOWN for char in name)
    return is_relative and ".." not in parts and len(name) <= NAME_MOST and is_shown


def _is_litter(name: str) -> bool:
    """Whether a system has put it there for itself."""
    *folders, last = PurePosixPath(name.replace("\\", "/")).parts
    return LITTER_FOLDER in folders or last.startswith(LITTER_BEGINNING) or last.casefold() in LITTER


def _plain(source: Path, start: bytes) -> IO[bytes]:
    """A tar as it was before it was compressed."""
    if start.startswith(b"\x1f\x8b"):
        return cast("IO[bytes]", gzip.open(source))
    if start.startswith(b"BZh"):
        return cast("IO[bytes]", bz2.open(source))
    if start.startswith(b"\xfd7zXZ\x00"):
        return cast("IO[bytes]", Xz(source))
    if start[257:262] == b"ustar":
        return source.open("rb")
    raise UnreadableFileError("not an archive that is known here", code="unsupported")
