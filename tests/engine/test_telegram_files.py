"""Files to and from Telegram: in parts, with little in memory, whole or not at all."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import anyio
import pytest
from telethon import functions, types

from engine.core.clock import Clock
from engine.core.errors import (
    FloodWaitError,
    OutageError,
    RefusedError,
    TransientError,
    UndeliverableError,
    UnreadableFileError,
)
from engine.core.files import Attachment
from engine.telegram import downloads, parts, patience, uploads
from engine.telegram.calls import input_peer
from engine.telegram.downloads import Downloads
from engine.telegram.uploads import upload
from tests.engine.recorded import RecordedTelegram

pytestmark = pytest.mark.anyio

SavePart = functions.upload.SaveFilePartRequest
SaveBigPart = functions.upload.SaveBigFilePartRequest
GetFile = functions.upload.GetFileRequest
PART = parts.PART_BYTES
MIB = downloads.PART_BYTES


def content(size: int) -> bytes:
    """Bytes of which every part is another."""
    return b"".join(hashlib.sha256(number.to_bytes(4, "big")).digest() for number in range(size // 32 + 1))[:size]


def files_in(folder: Path) -> list[str]:
    """What lies there."""
    return sorted(path.name for path in folder.iterdir())


def stored(tmp_path: Path, size: int) -> Path:
    """A file of that size on the disk."""
    path = tmp_path / "file.bin"
    path.write_bytes(content(size))
    return path


@pytest.fixture
def telegram() -> RecordedTelegram:
    """The Telegram of this test."""
    return RecordedTelegram()


async def test_a_small_file_goes_up_with_its_checksum(telegram: RecordedTelegram, tmp_path: Path) -> None:
    path = stored(tmp_path, 3 * PART + 5)
    named = await upload(telegram, path, "a.bin")
    parts = sorted(telegram.of(SavePart), key=lambda part: part.file_part)
    assert [part.file_part for part in parts] == [0, 1, 2, 3]
    assert b"".join(part.bytes for part in parts) == path.read_bytes()
    assert {part.file_id for part in parts} == {named.id}
    assert named == types.InputFile(named.id, 4, "a.bin", hashlib.md5(path.read_bytes()).hexdigest())


async def test_a_big_file_goes_up_a_few_parts_at_a_time(
    telegram: RecordedTelegram, tmp_path: Path, clock: Clock
) -> None:
    telegram.latency_s = 1
    path = stored(tmp_path, uploads.BIG_BYTES + 1)
    named = await upload(telegram, path, "big.bin")
    parts = sorted(telegram.of(SaveBigPart), key=lambda part: part.file_part)
    assert named == types.InputFileBig(named.id, 21, "big.bin")
    assert b"".join(part.bytes for part in parts) == path.read_bytes()
    assert {part.file_total_parts for part in parts} == {21}
    assert telegram.most_at_once == uploads.PARTS_AT_ONCE


async def test_a_part_that_was_turned_away_is_sent_again(telegram: RecordedTelegram, tmp_path: Path) -> None:
    telegram.fails(SavePart, FloodWaitError(retry_after_s=30), OutageError())
    began = anyio.current_time()
    await upload(telegram, stored(tmp_path, 10), "a.bin")
    assert [(part.file_id, part.bytes) for part in telegram.of(SavePart)] == [
        (telegram.calls[0].file_id, content(10))
    ] * 3
    assert 31 <= anyio.current_time() - began < 32


async def test_patience_has_an_end(telegram: RecordedTelegram, tmp_path: Path) -> None:
    path = stored(tmp_path, 3 * PART)
    telegram.fails(SavePart, *[OutageError(code="down")] * 100)
    with pytest.raises(OutageError, match="down"):
        await upload(telegram, path, "a.bin")
    assert len(telegram.calls) <= 3 * patience.TRIES


@pytest.mark.parametrize(("flood_s", "times", "calls"), [(1.0, 100, patience.TRIES), (patience.FLOOD_MOST_S + 1, 1, 1)])
async def test_many_flood_waits_or_a_long_one_are_left_to_the_caller(
    telegram: RecordedTelegram, tmp_path: Path, flood_s: float, times: int, calls: int
) -> None:
    telegram.fails(SavePart, *[FloodWaitError(retry_after_s=flood_s)] * times)
    with pytest.raises(FloodWaitError):
        await upload(telegram, stored(tmp_path, 10), "a.bin")
    assert len(telegram.calls) == calls


async def test_what_can_not_be_uploaded(telegram: RecordedTelegram, tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b"")
    with (tmp_path / "huge").open("wb") as huge:
        huge.truncate(uploads.PARTS_MOST * PART + 1)
    for name, code in (("missing", "gone"), (".", "gone"), ("empty", "empty"), ("huge", "too_large")):
        with pytest.raises(UnreadableFileError) as caught:
            await upload(telegram, tmp_path / name, name)
        assert caught.value.code == code
    assert telegram.calls == []


PEER = input_peer(42, 5)
CHANNEL = input_peer(-1000000000007, 6)


def attachment(size: int, **fields: Any) -> Attachment:
    """A document as a message had it."""
    told: dict[str, Any] = {"kind": "document", "message_id": 5, "file_id": 11, "access_hash": 12, "dc_id": 4}
    return Attachment(**(told | {"file_reference": b"old", "size": size} | fields))


def gives(telegram: RecordedTelegram, whole: bytes) -> None:
    """Telegram has that file."""

    def part(request: Any) -> Any:
        return types.upload.File(types.storage.FileUnknown(), 0, whole[request.offset : request.offset + request.limit])

    telegram.answers[GetFile] = part


def message_with(media: Any) -> types.messages.Messages:
    """The message as Telegram knows it now."""
    message = types.Message(id=5, peer_id=types.PeerUser(42), message="", media=media)
    return types.messages.Messages([message], [], [], [])


def document(reference: bytes, file_id: int = 11) -> types.MessageMediaDocument:
    """The document in it."""
    return types.MessageMediaDocument(
        document=types.Document(file_id, 12, reference, None, "application/pdf", 10, 4, attributes=[])
    )


@pytest.mark.parametrize("size", [1, MIB - 1, MIB, MIB + 1, 3 * MIB])
async def test_a_file_comes_whole(telegram: RecordedTelegram, tmp_path: Path, size: int) -> None:
    gives(telegram, content(size))
    target = tmp_path / "media" / "a.pdf"
    await Downloads(telegram).fetch(42, PEER, attachment(size), target)
    assert target.read_bytes() == content(size)
    assert files_in(target.parent) == ["a.pdf"]
    assert [(call.offset, call.limit) for call in telegram.of(GetFile)] == [
        (offset, MIB) for offset in range(0, size, MIB)
    ]
    assert set(telegram.asked) == {4}
    assert telegram.calls[0].location == types.InputDocumentFileLocation(11, 12, b"old", "")


async def test_a_photo_is_asked_for_by_its_size(telegram: RecordedTelegram, tmp_path: Path) -> None:
    gives(telegram, content(10))
    await Downloads(telegram).fetch(42, PEER, attachment(10, kind="photo", thumb="y"), tmp_path / "p.jpg")
    assert telegram.calls[0].location == types.InputPhotoFileLocation(11, 12, b"old", "y")


async def test_it_goes_on_where_it_was_cut(telegram: RecordedTelegram, tmp_path: Path) -> None:
    gives(telegram, content(2 * MIB))
    answer = telegram.answers[GetFile]
    cuts = iter([True])

    def cut_once(request: Any) -> Any:
        if request.offset and next(cuts, False):
            return types.upload.File(types.storage.FileUnknown(), 0, b"half")
        return answer(request)

    telegram.answers[GetFile] = cut_once
    telegram.fails(GetFile, FloodWaitError(retry_after_s=7), OutageError())
    began = anyio.current_time()
    await Downloads(telegram).fetch(42, PEER, attachment(2 * MIB), tmp_path / "a.pdf")
    assert (tmp_path / "a.pdf").read_bytes() == content(2 * MIB)
    assert [call.offset for call in telegram.of(GetFile)] == [0, 0, 0, MIB, MIB]
    assert 9 <= anyio.current_time() - began < 10


async def test_it_is_fetched_where_it_lies(telegram: RecordedTelegram, tmp_path: Path) -> None:
    gives(telegram, content(2 * MIB))
    telegram.fails(GetFile, RefusedError(code="FILE_MIGRATE_1"))
    await Downloads(telegram).fetch(42, PEER, attachment(2 * MIB), tmp_path / "a.pdf")
    assert telegram.asked == [4, 1, 1]


@pytest.mark.parametrize(
    ("peer", "question"),
    [
        (PEER, functions.messages.GetMessagesRequest),
        (input_peer(-7, 0), functions.messages.GetMessagesRequest),
        (CHANNEL, functions.channels.GetMessagesRequest),
    ],
)
@pytest.mark.parametrize("code", sorted(downloads.STALE))
async def test_an_old_reference_is_renewed(
    telegram: RecordedTelegram, tmp_path: Path, peer: Any, question: Any, code: str
) -> None:
    gives(telegram, content(10))
    telegram.fails(GetFile, RefusedError(code=code))
    telegram.answers[question] = lambda _: message_with(document(b"new"))
    await Downloads(telegram).fetch(42, peer, attachment(10), tmp_path / "a.pdf")
    assert [call.location.file_reference for call in telegram.of(GetFile)] == [b"old", b"new"]
    assert [call.id for call in telegram.of(question)] == [[types.InputMessageID(5)]]


async def test_a_photos_reference_is_renewed_too(telegram: RecordedTelegram, tmp_path: Path) -> None:
    gives(telegram, content(10))
    telegram.fails(GetFile, RefusedError(code="FILE_REFERENCE_EXPIRED"))
    sizes = [types.PhotoSize("x", 8, 5, 5), types.PhotoSize("y", 80, 50, 10)]
    photo = types.MessageMediaPhoto(photo=types.Photo(11, 12, b"new", None, sizes, 4))
    telegram.answers[functions.messages.GetMessagesRequest] = lambda _: message_with(photo)
    await Downloads(telegram).fetch(42, PEER, attachment(10, kind="photo", thumb="y"), tmp_path / "p.jpg")
    assert telegram.of(GetFile)[1].location == types.InputPhotoFileLocation(11, 12, b"new", "y")


async def test_a_reference_is_renewed_twice_for_a_part(telegram: RecordedTelegram, tmp_path: Path) -> None:
    telegram.fails(GetFile, *[RefusedError(code="FILE_REFERENCE_EXPIRED")] * 3)
    telegram.answers[functions.messages.GetMessagesRequest] = lambda _: message_with(document(b"new"))
    with pytest.raises(RefusedError, match="FILE_REFERENCE_EXPIRED"):
        await Downloads(telegram).fetch(42, PEER, attachment(10), tmp_path / "a.pdf")
    assert len(telegram.of(GetFile)) == 3


@pytest.mark.parametrize(
    "now",
    [
        types.messages.Messages([types.MessageEmpty(5, types.PeerUser(42))], [], [], []),
        types.messages.Messages([], [], [], []),
        message_with(None),
        message_with(document(b"new", file_id=99)),
    ],
)
async def test_a_deleted_message_is_gone_with_its_file(telegram: RecordedTelegram, tmp_path: Path, now: Any) -> None:
    telegram.fails(GetFile, RefusedError(code="FILE_REFERENCE_EXPIRED"))
    telegram.answers[functions.messages.GetMessagesRequest] = lambda _: now
    with pytest.raises(UnreadableFileError) as caught:
        await Downloads(telegram).fetch(42, PEER, attachment(10), tmp_path / "a.pdf")
    assert caught.value.code == "gone"
    assert files_in(tmp_path) == []


async def test_a_chat_that_is_closed_to_the_bot_is_gone(telegram: RecordedTelegram, tmp_path: Path) -> None:
    telegram.fails(GetFile, RefusedError(code="FILE_REFERENCE_EXPIRED"))
    telegram.fails(functions.channels.GetMessagesRequest, UndeliverableError(code="CHANNEL_PRIVATE"))
    with pytest.raises(UnreadableFileError) as caught:
        await Downloads(telegram).fetch(-1000000000007, CHANNEL, attachment(10), tmp_path / "a.pdf")
    assert caught.value.code == "gone"


@pytest.mark.parametrize(("announced", "real", "code"), [(10, 11, "corrupt"), (0, 0, "empty")])
async def test_it_is_what_was_announced_or_nothing(
    telegram: RecordedTelegram, tmp_path: Path, announced: int, real: int, code: str
) -> None:
    gives(telegram, content(real))
    with pytest.raises(UnreadableFileError) as caught:
        await Downloads(telegram).fetch(42, PEER, attachment(announced), tmp_path / "a.pdf")
    assert caught.value.code == code
    assert files_in(tmp_path) == []


async def test_a_file_that_stays_cut_is_an_outage(telegram: RecordedTelegram, tmp_path: Path) -> None:
    gives(telegram, content(9))
    with pytest.raises(OutageError, match="FILE_CUT"):
        await Downloads(telegram).fetch(42, PEER, attachment(10), tmp_path / "a.pdf")
    assert len(telegram.calls) == patience.TRIES
    assert files_in(tmp_path) == []


async def test_a_stopped_download_leaves_nothing(telegram: RecordedTelegram, tmp_path: Path) -> None:
    gives(telegram, content(2 * MIB))
    telegram.fails(GetFile, FloodWaitError(retry_after_s=60))
    with anyio.move_on_after(30) as scope:
        await Downloads(telegram).fetch(42, PEER, attachment(2 * MIB), tmp_path / "a.pdf")
    assert scope.cancelled_caught
    assert files_in(tmp_path) == []


async def test_a_disk_that_takes_nothing_is_told_as_it_is(telegram: RecordedTelegram, tmp_path: Path) -> None:
    gives(telegram, content(10))
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(TransientError) as caught:
        await Downloads(telegram).fetch(42, PEER, attachment(10), tmp_path / "file" / "a.pdf")
    assert caught.value.code in ("ENOTDIR", "EEXIST")
