"""What Telegram's messages hold becomes events: files, words for what has none, whose they are, what they answer."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some
from telethon import types

from engine.core.events import CommandReceived, FileReceived, MessageEdited, TextReceived, UnsupportedReceived
from engine.core.files import Attachment
from engine.telegram.media import NAME_BYTES, NAME_CHARACTERS, safe_name
from engine.telegram.translate import Translator, people_of, titles_of

NOW = datetime(2026, 11, 24, tzinfo=UTC)
TRANSLATOR = Translator("gpttg_bot")
GROUP = types.PeerChannel(7)
PEOPLE = people_of([types.User(id=42, first_name="Zoë"), types.User(id=43, first_name="Max", last_name="Planck")])
TITLES = titles_of(
    [
        types.Channel(id=99, title="News of the day", photo=types.ChatPhotoEmpty(), date=NOW),
        types.ChannelForbidden(id=98, access_hash=1, title="closed"),
    ]
)


def message(text: str = "", peer: Any = None, **fields: Any) -> types.Message:
    """A message of Zoë's, by default in her private chat."""
    return types.Message(
        id=5, peer_id=peer or types.PeerUser(42), from_id=types.PeerUser(42), date=NOW, message=text, **fields
    )


def event(text: str = "", peer: Any = None, **fields: Any) -> Any:
    """What that message becomes."""
    update = types.UpdateNewMessage(message(text, peer, **fields), pts=1, pts_count=1)
    (arrival,) = TRANSLATOR.arrivals(update, PEOPLE, NOW, TITLES)
    return arrival.event


def document(*attributes: Any, mime: str = "application/pdf", size: int = 1000) -> types.MessageMediaDocument:
    """A document in a message."""
    return types.MessageMediaDocument(
        document=types.Document(
            id=11,
            access_hash=12,
            file_reference=b"ref",
            date=NOW,
            mime_type=mime,
            size=size,
            dc_id=4,
            attributes=list(attributes),
        )
    )


def photo(*sizes: Any) -> types.MessageMediaPhoto:
    """A photo in a message."""
    return types.MessageMediaPhoto(
        photo=types.Photo(id=21, access_hash=22, file_reference=b"ref", date=NOW, sizes=list(sizes), dc_id=2)
    )


SIZES = (
    types.PhotoStrippedSize("i", b"tiny"),
    types.PhotoCachedSize("s", 90, 60, b"cached"),
    types.PhotoSizeProgressive("y", 1280, 853, [1_000, 50_000, 200_000]),
    types.PhotoSize("x", 800, 533, 900_000),
)
STICKERS = types.InputStickerSetEmpty()


def test_a_photo_comes_in_its_largest_size() -> None:
    got = event("Look", media=photo(*SIZES), grouped_id=777)
    assert isinstance(got, FileReceived)
    assert got.album == 777
    assert (got.text, got.length) == ("Look", 4)
    assert got.attachment == Attachment(
        kind="photo",
        message_id=5,
        file_id=21,
        access_hash=22,
        file_reference=b"ref",
        dc_id=2,
        size=200_000,
        thumb="y",
        mime="image/jpeg",
        width=1280,
        height=853,
    )


@pytest.mark.parametrize(
    ("attributes", "mime", "kind"),
    [
        ([types.DocumentAttributeAudio(3, voice=True)], "audio/ogg", "voice"),
        ([types.DocumentAttributeAudio(180, title="Song")], "audio/mpeg", "audio"),
        ([types.DocumentAttributeVideo(5.5, 384, 384, round_message=True)], "video/mp4", "video_note"),
        ([types.DocumentAttributeVideo(5.5, 1920, 1080)], "video/mp4", "video"),
        ([types.DocumentAttributeVideo(2, 320, 200), types.DocumentAttributeAnimated()], "video/mp4", "animation"),
        (
            [types.DocumentAttributeImageSize(512, 512), types.DocumentAttributeSticker("😎", STICKERS)],
            "image/webp",
            "sticker",
        ),
        ([types.DocumentAttributeSticker("😎", STICKERS)], "application/x-tgsticker", "sticker"),
        (
            [types.DocumentAttributeVideo(3, 512, 512), types.DocumentAttributeSticker("😎", STICKERS)],
            "video/webm",
            "sticker",
        ),
        ([types.DocumentAttributeImageSize(4000, 3000)], "image/heic", "picture"),
        ([], "image/svg+xml", "document"),
        ([], "video/x-matroska", "video"),
        ([], "audio/flac", "audio"),
        ([], "application/pdf", "document"),
    ],
)
def test_a_document_is_what_telegram_says_it_is(attributes: list[Any], mime: str, kind: str) -> None:
    attachment = event(media=document(*attributes, mime=mime)).attachment
    assert attachment.kind == kind
    assert attachment.mime == mime
    assert attachment.emoji == ("😎" if kind == "sticker" else "")
    assert (attachment.file_id, attachment.access_hash, attachment.dc_id, attachment.size) == (11, 12, 4, 1000)


def test_how_long_and_how_large_it_is() -> None:
    video = event(media=document(types.DocumentAttributeVideo(5.5, 1920, 1080), mime="video/mp4")).attachment
    assert (video.duration_s, video.width, video.height) == (5.5, 1920, 1080)
    voice = event(media=document(types.DocumentAttributeAudio(3, voice=True), mime="audio/ogg")).attachment
    assert (voice.duration_s, voice.width) == (3.0, 0)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("report.pdf", "report.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\thesis final.docx", "thesis final.docx"),
        ("/etc/", "etc"),
        ("..", ""),
        ("", ""),
        ("a\x00b\nc.txt", "abc.txt"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        (".env", ".env"),
        ("x" * 200 + ".tar", "x" * 116 + ".tar"),
        ("a." + "b" * 200, "a." + "b" * 118),
    ],
)
def test_a_name_is_one_segment_of_a_path(name: str, kept: str) -> None:
    assert safe_name(name) == kept
    assert event(media=document(types.DocumentAttributeFilename(name))).attachment.name == kept


@given(some.text())
def test_every_name_can_be_a_file(name: str) -> None:
    kept = safe_name(name.encode("utf-8", "replace").decode())
    assert len(kept) <= NAME_CHARACTERS
    assert len(kept.encode()) <= NAME_BYTES
    assert not set(kept) & set("/\\\0\n\u202e")
    assert kept not in (".", "..")
    assert safe_name(kept) == kept


@pytest.mark.parametrize(
    ("media", "said"),
    [
        (
            types.MessageMediaGeo(types.GeoPoint(long=37.6173, lat=55.7558, access_hash=0)),
            "[Location: 55.7558, 37.6173]",
        ),
        (types.MessageMediaGeo(types.GeoPointEmpty()), "[Location: unknown]"),
        (
            types.MessageMediaGeoLive(types.GeoPoint(long=-0.1, lat=51.5, access_hash=0), period=60),
            "[Live location: 51.5, -0.1]",
        ),
        (
            types.MessageMediaVenue(types.GeoPoint(2.2945, 48.8584, 0), "Eiffel Tower", "Paris", "", "", ""),
            "[Place: Eiffel Tower, Paris (48.8584, 2.2945)]",
        ),
        (types.MessageMediaContact("+4912345", "Max", "", "", 0), "[Contact: Max, +4912345]"),
        (types.MessageMediaDice(6, "🎲"), "[Dice: 🎲 6]"),
        (types.MessageMediaDice(64, "🎰"), "[Dice: 🎰 64]"),
    ],
)
def test_what_has_no_file_is_said_in_words(media: Any, said: str) -> None:
    got = event(media=media)
    assert isinstance(got, TextReceived)
    assert (got.text, got.length) == (said, 0)


def words(text: str) -> types.TextWithEntities:
    """A text of a poll."""
    return types.TextWithEntities(text, [])


@pytest.mark.parametrize(("quiz", "kind"), [(None, "Poll"), (True, "Quiz")])
def test_a_poll_comes_with_its_question_and_answers(quiz: bool | None, kind: str) -> None:
    answers = [types.PollAnswer(words("Rome"), b"0"), types.PollAnswer(words("Oslo"), b"1")]
    poll = types.Poll(id=1, question=words("Where to?"), answers=answers, hash=0, quiz=quiz)
    assert event(media=types.MessageMediaPoll(poll, types.PollResults())).text == f"[{kind}: Where to?\n- Rome\n- Oslo]"


def test_a_checklist_comes_with_what_is_to_be_done() -> None:
    todo = types.TodoList(words("Trip"), [types.TodoItem(1, words("Tickets"))])
    assert event(media=types.MessageMediaToDo(todo)).text == "[Checklist: Trip\n- Tickets]"


@pytest.mark.parametrize(
    "media", [None, types.MessageMediaEmpty(), types.MessageMediaWebPage(types.WebPageEmpty(id=1))]
)
def test_a_preview_of_a_page_changes_nothing(media: Any) -> None:
    got = event("See https://example.org 🙂", media=media)
    assert isinstance(got, TextReceived)
    assert got.length == len("See https://example.org ") + 2


@pytest.mark.parametrize(
    ("media", "kind"),
    [
        (types.MessageMediaGame(types.Game(1, 2, "g", "Game", "", types.PhotoEmpty(1))), "game"),
        (types.MessageMediaInvoice("t", "d", "USD", 100, ""), "invoice"),
        (types.MessageMediaPhoto(photo=types.PhotoEmpty(1)), "photo"),
        (photo(types.PhotoStrippedSize("i", b"tiny")), "photo"),
        (types.MessageMediaDocument(document=types.DocumentEmpty(1), voice=True), "voice"),
    ],
)
def test_what_can_not_be_used_is_named(media: Any, kind: str) -> None:
    got = event("Here", media=media)
    assert isinstance(got, UnsupportedReceived)
    assert got.kind == kind


def test_a_reply_says_to_what_and_to_which_part_of_it() -> None:
    reply = types.MessageReplyHeader(
        reply_to_msg_id=3, quote=True, quote_text="so bold", quote_entities=[types.MessageEntityBold(3, 4)]
    )
    got = event("Why?", reply_to=reply)
    assert (got.reply_to, got.quote) == (3, "so **bold**")
    assert event("Why?", GROUP, reply_to=reply).quote == "so **bold**"
    assert event("/ask why", reply_to=reply).reply_to == 3


@pytest.mark.parametrize(
    ("header", "reply_to"),
    [
        (types.MessageReplyHeader(forum_topic=True, reply_to_msg_id=100), None),
        (types.MessageReplyHeader(forum_topic=True, reply_to_msg_id=100, reply_to_top_id=100), None),
        (types.MessageReplyHeader(forum_topic=True, reply_to_msg_id=120, reply_to_top_id=100), 120),
        (types.MessageReplyHeader(reply_to_msg_id=3, reply_to_peer_id=types.PeerChannel(55)), None),
        (types.MessageReplyHeader(reply_to_msg_id=3, reply_to_peer_id=GROUP), 3),
        (types.MessageReplyStoryHeader(types.PeerUser(1), 2), None),
        (types.MessageReplyHeader(quote_text="from elsewhere"), None),
        (None, None),
    ],
)
def test_a_topic_or_another_chat_is_nothing_to_reply_to(header: Any, reply_to: int | None) -> None:
    assert event("Hm", GROUP, reply_to=header).reply_to == reply_to


@pytest.mark.parametrize(
    ("header", "whose"),
    [
        (types.MessageFwdHeader(NOW, from_id=types.PeerUser(43)), "Max Planck"),
        (types.MessageFwdHeader(NOW, from_id=types.PeerChannel(99)), "News of the day"),
        (types.MessageFwdHeader(NOW, from_id=types.PeerChannel(98), from_name="Somebody"), "Somebody"),
        (types.MessageFwdHeader(NOW, from_name="Hidden Person"), "Hidden Person"),
        (types.MessageFwdHeader(NOW, from_id=types.PeerUser(1)), ""),
        (types.MessageFwdHeader(NOW), ""),
        (None, None),
    ],
)
def test_a_forwarded_message_says_whose_it_is(header: Any, whose: str | None) -> None:
    assert event("Old news", fwd_from=header).forwarded_from == whose
    assert event("Old news", fwd_from=header, media=photo(*SIZES)).forwarded_from == whose


def test_the_mention_of_the_bot_is_no_part_of_a_caption() -> None:
    got = event("@GPTTG_bot, what is this?", GROUP, media=photo(*SIZES))
    assert (got.text, got.addressed) == ("what is this?", True)
    assert not event("what is this?", GROUP, media=photo(*SIZES)).addressed


def test_a_caption_keeps_its_marks_and_its_command() -> None:
    got = event("/img a cat", media=photo(*SIZES), entities=[types.MessageEntityBold(5, 5)])
    assert isinstance(got, FileReceived)
    assert got.text == "/img **a cat**"
    assert isinstance(event("/img a cat"), CommandReceived)


def edited(text: str, **fields: Any) -> list[Any]:
    """What an edit of that message becomes."""
    update = types.UpdateEditMessage(message(text, edit_date=NOW, **fields), pts=1, pts_count=1)
    return [arrival.event for arrival in TRANSLATOR.arrivals(update, PEOPLE, NOW, TITLES)]


def test_an_edited_caption_is_an_edit() -> None:
    (got,) = edited("@gpttg_bot New words", media=photo(*SIZES))
    assert isinstance(got, MessageEdited)
    assert got.text == "New words"


def test_an_edit_carries_the_file_and_another_file_is_another_edit() -> None:
    keys = set()
    for file_id in (21, 31):
        media = photo(*SIZES)
        media.photo.id = file_id
        update = types.UpdateEditMessage(message("The same", edit_date=NOW, media=media), pts=1, pts_count=1)
        (arrival,) = TRANSLATOR.arrivals(update, PEOPLE, NOW, TITLES)
        assert isinstance(arrival.event, MessageEdited)
        assert arrival.event.attachment is not None
        assert arrival.event.attachment.file_id == file_id
        keys.add(arrival.key)
    assert len(keys) == 2


@pytest.mark.parametrize(
    "media",
    [
        types.MessageMediaGeoLive(types.GeoPoint(1, 2, 0), period=60),
        types.MessageMediaPoll(types.Poll(1, words("?"), [], 0), types.PollResults()),
    ],
)
def test_what_moves_or_is_voted_on_is_no_edit(media: Any) -> None:
    assert edited("", media=media) == []


def test_a_forwarded_rich_message_is_its_words() -> None:
    plain = types.TextPlain
    rows = [
        types.PageTableRow([types.PageTableCell(text=plain(f"{row}{column}")) for column in "ab"]) for row in (1, 2)
    ]
    blocks = [
        types.PageBlockHeading1(plain("Title")),
        types.PageBlockParagraph(types.TextConcat([plain("so "), types.TextBold(plain("bold"))])),
        types.PageBlockTable(types.TextEmpty(), rows),
        types.PageBlockList([types.PageListItemText(plain("item"))]),
        types.PageBlockMath("x^2"),
        types.PageBlockDivider(),
    ]
    got = event("", rich_message=types.RichMessage(blocks, [], []))
    assert got.text == "Title\nso bold\n1a | 1b\n2a | 2b\nitem\nx^2"
