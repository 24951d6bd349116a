"""Archives: what is listed, what comes out, and what never does."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import struct
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.core.errors import UnreadableFileError
from engine.media import archives, streams
from engine.media.archives import look_at_archive, unpack
from tests import made

LETTERS = {"letters/one.txt": b"Dear Alice", "two.PDF": made.pdf(1), "letters/": b""}
ESCAPES = ["../evil.txt", "/etc/evil.txt", "a/../../evil.txt", "..\\evil.txt", "C:\\evil.txt", "C:evil.txt"]
FORMS = ["gz", "bz2", "xz", ""]
BOMB_BYTES = 64 * 1024 * 1024


class Stopped(BaseException):
    """Somebody pressed Stop."""


def refused_as(code: str, source: Path, *names: str) -> None:
    """Whatever is asked of it is refused, and leaves nothing behind."""
    out = source.parent / "out"
    with pytest.raises(UnreadableFileError) as refused:
        unpack(source, names, out) if names else look_at_archive(source)
    assert refused.value.code == code
    assert not out.exists() or not list(out.iterdir())


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def archive(folder: Path, form: str, members: made.Members) -> Path:
    """A zip, or a tar of that form."""
    return write(folder / "sent", made.zipped(members) if form == "zip" else made.tarred(members, form=form))


@pytest.mark.parametrize("form", ["zip", *FORMS])
def test_files_are_listed_with_their_sizes(tmp_path: Path, form: str) -> None:
    look = look_at_archive(archive(tmp_path, form, {name: LETTERS[name] for name in ("letters/one.txt", "two.PDF")}))
    assert [(member.name, member.size) for member in look.members] == [
        ("letters/one.txt", 10),
        ("two.PDF", len(LETTERS["two.PDF"])),
    ]
    assert look.kind == ("zip" if form == "zip" else "tar")
    assert look.size == 10 + len(LETTERS["two.PDF"])
    assert look.left_out == 0


@pytest.mark.parametrize("form", ["zip", *FORMS])
def test_chosen_members_come_out_whole_under_names_of_ours(tmp_path: Path, form: str) -> None:
    source = archive(tmp_path, form, {"a.txt": b"a", "deep/two.PDF": LETTERS["two.PDF"], "c.txt": b"c"})
    done = unpack(source, ["c.txt", "deep/two.PDF"], tmp_path / "out")
    assert [(one.name, one.path.name, one.size) for one in done] == [
        ("deep/two.PDF", "0001.PDF", len(LETTERS["two.PDF"])),
        ("c.txt", "0002.txt", 1),
    ]
    assert done[0].path.read_bytes() == LETTERS["two.PDF"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["0001.PDF", "0002.txt"]


@pytest.mark.parametrize("form", ["zip", *FORMS])
@pytest.mark.parametrize("name", ESCAPES)
def test_names_that_lead_out_are_left_out(tmp_path: Path, form: str, name: str) -> None:
    source = archive(tmp_path, form, {name: b"evil", "good.txt": b"good"})
    look = look_at_archive(source)
    assert [member.name for member in look.members] == ["good.txt"]
    assert look.left_out == 1
    refused_as("gone", source, name)


@pytest.mark.parametrize("form", ["zip", *FORMS])
def test_of_equal_names_the_last_is_listed_and_comes_out(tmp_path: Path, form: str) -> None:
    source = archive(tmp_path, form, [("a.txt", b"older"), ("b.txt", b"b"), ("a.txt", b"old"), ("a.txt", b"a")])
    look = look_at_archive(source)
    assert [(member.name, member.size) for member in look.members] == [("a.txt", 1), ("b.txt", 1)]
    assert (look.size, look.left_out) == (2, 0)
    done = unpack(source, ["b.txt", "a.txt"], tmp_path / "out")
    assert [(one.name, one.path.name, one.path.read_bytes()) for one in done] == [
        ("a.txt", "0001.txt", b"a"),
        ("b.txt", "0002.txt", b"b"),
    ]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["0001.txt", "0002.txt"]


def test_a_password_on_an_older_one_of_the_same_name_is_none_on_the_last(tmp_path: Path) -> None:
    locked = bytearray(made.zipped([("a.txt", b"old"), ("a.txt", b"a")]))
    locked[6] |= 1
    locked[locked.index(b"PK\x01\x02") + 8] |= 1
    source = write(tmp_path / "sent", bytes(locked))
    assert not look_at_archive(source).members[0].is_encrypted
    (done,) = unpack(source, ["a.txt"], tmp_path / "out")
    assert done.path.read_bytes() == b"a"


@pytest.mark.parametrize("form", ["zip", *FORMS])
@pytest.mark.parametrize("name", ["__MACOSX/a/._b.txt", "a/._b.txt", "a/.DS_Store", "THUMBS.DB", "a\\desktop.ini"])
def test_what_systems_leave_for_themselves_is_not_listed(tmp_path: Path, form: str, name: str) -> None:
    look = look_at_archive(archive(tmp_path, form, {name: b"litter", "a/b.txt": b"good"}))
    assert [member.name for member in look.members] == ["a/b.txt"]
    assert (look.size, look.left_out) == (4, 0)


@pytest.mark.parametrize("form", ["zip", *FORMS])
def test_links_are_left_out(tmp_path: Path, form: str) -> None:
    source = archive(tmp_path, form, {"link@": b"/etc/passwd", "good.txt": b"good"})
    assert look_at_archive(source).left_out == 1
    refused_as("gone", source, "link")


def test_devices_are_left_out(tmp_path: Path) -> None:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as tar:
        for kind in (tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE, tarfile.LNKTYPE):
            entry = tarfile.TarInfo("device")
            entry.type = kind
            tar.addfile(entry)
    refused_as("empty", write(tmp_path / "sent", content.getvalue()))


@pytest.mark.parametrize("form", ["zip", "gz", "bz2", "xz"])
def test_a_bomb_is_told_from_its_headers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    monkeypatch.setattr(streams, "RATIO_FREE_BYTES", BOMB_BYTES // 2)
    source = archive(tmp_path, form, {"bomb.txt": bytes(BOMB_BYTES)})
    assert source.stat().st_size * streams.RATIO_MOST < BOMB_BYTES
    refused_as("bomb", source)
    refused_as("bomb", source, "bomb.txt")


@pytest.mark.parametrize("size", [made.BOMB_BYTES, streams.TOTAL_BYTES_MOST - 2], ids=["large", "more than all may be"])
def test_a_bomb_in_a_zip_is_listed_and_stays_where_it_is(tmp_path: Path, size: int) -> None:
    bombs = made.bomb({"a.txt": b"Anna", "b.txt": b"Bert"}, name="bomb.txt", size=size)
    source = write(tmp_path / "sent", bombs)
    look = look_at_archive(source)
    assert [(member.name, member.size, member.is_bomb) for member in look.members] == [
        ("a.txt", 4, False),
        ("b.txt", 4, False),
        ("bomb.txt", size, True),
    ]
    refused_as("bomb", source, "bomb.txt")
    refused_as("bomb", source, "a.txt", "bomb.txt")
    done = unpack(source, ["a.txt", "b.txt"], tmp_path / "out")
    assert [one.path.read_bytes() for one in done] == [b"Anna", b"Bert"]


def test_a_zip_of_nothing_but_bombs_is_one(tmp_path: Path) -> None:
    refused_as("bomb", write(tmp_path / "sent", made.bomb()))


def test_a_bomb_is_known_although_its_header_says_that_it_is_packed_badly(tmp_path: Path) -> None:
    content = bytearray(made.bomb({"a.txt": b"a"}, name="bomb.txt"))
    at = content.rindex(b"PK\x01\x02")  # its entry in the directory
    content[at + 20 : at + 24] = struct.pack("<L", made.BOMB_BYTES)
    source = write(tmp_path / "sent", bytes(content))
    assert [member.is_bomb for member in look_at_archive(source).members] == [False, True]
    refused_as("bomb", source, "bomb.txt")


@pytest.mark.parametrize("form", ["zip", *FORMS])
def test_what_shrinks_to_nothing_is_a_file_like_others(tmp_path: Path, form: str) -> None:
    """A blank scan, a silent recording."""
    source = archive(tmp_path, form, {"report.txt": b"important", "blank.bmp": bytes(BOMB_BYTES)})
    assert not any(member.is_bomb for member in look_at_archive(source).members)
    (blank,) = unpack(source, ["blank.bmp"], tmp_path / "out")
    assert blank.path.stat().st_size == BOMB_BYTES


def test_a_zip_whose_headers_hide_the_bomb_gives_no_more_than_they_say(tmp_path: Path) -> None:
    content = made.zipped({"bomb.txt": bytes(BOMB_BYTES)}).replace(struct.pack("<L", BOMB_BYTES), struct.pack("<L", 99))
    source = write(tmp_path / "sent", content)
    assert look_at_archive(source).size == 99
    refused_as("corrupt", source, "bomb.txt")


def test_a_tar_that_goes_on_without_end_is_a_bomb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "RATIO_FREE_BYTES", BOMB_BYTES // 2)
    source = archive(tmp_path, "gz", {f"{number}.txt": bytes(1024 * 1024) for number in range(64)})
    refused_as("bomb", source)
    refused_as("bomb", source, "63.txt")


def test_a_header_without_end_is_not_read(tmp_path: Path) -> None:
    entry = tarfile.TarInfo("x")
    entry.type, entry.size = tarfile.XHDTYPE, 8 * 1024 * 1024
    refused_as("too_many", write(tmp_path / "sent", entry.tobuf() + bytes(entry.size + 1024)))


def test_a_zip_may_have_many_files_with_long_paths(tmp_path: Path) -> None:
    """As node_modules has."""
    members = {f"{number:05}" + "n" * 195: b"" for number in range(archives.MEMBERS_MOST)}
    source = write(tmp_path / "sent", made.zipped(members, form=zipfile.ZIP_STORED))
    assert [member.name for member in look_at_archive(source).members] == list(members)
    (last,) = unpack(source, [list(members)[-1]], tmp_path / "out")
    assert last.size == 0


def test_a_zip_directory_without_end_is_not_read(tmp_path: Path) -> None:
    names = {f"{number:05}" + "n" * 2_000: b"" for number in range(9_000)}
    refused_as("too_many", write(tmp_path / "sent", made.zipped(names, form=zipfile.ZIP_STORED)))


def test_a_zip_directory_of_more_entries_than_it_may_have_is_not_read(tmp_path: Path) -> None:
    """Folders, which are no members; zipfile reads them all, whatever is said of their number."""
    names = {f"{number}/": b"" for number in range(streams.ENTRIES_MOST)}
    content = bytearray(made.zipped({**names, "a.txt": b"a"}, form=zipfile.ZIP_STORED))
    content[-14:-10] = struct.pack("<2H", 1, 1)
    refused_as("too_many", write(tmp_path / "sent", bytes(content)))


def test_too_many_members_are_too_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MEMBERS_MOST", 3)
    for form in ("zip", "gz"):
        refused_as("too_many", archive(tmp_path, form, {str(number): b"x" for number in range(4)}))


def test_a_member_may_be_too_large_and_all_together_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MEMBER_BYTES_MOST", 5)
    refused_as("too_large", archive(tmp_path, "zip", {"a": b"123456"}), "a")
    monkeypatch.setattr(archives, "TOTAL_BYTES_MOST", 10)
    refused_as("too_many", archive(tmp_path, "zip", {"a": b"123456", "b": b"123456"}))


def test_archives_in_archives_in_archives_stay_shut(tmp_path: Path) -> None:
    source = archive(tmp_path, "zip", {"a.txt": b"a"})
    assert look_at_archive(source, depth=2).members
    with pytest.raises(UnreadableFileError) as refused:
        look_at_archive(source, depth=3)
    assert refused.value.code == "bomb"


def test_an_encrypted_zip_says_so(tmp_path: Path) -> None:
    content = bytearray(made.zipped({"a.txt": b"secret"}))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    source = write(tmp_path / "sent", bytes(content))
    assert look_at_archive(source).members[0].is_encrypted
    refused_as("encrypted", source, "a.txt")


@pytest.mark.parametrize("start", [b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07\x01\x00", b"Dear Alice, "])
def test_other_kinds_are_said_to_be_unsupported(tmp_path: Path, start: bytes) -> None:
    refused_as("unsupported", write(tmp_path / "sent", start * 100))


@pytest.mark.parametrize("form", ["zip", *FORMS])
def test_half_an_archive_is_corrupt(tmp_path: Path, form: str) -> None:
    whole = archive(tmp_path, form, {"a.bin": bytes(range(256)) * 200, "b.pdf": made.pdf(9)}).read_bytes()
    refused_as("corrupt", write(tmp_path / "sent", whole[: len(whole) // 2]))


def test_two_gigabytes_of_zeros_are_no_archive(tmp_path: Path) -> None:
    refused_as("unsupported", made.hole(tmp_path / "sent", 2 * 1024**3))


def test_an_empty_archive_is_empty(tmp_path: Path) -> None:
    refused_as("empty", archive(tmp_path, "zip", {}))
    refused_as("empty", write(tmp_path / "sent", b""))


def test_a_name_that_is_not_in_it_leaves_nothing(tmp_path: Path) -> None:
    refused_as("gone", archive(tmp_path, "zip", {"a.txt": b"a"}), "a.txt", "b.txt")


def test_stop_leaves_nothing_behind(tmp_path: Path) -> None:
    def still_wanted() -> None:
        if list(tmp_path.glob("out/0001*")):
            raise Stopped

    for form in ("zip", "gz"):
        source = archive(tmp_path, form, {"a.txt": b"a", "b.txt": b"b"})
        with pytest.raises(Stopped):
            unpack(source, ["a.txt", "b.txt"], tmp_path / "out", still_wanted=still_wanted)
        assert not list((tmp_path / "out").iterdir())


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_what_would_be_decompressed_at_once_is_not(tmp_path: Path, method: int) -> None:
    source = tmp_path / "sent"
    with zipfile.ZipFile(source, "w", method) as file:
        file.writestr("report.txt", bytes(BOMB_BYTES // 4))
    refused_as("unsupported", source, "report.txt")


def test_a_dictionary_without_end_is_not_made(tmp_path: Path) -> None:
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 512 * 1024 * 1024}]
    whole = made.tarred({"one.txt": b"Hello"}, form="")
    refused_as("bomb", write(tmp_path / "sent", lzma.compress(whole, filters=filters)))
    late = lzma.compress(whole[:512]) + lzma.compress(whole[512:], filters=filters)
    refused_as("bomb", write(tmp_path / "sent", late))


@pytest.mark.parametrize("cut", [40, 100, 30_000])
def test_a_cut_xz_is_damaged(tmp_path: Path, cut: int) -> None:
    packed = lzma.compress(made.tarred({"one.txt": random.Random(1).randbytes(50_000)}, form=""))
    refused_as("corrupt", write(tmp_path / "sent", packed[:cut]))


def test_an_xz_of_several_streams_is_one(tmp_path: Path) -> None:
    whole = made.tarred({"one.txt": random.Random(1).randbytes(50_000), "two.txt": b"2"}, form="")
    halves = lzma.compress(whole[:20_000]) + bytes(8) + lzma.compress(whole[20_000:])
    look = look_at_archive(write(tmp_path / "sent", halves))
    assert [(member.name, member.size) for member in look.members] == [("one.txt", 50_000), ("two.txt", 1)]


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_one_compressed_file_is_no_archive(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    refused_as("unsupported", write(tmp_path / "sent", pack(b"12:00 ERROR it is late\n" * 1_000)))


@pytest.mark.parametrize("name", ["at 10.00\u202fPM.png", "Договор\u00a0№1.txt", "👨\u200d👩\u200d👧.jpg"])
def test_names_with_unusual_spaces_are_names(tmp_path: Path, name: str) -> None:
    source = archive(tmp_path, "zip", {name: b"Hello"})
    (member,) = look_at_archive(source).members
    assert member.name == name
    (unpacked,) = unpack(source, [name], tmp_path / "out")
    assert unpacked.path.read_bytes() == b"Hello"


@pytest.mark.parametrize("code_page", ["cp866", "utf-8"])
def test_names_of_a_russian_system_can_be_read(tmp_path: Path, code_page: str) -> None:
    """Packed by Windows, or by macOS: neither says which letters these are."""
    written, length = "Договор №1.txt".encode(code_page), len("Договор №1.txt".encode(code_page))
    packed = made.zipped({"x" * length: b"Hello"}).replace(b"x" * length, written)
    source = write(tmp_path / "sent", packed)
    (member,) = look_at_archive(source).members
    assert member.name == "Договор №1.txt"
    (unpacked,) = unpack(source, ["Договор №1.txt"], tmp_path / "out")
    assert unpacked.path.read_bytes() == b"Hello"


def test_names_of_a_western_system_stay(tmp_path: Path) -> None:
    packed = made.zipped({"xxx.txt": b"Hello"}).replace(b"xxx", "é─ü".encode("cp437"))
    (member,) = look_at_archive(write(tmp_path / "sent", packed)).members
    assert member.name == "é─ü.txt"
