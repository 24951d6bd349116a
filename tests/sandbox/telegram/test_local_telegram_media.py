"""Files in the sandbox Telegram, seen by a real TelegramClient: sent by people, downloaded, uploaded, edited."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from telethon import errors, functions, types, utils
from telethon.crypto import rsa
from telethon.network import ConnectionTcpFull
from telethon.sessions import MemorySession

from engine.sandbox.telegram import LocalTelegram, Message, Person, media
from tests.sandbox.telegram.world import World, refused

pytestmark = pytest.mark.anyio

KIB, MIB = 1 << 10, 1 << 20


def png(width: int = 40, height: int = 30) -> bytes:
    """The beginning of a PNG of this size, as far as the sandbox looks."""
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII5B", 13, b"IHDR", width, height, 8, 2, 0, 0, 0) + b"pixels"


def jpeg(width: int = 40, height: int = 30) -> bytes:
    """The same of a JPEG, with a segment and a table before the frame."""
    segment = b"\xff\xe0" + struct.pack(">H", 300) + b"JFIF".ljust(298, b"\0")
    table = b"\xff\xc4" + struct.pack(">H", 20) + bytes(18)
    return b"\xff\xd8" + segment + table + b"\xff\xc0" + struct.pack(">HBHH", 11, 8, height, width) + b"pixels"


def numbered(size: int) -> bytes:
    """Bytes that say where they stand: every four of them are a number."""
    return b"".join(struct.pack("<I", at) for at in range(size // 4))


def named(content: bytes, name: str) -> BytesIO:
    """A file as Telethon wants to be given it."""
    file = BytesIO(content)
    file.name = name
    return file


async def incoming(client: Any, message: Message) -> Any:
    """A message as the bot reads it."""
    return await client.get_messages(await client.get_input_entity(message.chat.id), ids=message.id)


def location(found: Any) -> Any:
    """Where the bot gets the file of a message."""
    return utils.get_input_location(found.media)[1]


def get(where: Any, offset: int, limit: int, **flags: Any) -> Any:
    return functions.upload.GetFileRequest(where, offset, limit, **flags)


# -- what people send --------------------------------------------------------------------------------------------

Act = Callable[[Person], Message]


@pytest.mark.parametrize(
    ("act", "kind", "mime", "attributes"),
    [
        (lambda p: p.sends_file(b"x", name="a.txt", mime="text/plain"), "document", "text/plain", "Filename"),
        (lambda p: p.sends_file(png(), name="a.png", mime="image/png"), "document", "image/png", "ImageSize Filename"),
        (lambda p: p.sends_voice(b"x", 7.4, waveform=b"w" * 63), "voice", "audio/ogg", "Audio"),
        (lambda p: p.sends_audio(b"x", 200, title="Song"), "audio", "audio/mpeg", "Audio Filename"),
        (lambda p: p.sends_video(b"x", 9), "video", "video/mp4", "Video Filename"),
        (lambda p: p.sends_video_note(b"x", 9), "video_note", "video/mp4", "Video"),
        (lambda p: p.sends_animation(b"x"), "animation", "video/mp4", "Video Animated Filename"),
        (lambda p: p.sends_sticker(b"x", "😎"), "sticker", "image/webp", "ImageSize Sticker Filename"),
        (
            lambda p: p.sends_sticker(b"x", animated=True),
            "sticker",
            "application/x-tgsticker",
            "ImageSize Sticker Filename",
        ),
        (lambda p: p.sends_sticker(b"x", video=True), "sticker", "video/webm", "Video Sticker Filename"),
    ],
)
async def test_every_kind_of_file_reaches_the_bot(
    client: Any, alice: Person, act: Act, kind: str, mime: str, attributes: str
) -> None:
    sent = act(alice)
    found = await incoming(client, sent)
    assert sent.media is not None
    assert (sent.media.kind, found.document.mime_type, found.document.size) == (kind, mime, sent.media.size)
    names = [type(a).__name__.removeprefix("DocumentAttribute") for a in found.document.attributes]
    assert names == attributes.split()
    assert await client.download_media(found, bytes) == sent.media.whole


async def test_a_voice_note_says_how_long_and_how_loud_it_is(client: Any, alice: Person) -> None:
    found = await incoming(client, alice.sends_voice(b"x", 7.4, waveform=b"w" * 63))
    assert found.voice
    assert (found.file.duration, found.document.attributes[0].waveform) == (7, b"w" * 63)


@pytest.mark.parametrize(
    ("content", "shape", "letter"),
    [(png(40, 30), (40, 30), "m"), (jpeg(1280, 720), (1280, 720), "y"), (jpeg(3000, 99), (3000, 99), "w")],
)
async def test_a_photo_has_sizes(
    world: World, client: Any, alice: Person, content: bytes, shape: tuple[int, int], letter: str
) -> None:
    sent = alice.sends_photo(content, caption="Look @gpttg_bot")
    await world.hears("new Look @gpttg_bot")
    found = await incoming(client, sent)
    small, large = found.photo.sizes
    assert (large.type, large.w, large.h, large.sizes[-1]) == (letter, *shape, len(content))
    assert max(small.w, small.h) == 90
    assert await client.download_media(found, bytes) == content


async def test_a_photo_may_be_no_picture_at_all(client: Any, alice: Person) -> None:
    found = await incoming(client, alice.sends_photo(b"not a picture"))
    assert await client.download_media(found, bytes) == b"not a picture"


@pytest.mark.parametrize("name", ["../../etc/passwd", "harmless\u202efdp.exe", "n" * 300, "", "a\nb\0c"])
async def test_names_are_passed_on_as_they_are(client: Any, alice: Person, name: str) -> None:
    found = await incoming(client, alice.sends_file(b"x", name=name))
    assert found.document.attributes[-1].file_name == name


async def test_a_file_can_be_larger_than_it_is(client: Any, alice: Person) -> None:
    found = await incoming(client, alice.sends_file(b"x" * 10, size=3 << 30))
    assert found.document.size == 3 << 30
    part = await client(get(location(found), 2 << 30, MIB))
    assert part.bytes == b""


async def test_the_same_media_is_the_same_file(client: Any, alice: Person) -> None:
    picture = media.photo(png())
    found = [await incoming(client, alice.sends(picture)) for _ in range(2)]
    other = await incoming(client, alice.sends_photo(png()))
    assert found[0].photo.id == found[1].photo.id != other.photo.id


async def test_captions_have_a_limit_of_their_own(telegram: LocalTelegram, alice: Person) -> None:
    with pytest.raises(Exception, match="MEDIA_CAPTION_TOO_LONG"):
        alice.sends_photo(png(), caption="x" * 1025)
    telegram.person("Bob", premium=True).sends_photo(png(), caption="x" * 1025)


@pytest.mark.parametrize("order", [None, [2, 0, 1]])
async def test_an_album_shares_a_number(world: World, client: Any, alice: Person, order: Sequence[int] | None) -> None:
    parts = alice.sends_album([png(), media.video(b"x"), jpeg()], caption="All of it", order=order)
    await world.until(lambda: len(world.heard) == 3)
    news = [u.message for u in world.raw if isinstance(u, types.UpdateNewMessage)]
    assert [m.id for m in news] == [parts[at].id for at in order or (0, 1, 2)]
    assert len({m.grouped_id for m in news}) == 1
    assert news[0].grouped_id
    assert [part.text for part in parts] == ["All of it", "", ""]
    assert [part.id for part in parts] == sorted(part.id for part in parts)
    another = alice.sends_album([png(), png()], captions=["one", "two"])
    assert another[0].album != parts[0].album
    with pytest.raises(ValueError, match="2 to 10"):
        alice.sends_album([png()])


async def test_an_album_in_a_group_out_of_order(world: World, client: Any, alice: Person) -> None:
    world.telegram.bot.privacy = False
    group = world.telegram.group("Friends", [alice])
    parts = alice.sends_album([png(), png()], captions=["one", "two"], to=group, order=[1, 0])
    alice.says("three", to=group)
    await world.hears("new two", "new one", "new three")
    assert [(await incoming(client, part)).raw_text for part in parts] == ["one", "two"]


async def test_forwards_say_whose_they_are(client: Any, telegram: LocalTelegram, alice: Person) -> None:
    bob = telegram.person("Bob")
    said = bob.sends_photo(png(), caption="mine")
    known = await incoming(client, alice.forwards(said))
    assert (known.fwd_from.from_id, known.raw_text) == (types.PeerUser(bob.id), "mine")
    assert known.photo.id == (await incoming(client, said)).photo.id
    hidden = await incoming(client, alice.forwards("Words", of="Somebody"))
    assert (hidden.fwd_from.from_id, hidden.fwd_from.from_name) == (None, "Somebody")
    gone = await incoming(client, alice.forwards(media.document(b"x"), caption="Read"))
    assert (gone.fwd_from.from_id, gone.fwd_from.from_name, gone.raw_text) == (None, None, "Read")
    assert "(forwarded from a deleted account)" in telegram.transcript()


async def test_a_part_of_a_message_can_be_quoted(client: Any, alice: Person) -> None:
    asked = alice.says("🙂 one two three")
    found = await incoming(client, alice.says("why?", reply_to=asked, quote="two"))
    header = found.reply_to
    assert (header.reply_to_msg_id, header.quote, header.quote_text, header.quote_offset) == (asked.id, True, "two", 7)
    with pytest.raises(ValueError, match="does not stand"):
        alice.says("why?", reply_to=asked, quote="four")


@pytest.mark.parametrize(
    ("act", "kind"),
    [
        (lambda p: p.shares_location(52.5, 13.4), types.MessageMediaGeo),
        (lambda p: p.shares_location(52.5, 13.4, live=True), types.MessageMediaGeoLive),
        (lambda p: p.shares_venue(52.5, 13.4, "Café", "Street 1"), types.MessageMediaVenue),
        (lambda p: p.sends_contact("+49123", "Bob", user_id=5), types.MessageMediaContact),
        (lambda p: p.sends_poll("Tea?", ["Yes", "No"]), types.MessageMediaPoll),
        (lambda p: p.rolls_dice("🎯", 6), types.MessageMediaDice),
        (lambda p: p.plays_game(), types.MessageMediaGame),
        (lambda p: p.shares_story(), types.MessageMediaStory),
        (lambda p: p.sends_unsupported(), types.MessageMediaUnsupported),
    ],
)
async def test_what_is_no_file(client: Any, alice: Person, act: Act, kind: type[Any]) -> None:
    found = await incoming(client, act(alice))
    assert isinstance(found.media, kind)


async def test_captions_and_files_are_edited(world: World, client: Any, alice: Person) -> None:
    sent = alice.sends_photo(png(), caption="one")
    alice.edits(sent, "two")
    assert (await incoming(client, sent)).photo is not None
    alice.edits(sent, "three", media=media.document(b"x"))
    await world.hears("new one", "edited two", "edited three")
    assert (await incoming(client, sent)).document is not None


async def test_what_was_sent_while_the_bot_was_away_has_its_files(world: World, client: Any, alice: Person) -> None:
    group = world.telegram.group("Friends", [alice])
    await world.hears_raw(types.UpdateNewChannelMessage)
    await client.disconnect()
    world.raw.clear()
    alice.sends_photo(png(), caption="private")
    alice.sends_file(b"x", caption="hey @gpttg_bot", to=group)
    alice.sends_file(b"x", caption="between us", to=group)
    again = world.new_client(world.session, catch_up=True)
    await again.connect()
    await world.until(lambda: len(world.heard) >= 2)
    assert sorted(world.heard) == ["new hey @gpttg_bot", "new private"]


# -- downloads ---------------------------------------------------------------------------------------------------


async def test_a_file_on_disk_comes_in_parts(
    client: Any, telegram: LocalTelegram, alice: Person, tmp_path: Path
) -> None:
    path = tmp_path / "large.bin"
    path.write_bytes(numbered(MIB + 100 * KIB))
    found = await incoming(client, alice.sends_file(path, name="large.bin"))
    assert await client.download_media(found, bytes) == path.read_bytes()
    assert [(read.offset, read.length) for read in telegram.reads][-2:] == [
        (MIB - 128 * KIB, 128 * KIB),
        (MIB, 100 * KIB),
    ]
    part = await client(get(location(found), 8 * KIB, 4 * KIB))
    assert part.bytes == path.read_bytes()[8 * KIB : 12 * KIB]


async def test_an_empty_file_is_empty(client: Any, alice: Person, tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    found = await incoming(client, alice.sends_file(tmp_path / "empty"))
    assert (await client(get(location(found), 0, 4 * KIB))).bytes == b""


@pytest.mark.parametrize(
    ("offset", "limit", "precise", "error"),
    [
        (0, MIB, False, ""),
        (MIB, 4 * KIB, False, ""),
        (1 * KIB, 4 * KIB, False, "OFFSET_INVALID"),
        (-4 * KIB, 4 * KIB, False, "OFFSET_INVALID"),
        (0, 0, False, "LIMIT_INVALID"),
        (0, 12 * KIB, False, "LIMIT_INVALID"),
        (0, 2 * MIB, False, "LIMIT_INVALID"),
        (4 * KIB, MIB, False, "LIMIT_INVALID"),
        (1 * KIB, 11 * KIB, True, ""),
        (100, 1 * KIB, True, "OFFSET_INVALID"),
        (0, 100, True, "LIMIT_INVALID"),
        (1 * KIB, MIB, True, "LIMIT_INVALID"),
    ],
)
async def test_the_rules_for_parts(
    client: Any, alice: Person, offset: int, limit: int, precise: bool, error: str
) -> None:
    content = numbered(MIB + 4 * KIB)
    request = get(location(await incoming(client, alice.sends_file(content))), offset, limit, precise=precise or None)
    if error:
        await refused(client, request, error)
    else:
        assert (await client(request)).bytes == content[offset : offset + limit]


async def test_a_wrong_place_is_no_place(client: Any, alice: Person) -> None:
    document = location(await incoming(client, alice.sends_file(b"x")))
    photo = location(await incoming(client, alice.sends_photo(png())))
    wrong = [
        (types.InputDocumentFileLocation(1, document.access_hash, document.file_reference, ""), "LOCATION_INVALID"),
        (types.InputDocumentFileLocation(document.id, 1, document.file_reference, ""), "LOCATION_INVALID"),
        (types.InputDocumentFileLocation(document.id, document.access_hash, b"", ""), "FILE_REFERENCE_EMPTY"),
        (types.InputDocumentFileLocation(document.id, document.access_hash, b"x", ""), "FILE_REFERENCE_INVALID"),
        (
            types.InputDocumentFileLocation(document.id, document.access_hash, photo.file_reference, ""),
            "FILE_REFERENCE_INVALID",
        ),
        (types.InputDocumentFileLocation(photo.id, photo.access_hash, photo.file_reference, ""), "LOCATION_INVALID"),
        (types.InputPhotoFileLocation(photo.id, photo.access_hash, photo.file_reference, "w"), "LOCATION_INVALID"),
        (types.InputTakeoutFileLocation(), "LOCATION_INVALID"),
    ]
    for where, error in wrong:
        await refused(client, get(where, 0, 4 * KIB), error)


@pytest.mark.parametrize("where", ["private", "supergroup"])
async def test_references_expire_and_come_back_with_the_message(
    client: Any, telegram: LocalTelegram, alice: Person, where: str
) -> None:
    group = telegram.group("Friends", [alice])
    sent = alice.sends_photo(png(), caption="@gpttg_bot", to=group if where == "supergroup" else None)
    found = await incoming(client, sent)
    telegram.faults.expire_file_references()
    await refused(client, get(location(found), 0, 4 * KIB), "FILE_REFERENCE_EXPIRED")
    again = await incoming(client, sent)
    assert again.photo.file_reference != found.photo.file_reference
    assert (await client(get(location(again), 0, 4 * KIB))).bytes == png()
    alice.deletes(sent)
    assert await incoming(client, sent) is None


async def test_a_reference_can_expire_in_the_middle_of_a_download(
    client: Any, telegram: LocalTelegram, alice: Person
) -> None:
    content = numbered(512 * KIB)
    found = await incoming(client, alice.sends_file(content))
    telegram.faults.expire_file_references(after_parts=2)
    assert await client.download_media(found, bytes) == content  # Telethon itself reads the message again
    outcomes = [call.outcome for call in telegram.calls if call.name == "upload.getFile"]
    assert outcomes[:4] == ["", "", "FILE_REFERENCE_EXPIRED", ""]


async def test_a_connection_can_break_in_the_middle_of_a_download(
    client: Any, telegram: LocalTelegram, alice: Person
) -> None:
    content = numbered(512 * KIB)
    found = await incoming(client, alice.sends_file(content))
    telegram.faults.lose_answer("getFile", after=2)
    assert await client.download_media(found, bytes) == content
    assert [read.offset // (128 * KIB) for read in telegram.reads[:4]] == [0, 1, 2, 2]


async def test_a_flood_wait_can_come_in_the_middle_of_a_download(
    client: Any, telegram: LocalTelegram, alice: Person
) -> None:
    found = await incoming(client, alice.sends_file(numbered(512 * KIB)))
    telegram.faults.flood_wait(9, request="upload.getFile", after=2)
    with pytest.raises(errors.FloodWaitError) as caught:
        await client.download_media(found, bytes)
    assert (caught.value.seconds, len(telegram.reads)) == (9, 2)


# -- uploads -----------------------------------------------------------------------------------------------------


async def peer_of(client: Any, alice: Person) -> Any:
    alice.says("Hi")
    return await client.get_input_entity(alice.id)


def send(peer: Any, given: Any, caption: str = "", random_id: int = 1, **fields: Any) -> Any:
    return functions.messages.SendMediaRequest(peer, given, caption, random_id=random_id, **fields)


def edit(peer: Any, message_id: int, **fields: Any) -> Any:
    return functions.messages.EditMessageRequest(peer, message_id, **fields)


async def photo_of(client: Any, content: bytes) -> Any:
    return types.InputMediaUploadedPhoto(await client.upload_file(content, file_name="photo.jpg"))


async def test_the_bot_sends_a_photo(client: Any, telegram: LocalTelegram, alice: Person) -> None:
    asked = alice.says("Draw")
    sent = await client.send_file(alice.id, named(jpeg(), "a.jpg"), caption="A fox", reply_to=asked.id)
    shown = alice.chat.messages[-1]
    assert (shown.id, shown.text, shown.reply_to) == (sent.id, "A fox", asked)
    assert shown.media is not None
    assert (shown.media.kind, shown.media.width, shown.media.height, shown.media.whole) == ("photo", 40, 30, jpeg())
    assert "(photo: 40×30" in telegram.transcript()
    assert await client.download_media(sent, bytes) == jpeg()


async def test_the_bot_sends_a_voice_note(client: Any, alice: Person) -> None:
    alice.says("Speak")
    about = types.DocumentAttributeAudio(7, voice=True, waveform=b"w" * 63)
    await client.send_file(alice.id, BytesIO(b"sound"), attributes=[about], mime_type="audio/ogg", voice_note=True)
    shown = alice.chat.messages[-1].media
    assert shown is not None
    assert (shown.kind, shown.mime, shown.duration_s, shown.waveform) == ("voice", "audio/ogg", 7, b"w" * 63)


@pytest.mark.parametrize("size", [5, 300 * KIB, 11 * MIB])
async def test_the_bot_sends_files_of_any_size(client: Any, telegram: LocalTelegram, alice: Person, size: int) -> None:
    alice.says("Give")
    content = numbered(size) + b"x" * (size % 4)
    await client.send_file(alice.id, named(content, "report.pdf"), force_document=True)
    shown = alice.chat.messages[-1].media
    assert shown is not None
    assert (shown.kind, shown.name, shown.mime, shown.size) == ("document", "report.pdf", "application/pdf", size)
    assert shown.whole == content
    assert telegram.count("saveBigFilePart") == (88 if size > 10 * MIB else 0)


async def test_the_same_random_id_makes_one_photo(client: Any, telegram: LocalTelegram, alice: Person) -> None:
    peer = await peer_of(client, alice)
    first = await client(send(peer, await photo_of(client, png()), "Once"))
    telegram.faults.lose_answer("sendMedia")
    again = await client(send(peer, await photo_of(client, png()), "Once"))
    assert first.updates[0].id == again.updates[0].id == alice.chat.messages[-1].id
    assert [m.text for m in alice.chat.messages] == ["Hi", "Once"]


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"no picture", "IMAGE_PROCESS_FAILED"),
        (jpeg()[:100], "IMAGE_PROCESS_FAILED"),
        (png()[:20], "IMAGE_PROCESS_FAILED"),
        (b"\xff\xd8" + b"\xff\xe0\x00\x04ab" * 3 + b"no marker!", "IMAGE_PROCESS_FAILED"),
        (png(9_000, 1_001), "PHOTO_INVALID_DIMENSIONS"),
        (jpeg(2_100, 100), "PHOTO_INVALID_DIMENSIONS"),
        (png(0, 100), "PHOTO_INVALID_DIMENSIONS"),
        (png() + bytes(10 * MIB), "PHOTO_SAVE_FILE_INVALID"),
    ],
)
async def test_what_is_no_photo(client: Any, alice: Person, content: bytes, error: str) -> None:
    peer = await peer_of(client, alice)
    await refused(client, send(peer, await photo_of(client, content)), error)


async def test_a_caption_of_the_bot_is_limited(client: Any, alice: Person) -> None:
    peer = await peer_of(client, alice)
    picture = await photo_of(client, png())
    await refused(client, send(peer, picture, "🙂" * 513), "MEDIA_CAPTION_TOO_LONG")
    await client(send(peer, picture, "🙂" * 512))


def small(part: int, size: int) -> Any:
    return functions.upload.SaveFilePartRequest(1, part, bytes(size))


def big(part: int, size: int, total: int) -> Any:
    return functions.upload.SaveBigFilePartRequest(1, part, total, bytes(size))


@pytest.mark.parametrize(
    ("requests", "error"),
    [
        ([small(-1, KIB)], "FILE_PART_INVALID"),
        ([small(4000, KIB)], "FILE_PART_INVALID"),
        ([small(0, 0)], "FILE_PART_EMPTY"),
        ([small(0, 513 * KIB)], "FILE_PART_TOO_BIG"),
        ([big(0, KIB, 4001)], "FILE_PARTS_INVALID"),
        ([big(2, KIB, 2)], "FILE_PART_INVALID"),
        ([big(0, 3 * KIB, 2)], "FILE_PART_SIZE_INVALID"),
        ([big(0, 2 * KIB, 3), big(1, KIB, 3)], "FILE_PART_SIZE_CHANGED"),
        ([big(0, KIB, 2), big(1, KIB, 3)], "FILE_PARTS_INVALID"),
    ],
)
async def test_the_rules_for_saved_parts(client: Any, requests: list[Any], error: str) -> None:
    for request in requests[:-1]:
        assert await client(request)
    await refused(client, requests[-1], error)


@pytest.mark.parametrize(
    ("requests", "file", "error"),
    [
        ([small(0, KIB), small(2, 5)], types.InputFile(1, 3, "f", ""), "FILE_PART_1_MISSING"),
        ([], types.InputFile(1, 1, "f", ""), "FILE_PART_0_MISSING"),
        ([small(0, KIB)], types.InputFile(1, 0, "f", ""), "FILE_PARTS_INVALID"),
        ([small(0, KIB)], types.InputFile(1, 1, "f", "abc"), "MD5_CHECKSUM_INVALID"),
        ([small(0, 5), small(1, 5)], types.InputFile(1, 2, "f", ""), "FILE_PART_SIZE_INVALID"),
        ([small(0, KIB)], types.InputFileBig(1, 1, "f"), "FILE_PARTS_INVALID"),
        ([big(0, KIB, 2), big(1, 5, 2)], types.InputFileBig(1, 1, "f"), "FILE_PARTS_INVALID"),
    ],
)
async def test_the_rules_for_a_whole_file(
    client: Any, alice: Person, requests: list[Any], file: Any, error: str
) -> None:
    peer = await peer_of(client, alice)
    for request in requests:
        await client(request)
    given = types.InputMediaUploadedDocument(file, "application/octet-stream", [])
    caught = None
    try:
        await client(send(peer, given))
    except errors.RPCError as refusal:
        caught = f"{refusal} {type(refusal).__name__}".replace("_", "").lower()
    wanted = "part 1" if error == "FILE_PART_1_MISSING" else error.replace("_", "").lower()
    assert caught is not None
    assert wanted in caught


async def test_an_upload_can_be_slowed_down(client: Any, telegram: LocalTelegram) -> None:
    telegram.faults.flood_wait(9, request="saveFilePart", after=1)
    with pytest.raises(errors.FloodWaitError):
        await client.upload_file(numbered(300 * KIB), part_size_kb=128)
    assert telegram.count("saveFilePart") == 2


async def test_old_uploads_are_forgotten(client: Any, telegram: LocalTelegram, alice: Person) -> None:
    peer = await peer_of(client, alice)
    first = await photo_of(client, png())
    for number in range(100):
        await client(functions.upload.SaveFilePartRequest(number, 0, b"x"))
    await refused(client, send(peer, first), "FilePart0Missing")


async def test_an_album_of_the_bot(client: Any, alice: Person) -> None:
    alice.says("Show")
    sent = await client.send_file(alice.id, [named(png(), "a.png"), named(jpeg(), "b.jpg")], caption=["one", "two"])
    shown = alice.chat.messages[1:]
    assert [m.id for m in shown] == [m.id for m in sent]
    assert [(m.text, m.media.whole if m.media else b"") for m in shown] == [("one", png()), ("two", jpeg())]
    assert [m.media.kind for m in shown if m.media] == ["photo", "photo"]
    assert shown[0].album == shown[1].album == sent[0].grouped_id != 0


async def test_what_makes_no_album(client: Any, alice: Person) -> None:
    peer = await peer_of(client, alice)

    async def part(given: Any, number: int = 1) -> Any:
        kept = await client(functions.messages.UploadMediaRequest(peer, given))
        return types.InputSingleMedia(utils.get_input_media(kept), "", random_id=number)

    def album(*parts: Any) -> Any:
        return functions.messages.SendMultiMediaRequest(peer, list(parts))

    picture = await photo_of(client, png())
    file = types.InputMediaUploadedDocument(await client.upload_file(b"x"), "text/plain", [])
    photo, document = await part(picture), await part(file, 2)
    await refused(client, album(types.InputSingleMedia(picture, "", random_id=3)), "MEDIA_INVALID")
    await refused(client, album(photo, document), "MEDIA_GROUPED_INVALID")
    await refused(client, album(*[photo] * 11), "MULTI_MEDIA_TOO_LONG")
    await refused(client, album(), "MEDIA_EMPTY")
    assert len(alice.chat.messages) == 1
    first = await client(album(photo))
    again = await client(album(photo))
    assert first.updates[0].id == again.updates[0].id


async def test_known_files_are_sent_again_by_their_reference(
    client: Any, telegram: LocalTelegram, alice: Person
) -> None:
    sent = alice.sends_photo(png())
    peer = await client.get_input_entity(alice.id)
    found = await incoming(client, sent)
    given = utils.get_input_media(found.media)
    await client(send(peer, given))
    assert alice.chat.messages[-1].media is sent.media
    document = types.InputDocument(found.photo.id, found.photo.access_hash, found.photo.file_reference)
    await refused(client, send(peer, types.InputMediaDocument(document), random_id=2), "MEDIA_INVALID")
    telegram.faults.expire_file_references()
    await refused(client, send(peer, given, random_id=3), "FILE_REFERENCE_EXPIRED")
    await refused(client, send(peer, types.InputMediaPhoto(types.InputPhoto(5, 5, b"x")), random_id=4), "MEDIA_EMPTY")
    await refused(client, send(peer, types.InputMediaDice("🎲"), random_id=5), "MEDIA_INVALID")


# -- edits -------------------------------------------------------------------------------------------------------


async def test_a_text_becomes_a_picture_and_the_picture_a_better_one(world: World, client: Any, alice: Person) -> None:
    peer = await peer_of(client, alice)
    sent = await client.send_message(alice.id, "Drawing…")
    for size in (10, 20, 30):
        await client(edit(peer, sent.id, message=f"{size} %", media=await photo_of(client, png(size, size))))
    shown = alice.chat.messages[-1]
    assert [version.text for version in shown.versions] == ["Drawing…", "10 %", "20 %", "30 %"]
    assert [picture.width for picture in shown.pictures] == [10, 20, 30]
    await client(edit(peer, sent.id, message="A fox"))
    assert (shown.text, shown.pictures[-1]) == ("A fox", shown.media)
    found = await incoming(client, shown)
    same = utils.get_input_media(found.media)
    await refused(client, edit(peer, sent.id, message="A fox", media=same), "MESSAGE_NOT_MODIFIED")
    await refused(client, edit(peer, sent.id, message="x" * 1025), "MEDIA_CAPTION_TOO_LONG")
    rich = types.InputRichMessage([types.PageBlockParagraph(types.TextPlain("x"))])
    await refused(client, edit(peer, sent.id, rich_message=rich), "MEDIA_PREV_INVALID")
    await client(edit(peer, sent.id, message=""))
    assert (shown.text, shown.media is not None) == ("", True)


async def test_a_long_text_is_no_caption(client: Any, alice: Person) -> None:
    peer = await peer_of(client, alice)
    sent = await client.send_message(alice.id, "x" * 1025)
    picture = await photo_of(client, png())
    await refused(client, edit(peer, sent.id, media=picture), "MEDIA_CAPTION_TOO_LONG")
    await client(edit(peer, sent.id, media=picture, message="x"))


async def test_a_voice_note_stays_what_it_is(client: Any, alice: Person) -> None:
    peer = await peer_of(client, alice)
    sent = await client.send_file(alice.id, BytesIO(b"x"), voice_note=True)
    await refused(client, edit(peer, sent.id, media=await photo_of(client, png())), "MEDIA_PREV_INVALID")
    text = await client.send_message(alice.id, "Text")
    about = [types.DocumentAttributeAudio(1, voice=True)]
    voice = types.InputMediaUploadedDocument(await client.upload_file(b"x"), "audio/ogg", about)
    await refused(client, edit(peer, text.id, media=voice), "MEDIA_NEW_INVALID")


# -- TCP ---------------------------------------------------------------------------------------------------------


async def test_files_go_over_tcp_both_ways(world: World, telegram: LocalTelegram, alice: Person) -> None:
    rsa.add_key(telegram.public_key_pem, old=False)
    async with telegram.listen() as address:
        session = MemorySession()
        session.set_dc(2, address.host, address.port)
        client = world.new_client(session, connection=ConnectionTcpFull)
        await client.start(bot_token="1000:sandbox")
        content = numbered(600 * KIB)
        found = await incoming(client, alice.sends_file(content))
        assert await client.download_media(found, bytes) == content
        await client.send_file(alice.id, content, force_document=True)
        shown = alice.chat.messages[-1].media
        assert shown is not None
        assert shown.whole == content
        await client.disconnect()
