"""Large files: how far they have come, what is larger than OpenAI takes, and what is in archives."""

from __future__ import annotations

import zipfile
from pathlib import Path

import anyio
import pytest

from engine.core.clock import Clock
from engine.sandbox.openai import LocalOpenAI
from engine.sandbox.openai.prompt import tokens_of
from engine.sandbox.openai.vector_stores import INDEXED_TOKENS
from engine.sandbox.telegram import LocalTelegram, Message, media
from engine.sandbox.telegram.content import Synthetic
from engine.store import cached
from engine.testing.chat import PATIENCE_S, BotUnderTest, Someone
from tests.house import rows
from tests.made import bomb, pdf, picture, sound, table, tarred, zipped

pytestmark = pytest.mark.anyio

MIB = 1024 * 1024


async def reads(bot: BotUnderTest, message: Message, expected: str) -> None:
    """Waits until a message of the bot says so."""
    with anyio.move_on_after(PATIENCE_S):
        while expected not in message.text:
            await bot.telegram.changed.wait(since=bot.telegram.changed.version)
    assert expected in message.text


def uploaded(model: LocalOpenAI) -> list[str]:
    """The names of the files that OpenAI got whole, in order."""
    return [request.body["file"]["name"] for request in model.requests if request.operation == "file_create"]


# ── how far it has come ─────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_large_file_says_how_far_it_has_come_and_the_line_goes_when_the_answer_comes(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, telegram: LocalTelegram
) -> None:
    telegram.faults.slow("upload.getFile", 4.0)
    await alice.sends(media.document(Synthetic(40 * MIB), name="data.bin"), "What is this?")
    line = await bot.says("📥 Fetching the file…")
    await reads(bot, line, " of 40 MB · ")
    await reads(bot, line, "▓")
    assert "/s\nThen I read it and answer." in line.text
    assert [button.text for button in line.buttons] == ["⏹ Stop"]
    model_answer = await bot.next_message()
    assert "📥" not in model_answer.text
    await bot.says_nothing_more()
    assert line not in alice.chat.messages


async def test_stop_ends_a_download_between_two_parts(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, telegram: LocalTelegram
) -> None:
    telegram.faults.slow("upload.getFile", 4.0)
    await alice.sends(media.document(Synthetic(40 * MIB), name="data.bin"), "What is this?")
    line = await bot.says("📥")
    await reads(bot, line, " of 40 MB")
    await alice.presses("⏹ Stop", on=line)
    await bot.says("⏹ Stopped")
    assert line not in alice.chat.messages
    assert model.requests == []
    assert bot.state(alice) == "idle"


async def test_a_kill_in_the_middle_of_a_download_costs_no_answer(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, telegram: LocalTelegram
) -> None:
    telegram.faults.slow("upload.getFile", 4.0)
    await alice.sends(media.document(Synthetic(40 * MIB), name="data.bin"), "What is this?")
    line = await bot.says("📥")
    await reads(bot, line, " of 40 MB")
    await bot.stops()
    await bot.starts()
    await bot.next_message()
    await bot.says_nothing_more()
    assert line not in alice.chat.messages
    assert [request.operation for request in model.requests].count("create") == 1


async def test_in_a_group_the_message_that_stands_for_the_answer_says_it(
    alice: Someone, bot: BotUnderTest, telegram: LocalTelegram
) -> None:
    telegram.faults.slow("upload.getFile", 4.0)
    group = telegram.group("Team", [alice.person])
    await alice.sends(media.document(Synthetic(40 * MIB), name="data.bin"), "@gpttg_bot What is this?", to=group)
    line = await bot.next_message(group)
    await reads(bot, line, "Then I read it and answer.")
    await bot.says_nothing_more()
    assert "📥" not in line.text
    assert line in group.messages


async def test_a_small_file_has_no_line(alice: Someone, bot: BotUnderTest, model: LocalOpenAI) -> None:
    await alice.sends_file(table(10), name="small.csv", mime="text/csv", caption="Sum it up")
    message = await bot.next_message()
    assert "📥" not in message.text
    await bot.says_nothing_more()


async def test_a_large_recording_says_how_far_it_has_come_before_it_is_heard(
    alice: Someone, bot: BotUnderTest, telegram: LocalTelegram
) -> None:
    telegram.faults.slow("upload.getFile", 4.0)
    await alice.sends(media.audio(Synthetic(40 * MIB), 600, name="noise.mp3"), "What is said?")
    line = await bot.says("🎧")
    await reads(bot, line, "Then I listen to it.")
    await reads(bot, line, "noise.mp3")
    await bot.says_nothing_more()


async def test_a_large_picture_says_how_far_it_has_come_before_it_is_drawn(
    boris: Someone, bot: BotUnderTest, telegram: LocalTelegram
) -> None:
    telegram.faults.slow("upload.getFile", 4.0)
    large = picture("BMP", width=4000, height=3000)
    await boris.sends_file(large, name="photo.bmp", mime="image/bmp", caption="edit: зиму")
    line = await bot.next_message()
    await reads(bot, line, "Потом нарисую.")
    await bot.becomes(line, "photo")


async def test_a_new_file_that_belongs_to_the_question_ends_the_old_line(
    alice: Someone, bot: BotUnderTest, telegram: LocalTelegram
) -> None:
    telegram.faults.slow("upload.getFile", 4.0)
    sent = await alice.sends(media.document(Synthetic(40 * MIB), name="data.bin"), "What is this?")
    line = await bot.says("📥")
    await alice.edits(sent, "And what is it for?")
    second = await bot.says("📥")
    await bot.next_message()
    assert line not in alice.chat.messages
    assert second not in alice.chat.messages


# ── when many come at once ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def one_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bot that brings one large file at a time."""
    monkeypatch.setattr("engine.telegram.downloads.LargeFiles.AT_ONCE", 1)


@pytest.mark.usefixtures("one_at_once")
async def test_who_waits_for_others_reads_the_place_in_line_and_can_stop(
    alice: Someone, boris: Someone, admin: Someone, bot: BotUnderTest, telegram: LocalTelegram
) -> None:
    telegram.faults.slow("upload.getFile", 8.0)
    large = [media.document(Synthetic(40 * MIB), name=f"{number}.bin") for number in range(5)]
    await alice.sends(large[0], "What is this?")
    first = await bot.says("📥", to=alice)
    await reads(bot, first, " of 40 MB")
    await boris.sends_album(large[1:3], caption="Что это?")
    await bot.waits(hours=3 / 3600)
    await admin.sends(large[3], "And this?")
    boris_line, admin_line = await bot.says("📥", to=boris), await bot.says("📥", to=admin)
    await reads(bot, boris_line, "⏳ В очереди: 1-й\nСначала придут другие")
    await reads(bot, admin_line, "⏳ Waiting: 2nd in line\nOther large files")
    assert [button.text for button in admin_line.buttons] == ["⏹ Stop"]
    await boris.presses("⏹ Стоп", on=boris_line)
    await bot.says("⏹", to=boris)
    await reads(bot, admin_line, "⏳ Waiting: 1st in line")
    await reads(bot, admin_line, " of 40 MB")
    assert "📥" not in (await bot.next_message(alice)).text
    assert "📥" not in (await bot.next_message(admin)).text
    assert bot.state(boris) == "idle"


# ── what is larger than OpenAI takes ────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def small_openai(monkeypatch: pytest.MonkeyPatch) -> None:
    """An OpenAI that takes a megabyte, in parts of half of one."""
    monkeypatch.setattr("actors.intake.OPENAI_FILE_BYTES", MIB)
    monkeypatch.setattr("actors.intake.PART_BYTES", MIB // 2)
    monkeypatch.setattr("actors.intake.SEARCHED_BYTES", MIB // 2)


@pytest.mark.usefixtures("small_openai")
async def test_a_table_that_is_too_large_goes_in_parts_with_its_first_row(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    content = table(40_000)
    await alice.sends_file(content, name="sales.csv", mime="text/csv", caption="Sum it up")
    await bot.next_message()
    names = [f"sales-part-{number}.csv" for number in range(1, -(-len(content) // (MIB // 2)) + 1)]
    assert len(names) > 2
    assert sorted(uploaded(model)) == names
    await alice.says("And the mean?")
    await bot.next_message()
    assert sorted(uploaded(model)) == names


@pytest.mark.usefixtures("small_openai")
async def test_a_text_that_is_too_large_is_searched_in_parts(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    text = b"".join(b"Line %d.\n" % number for number in range(100_000)) + b"The treasure is in Riga.\n"
    await alice.sends_file(text, name="book.txt", mime="text/plain", caption="Where is the treasure?")
    assert "Riga" in (await bot.next_message()).text
    assert uploaded(model)[-1] == "book-part-1.txt"
    assert len(uploaded(model)) == 3


async def test_a_text_of_more_tokens_than_are_read_in_of_one_file_is_searched_in_parts(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    text = b"".join(b"Entry %d: nothing happened that anybody would want to read about.\n" % n for n in range(330_000))
    assert tokens_of(text.decode()) > INDEXED_TOKENS
    await alice.sends_file(b"The treasure is in Riga.\n" + text, name="log.txt", caption="Where is the treasure?")
    await bot.says("📥")
    await bot.says("Riga")
    assert sorted(uploaded(model)) == ["log-part-1.txt", "log-part-2.txt", "log-part-3.txt"]
    assert str(model.requests[-1].body).count("log.txt") == 1


async def test_what_can_not_be_divided_is_refused_before_anything_is_downloaded(
    alice: Someone, boris: Someone, bot: BotUnderTest, model: LocalOpenAI, telegram: LocalTelegram
) -> None:
    await alice.sends_file(b"%PDF", name="scan.pdf", mime="application/pdf", size=700 * MIB, caption="Sum it up")
    await bot.says("scan.pdf has 700 MB; OpenAI takes at most 512 MB for a file of this kind.")
    await bot.says_nothing_more()
    await boris.sends_file(b"%PDF", name="scan.pdf", mime="application/pdf", size=700 * MIB)
    await bot.says("512 МБ")
    assert model.requests == []
    assert bot.state(alice) == "idle"


async def test_a_kill_in_the_middle_of_an_upload_sends_only_what_is_missing(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.ai.files.PARTS_ABOVE_BYTES", MIB)
    monkeypatch.setattr("engine.ai.uploads.PART_BYTES", MIB)
    model.never_answers(on="upload_part")
    await alice.sends(media.document(Synthetic(8 * MIB), name="data.bin"), "What is this?")
    await bot.waits(hours=1 / 60)
    (upload,) = model.uploads.values()
    assert (upload.status, len(upload.parts)) == ("pending", 7)
    await bot.stops()
    await bot.starts()
    await bot.next_message()
    asked = [request.operation for request in model.requests]
    assert (asked.count("upload_create"), asked.count("upload_part"), asked.count("create")) == (1, 9, 1)
    (kept,) = model.files.values()
    assert kept.content == b"".join(Synthetic(8 * MIB).pieces())


async def test_stop_gives_an_upload_up_at_openai_too(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.ai.files.PARTS_ABOVE_BYTES", MIB)
    monkeypatch.setattr("engine.ai.uploads.PART_BYTES", MIB)
    model.never_answers(on="upload_part")
    await alice.sends(media.document(Synthetic(8 * MIB), name="data.bin"), "What is this?")
    await bot.waits(hours=1 / 60)
    await alice.says("/stop")
    await bot.says("⏹ Stopped")
    assert [upload.status for upload in model.uploads.values()] == ["cancelled"]


# ── what is in archives ─────────────────────────────────────────────────────────────────────────────────────────────


async def lists(alice: Someone, bot: BotUnderTest, content: bytes, name: str = "things.zip") -> Message:
    """Sends an archive and asks what is inside; the message that becomes the list."""
    await alice.sends_file(content, name=name, mime="application/zip")
    await bot.says("🗜 Archive")
    await alice.presses("What is inside?")
    return await bot.next_message()


async def test_an_archive_is_listed_and_a_file_in_it_goes_the_way_of_its_kind(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    inside = {"docs/report.pdf": pdf(3), "photo.png": picture(), "setup.exe": b"MZ" * 9, "../../etc/passwd": b"x"}
    shown = await lists(alice, bot, zipped(inside))
    await reads(bot, shown, "🗜 things.zip · 3 files")
    assert "docs/report.pdf · " in shown.text
    assert "passwd" not in shown.text
    assert "1 entry is not shown" in shown.text
    assert [button.text for button in shown.buttons] == ["report.pdf", "photo.png", "All 2"]
    assert model.requests == []
    await alice.presses("report.pdf", on=shown)
    offer = await bot.says("📄 PDF · report.pdf")
    assert [button.text for button in offer.buttons] == ["Summary", "Translate", "Key points"]
    await alice.says("What is on page 2?")
    await bot.next_message()
    assert uploaded(model) == ["report.pdf"]
    (kept,) = model.files.values()
    assert kept.content == inside["docs/report.pdf"]


async def test_all_files_of_an_archive_are_asked_about_together(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    shown = await lists(alice, bot, tarred({"a.txt": b"Anna", "b/a.txt": b"Bert"}), name="things.tar.gz")
    await reads(bot, shown, "2 files")
    await alice.presses("All 2", on=shown)
    await bot.says("a.txt")
    await alice.says("Who is in these?")
    await bot.next_message()
    assert uploaded(model) == ["a.txt", "a.txt"]
    assert sorted(kept.content for kept in model.files.values()) == [b"Anna", b"Bert"]


async def test_an_archive_larger_than_openai_takes_is_opened_first_whatever_is_said_about_it(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    await alice.sends(media.document(Synthetic(600 * MIB), name="backup.zip"), "What is in the letters?")
    offer = await bot.says("It is larger than OpenAI takes whole: look inside, choose a file, then ask about that.")
    assert [button.text for button in offer.buttons] == ["What is inside?"]
    await alice.says("But what is in the letters?")
    await bot.says("backup.zip is larger than OpenAI takes whole. Press “What is inside?” under it, and choose a file.")
    assert [button.text for button in offer.buttons] == ["What is inside?"]
    assert model.requests == []


async def test_each_archive_that_has_to_be_opened_waits_alone(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    notes = media.document(b"Anna", name="notes.txt")
    first = media.document(Synthetic(600 * MIB), name="first.zip")
    second = media.document(Synthetic(700 * MIB), name="second.tar.gz")
    await alice.sends_album([notes, first, second], caption="Who is in the notes?")
    offers = [await bot.says("look inside") for _ in range(2)]
    assert [[button.text for button in offer.buttons] for offer in offers] == [["What is inside?"]] * 2
    await bot.next_message()
    assert uploaded(model) == ["notes.txt"]
    for offer in offers:
        await alice.presses("What is inside?", on=offer)
        shown = await bot.next_message()
        await reads(bot, shown, "I can't open")  # they are made of nothing


async def test_words_of_an_album_that_came_with_such_an_archive_are_about_the_others(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    archive = media.document(Synthetic(600 * MIB), name="first.zip")
    await alice.sends_album([archive, media.document(b"Anna", name="notes.txt")], caption="Who is in the notes?")
    await bot.says("look inside")
    model.says("Anna.")
    await bot.says("Anna.")
    assert uploaded(model) == ["notes.txt"]


@pytest.mark.parametrize("how", ["edit", "voice", "reply"])
async def test_words_for_an_archive_that_has_to_be_opened_are_told_what_to_do_first(
    how: str, alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    sent = await alice.sends(media.document(Synthetic(600 * MIB), name="backup.zip"))
    await bot.says("look inside")
    if how == "edit":
        await alice.edits(sent, "What is in the letters?")
    elif how == "voice":
        await alice.sends_voice(sound(2.0), 2)
    else:
        await bot.waits(hours=1)
        await alice.says("What is in the letters?", reply_to=sent)
        offer = await bot.says("look inside")
        assert [button.text for button in offer.buttons] == ["What is inside?"]
        return
    await bot.says("backup.zip is larger than OpenAI takes whole. Press “What is inside?” under it, and choose a file.")
    assert model.requests == []


async def test_an_archive_that_nobody_can_open_is_refused_before_it_is_downloaded(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    await alice.sends(media.document(Synthetic(600 * MIB), name="backup.rar"))
    await bot.says("backup.rar has 600 MB; OpenAI takes at most 512 MB")
    await bot.says_nothing_more()
    assert list((bot.settings.media_directory / "incoming").iterdir()) == []


async def test_what_cannot_be_opened_here_is_asked_of_the_model(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    await alice.sends_file(b"Rar!\x1a\x07\x01\x00" + bytes(100), name="small.rar", mime="application/vnd.rar")
    await bot.says("small.rar")
    model.says("A picture of a cat.")
    await alice.presses("What is inside?")
    await bot.says("A picture of a cat.")
    assert uploaded(model) == ["small.rar"]


async def test_words_after_the_list_are_about_the_archive(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    shown = await lists(alice, bot, zipped({"a.txt": b"Anna"}))
    await reads(bot, shown, "1 file ·")
    await alice.says("Unpack it and count the letters")
    await bot.next_message()
    assert uploaded(model) == ["things.zip"]


async def test_a_table_that_nobody_can_unpack_is_told_with_the_offer(
    boris: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    packed = zipped({"sales.csv": table(10)}, form=zipfile.ZIP_LZMA)
    await boris.sends_file(packed, name="things.zip", mime="application/zip")
    await bot.next_message()
    await boris.presses("Что внутри?")
    shown = await bot.next_message()
    await reads(bot, shown, "sales.csv")
    await boris.presses("sales.csv", on=shown)
    offer = await bot.says("sales.csv")
    await reads(bot, offer, "Архив, в котором он лежит, я открыть не могу.")
    assert await rows(bot, "SELECT count(*) FROM inbox WHERE status = 'quarantined'") == [(0,)]


async def test_an_archive_in_an_archive_is_listed_but_not_one_in_that(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    innermost = zipped({"deep.txt": b"deep"})
    shown = await lists(alice, bot, zipped({"inner.zip": zipped({"innermost.zip": innermost, "note.txt": b"Hello"})}))
    await reads(bot, shown, "inner.zip")
    await alice.presses("inner.zip", on=shown)
    offer = await bot.says("🗜 Archive · inner.zip")
    await alice.presses("What is inside?", on=offer)
    second = await bot.next_message()
    await reads(bot, second, "note.txt")
    await alice.presses("note.txt", on=second)
    await bot.says("note.txt")
    await alice.says("Read it")
    await bot.next_message()
    (kept,) = model.files.values()
    assert kept.content == b"Hello"
    await alice.presses("innermost.zip", on=second)
    third = await bot.says("innermost.zip")
    await alice.presses("What is inside?", on=third)
    await reads(bot, await bot.next_message(), "would become absurdly large")


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (bomb(), "bomb.zip", "bomb.zip would become absurdly large when unpacked"),
        (b"7z\xbc\xaf\x27\x1c" + bytes(100), "things.zip", "I can't open things.zip: I don't know this kind"),
        (b"PK\x03\x04 nothing", "broken.zip", "I can't read broken.zip: it is damaged"),
    ],
    ids=["a bomb", "an unknown kind", "a broken one"],
)
async def test_what_can_not_be_listed_is_told_in_a_sentence(
    content: bytes, name: str, sentence: str, alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    shown = await lists(alice, bot, content, name)
    await reads(bot, shown, sentence)
    assert not shown.buttons
    assert model.requests == []


async def test_what_is_behind_a_password_is_named_but_has_no_button(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    locked = bytearray(zipped({"secret.txt": b"secret"}))
    locked[6] |= 1
    locked[locked.index(b"PK\x01\x02") + 8] |= 1
    shown = await lists(alice, bot, bytes(locked))
    await reads(bot, shown, "🔒 secret.txt")
    assert "protected by a password" in shown.text
    assert not shown.buttons


async def test_stop_ends_the_look_into_a_large_archive_and_nothing_else(
    alice: Someone, bot: BotUnderTest, telegram: LocalTelegram
) -> None:
    telegram.faults.slow("upload.getFile", 4.0)
    await alice.sends(media.document(Synthetic(40 * MIB), name="huge.zip"))
    await bot.says("huge.zip")
    await alice.presses("What is inside?")
    line = await bot.says("🗜 Looking inside…")
    await reads(bot, line, "Then I look inside.")
    await alice.presses("⏹ Stop", on=line)
    await reads(bot, line, "⏹ Stopped.")
    assert bot.state(alice) == "awaiting_caption"


# ── who may send how much, and what is kept ─────────────────────────────────────────────────────────────────────────


async def test_admins_may_send_more_than_others(
    telegram: LocalTelegram, model: LocalOpenAI, clock: Clock, tmp_path: Path, alice: Someone, admin: Someone
) -> None:
    house = BotUnderTest(
        *(telegram, model, clock, tmp_path / "limits.db"),
        admins=[admin.id],
        members=[alice.id],
        max_file_mb=5,
        admin_max_file_mb=50,
    )
    async with house:
        await alice.sends(media.document(Synthetic(6 * MIB), name="data.bin"))
        await house.says("The file has 6 MB; I take at most 5 MB.", to=alice)
        await admin.sends(media.document(Synthetic(6 * MIB), name="data.bin"))
        await house.says("data.bin · 6.0 MB", to=admin)
        await admin.sends(media.document(Synthetic(51 * MIB), name="data.bin"))
        await house.says("The file has 51 MB; I take at most 50 MB.", to=admin)


async def test_what_is_too_large_is_not_brought_by_a_reply_or_in_an_album_either(
    telegram: LocalTelegram,
    model: LocalOpenAI,
    clock: Clock,
    tmp_path: Path,
    alice: Someone,
    boris: Someone,
    admin: Someone,
) -> None:
    place = (telegram, model, clock, tmp_path / "limits.db")
    house = BotUnderTest(*place, admins=[admin.id], members=[alice.id, boris.id], max_file_mb=5)
    async with house:
        table = await alice.sends(media.document(Synthetic(40 * MIB), name="data.csv"))
        await house.says("The file has 40 MB; I take at most 5 MB.", to=alice)
        await alice.says("What is in this?", reply_to=table)
        await house.says("The file has 40 MB; I take at most 5 MB.", to=alice)
        speech = await boris.sends(media.audio(Synthetic(40 * MIB), 600, name="talk.mp3"))
        await house.says("В файле 40 МБ, а я принимаю не больше 5 МБ.", to=boris)
        await boris.says("What is said?", reply_to=speech)
        await house.says("В файле 40 МБ, а я принимаю не больше 5 МБ.", to=boris)
        group = telegram.group("Team", [alice.person, boris.person], bot_is_admin=True)
        theirs = await boris.sends(media.document(Synthetic(41 * MIB), name="theirs.bin"), to=group)
        await alice.says("@gpttg_bot What is this?", to=group, reply_to=theirs)
        await house.says("The file has 41 MB; I take at most 5 MB.", to=group)
        small, large = (media.document(Synthetic(size), name=f"{size}.csv") for size in (MIB, 42 * MIB))
        await alice.sends_album([small, large], captions=["@gpttg_bot Sum it up", ""], to=group)
        await house.says("The file has 42 MB; I take at most 5 MB.", to=group)
        answer = await house.next_message(group)
        await house.says_nothing_more()
        assert f"{MIB}.csv" in answer.text
        assert telegram.count("getFile") <= 4  # the small one's
        assert sum(request.operation == "create" for request in model.requests) == 1


async def test_what_is_forgotten_is_in_the_cache_no_longer_unless_somebody_else_has_it(
    alice: Someone, boris: Someone, bot: BotUnderTest
) -> None:
    await alice.sends(media.document(Synthetic(6 * MIB), name="mine.bin"), "What is this?")
    await bot.waits(hours=1)
    shared = await alice.sends(media.document(Synthetic(7 * MIB), name="ours.bin"), "And this?")
    await bot.waits(hours=1)
    await boris.forwards(shared)
    await bot.waits(hours=1)
    assert await cached_sizes(bot) == [6 * MIB, 7 * MIB]
    await alice.says("/forget")
    await bot.waits(hours=1)
    await alice.presses("🗑 Delete everything")
    await bot.waits(hours=1)
    assert await cached_sizes(bot) == [7 * MIB]


async def cached_sizes(bot: BotUnderTest) -> list[int]:
    """The sizes of the files in the cache, on disk and in the database."""
    assert bot.running is not None
    rows = await bot.running.database.read(cached.all_files)
    folder = anyio.Path(bot.settings.media_directory / "cache")
    on_disk = sorted([(await path.stat()).st_size async for path in folder.iterdir()])
    assert on_disk == sorted(row.size for row in rows)
    return on_disk


async def test_in_a_group_the_other_files_of_an_album_with_such_an_archive_are_answered(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, telegram: LocalTelegram
) -> None:
    friends = telegram.group("Friends", [alice.person], bot_is_admin=True)
    archive = media.document(Synthetic(600 * MIB), name="first.zip")
    notes = media.document(b"Anna", name="notes.txt")
    await alice.sends_album([archive, notes], caption="@gpttg_bot who is in the notes?", to=friends)
    await bot.says("first.zip", to=friends)
    await bot.next_message(friends)
    await bot.says_nothing_more()
    assert uploaded(model) == ["notes.txt"]


async def test_an_album_of_such_archives_offers_to_open_each_and_asks_nothing(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    archives = [media.document(Synthetic((600 + number) * MIB), name=f"{number}.zip") for number in range(10)]
    await alice.sends_album(archives, caption="What is in these?")
    offers = [await bot.says("look inside") for _ in archives]
    await anyio.sleep(2)  # it was gathering what else belongs to it
    await alice.presses("What is inside?", on=offers[0])
    await reads(bot, await bot.next_message(), "I can't open 0.zip")
    await bot.says_nothing_more()
    assert model.requests == []


async def test_a_voice_note_about_something_else_is_heard_while_such_an_archive_waits(
    alice: Someone, boris: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    model.says("Paris.")
    await alice.says("Capital of France?")
    answer = await bot.says("Paris.")
    await alice.sends(media.document(Synthetic(600 * MIB), name="backup.zip"))
    await bot.says("look inside")
    model.hears("And of Italy?", "Meet me at noon.")
    await alice.sends_voice(sound(2.0), 2, reply_to=answer)
    await bot.says("And of Italy?")
    await bot.next_message()
    await alice.sends(media.document(Synthetic(700 * MIB), name="other.zip"))
    await bot.says("look inside")
    await alice.forwards(media.voice(sound(3.0), 3), of=boris.person)
    await bot.says("Meet me at noon.")


async def test_a_voice_note_that_replies_to_such_an_archive_gets_its_button(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    sent = await alice.sends(media.document(Synthetic(600 * MIB), name="backup.zip"))
    await bot.says("look inside")
    await alice.says("/reset")
    await bot.next_message()
    await alice.sends_voice(sound(2.0), 2, reply_to=sent)
    offer = await bot.says("look inside")
    assert [button.text for button in offer.buttons] == ["What is inside?"]
    assert model.bill == []


async def test_words_for_a_picture_that_waits_are_about_it_though_such_an_archive_came_after(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    await alice.sends_photo(picture("JPEG"))
    await bot.next_message()
    await alice.sends(media.document(Synthetic(600 * MIB), name="backup.zip"))
    await bot.says("look inside")
    model.says("A cat.")
    await alice.says("What is in the picture?")
    await bot.says("A cat.")


async def test_only_the_first_words_are_taken_for_words_about_such_an_archive(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    await alice.sends(media.document(Synthetic(600 * MIB), name="backup.zip"))
    await bot.says("look inside")
    await alice.says("What is in the letters?")
    await bot.says("backup.zip is larger than OpenAI takes whole.")
    model.says("Four.")
    await alice.says("Two and two?")
    await bot.says("Four.")
