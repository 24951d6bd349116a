"""Redacted recordings: of everything that Telegram, people and models can put into one, nothing is left."""

from __future__ import annotations

import builtins
import inspect
import itertools
import json
import pkgutil
import re
import sys
import typing
from base64 import b64decode
from collections.abc import Iterator
from datetime import UTC, datetime
from types import UnionType
from typing import Any, ForwardRef, NamedTuple, Union, get_args, get_origin
from zlib import crc32

import anyio
import anyio.to_thread
import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from telethon.tl import types
from telethon.tl.alltlobjects import tlobjects
from telethon.tl.tlobject import TLObject

from actors.intake import ENDINGS, sort_of
from actors.intake import ending as ending_of
from actors.vocabulary import vocabulary
from engine.core.events import FileReceived
from engine.core.files import Attachment
from engine.recording.beginnings import Selection
from engine.recording.export import export
from engine.recording.files import read_lines
from engine.recording.lines import AnyLine, Event, Update, encode, json_schema
from engine.recording.readable import readable
from engine.recording.redact import Redaction
from engine.recording.standins import StandIns
from engine.replay.cast import own_actors
from engine.replay.compare import first_difference
from engine.replay.run import replaying
from engine.replay.script import Script
from engine.replay.sides import beside
from engine.sandbox.telegram import media
from engine.sandbox.telegram.content import Synthetic
from engine.sandbox.time import BEGINNING
from engine.telegram.recorded import read_packet
from engine.telegram.text import utf16_length
from engine.telegram.translate import Translator
from engine.testing.chat import BotUnderTest, Someone, quiet
from tests.corpus import CORPUS
from tests.replaying import RECORDINGS

pytestmark = pytest.mark.anyio

SECRET = b"the installation's own secret..."
RECEIVED = (
    types.UpdateNewMessage,
    types.UpdateNewChannelMessage,
    types.UpdateEditMessage,
    types.UpdateEditChannelMessage,
    types.UpdateDeleteMessages,
    types.UpdateDeleteChannelMessages,
    types.UpdateBotCallbackQuery,
    types.UpdateUserTyping,
    types.User,
    types.Chat,
    types.Channel,
)
"""What the feed translates, and who comes along."""

SPACES = [name for _, name, _ in pkgutil.iter_modules(types.__path__)]
"""Telethon's modules of types besides the main one: "messages", "help", ..."""


def constructors(name: str) -> list[type]:
    """Those of an abstract type, by its bare name: "Peer"."""
    ids = {crc32(full.encode()) for full in (name, *(f"{space}.{name}" for space in SPACES))}
    return [kind for kind in tlobjects.values() if kind.SUBCLASS_OF_ID in ids and not kind.__name__.endswith("Request")]


class Field(NamedTuple):
    """A field of a constructor: which types may stand there, as many of them as one likes (`is_list`) or one."""

    kinds: tuple[type, ...]
    is_list: bool


def fields(kind: type[TLObject]) -> dict[str, Field]:
    """A constructor's fields, as Telethon annotates them."""
    parameters = inspect.signature(kind.__init__).parameters
    return {
        name: Field(tuple(dict.fromkeys(_kinds(one.annotation))), "List[" in str(one.annotation))
        for name, one in parameters.items()
        if name not in ("self", "args", "kwargs")
    }


def _kinds(annotation: Any) -> Iterator[type]:
    if isinstance(annotation, ForwardRef):
        annotation = annotation.__forward_arg__
    if isinstance(annotation, str):
        if annotation.startswith("Type"):
            yield from constructors(annotation.removeprefix("Type"))
        else:
            yield from _kinds(eval(annotation, {**vars(typing), **vars(builtins), "datetime": datetime}))
    elif get_origin(annotation) in (Union, list, UnionType):
        for part in get_args(annotation):
            yield from _kinds(part)
    elif annotation is not type(None):
        yield annotation


def reachable() -> list[type[TLObject]]:
    """Every type that can stand anywhere in what the feed receives."""
    found: dict[type[TLObject], None] = dict.fromkeys(RECEIVED)
    waiting = list(RECEIVED)
    while waiting:
        for field in fields(waiting.pop()).values():
            new = [kind for kind in field.kinds if issubclass(kind, TLObject) and kind not in found]
            found |= dict.fromkeys(new)
            waiting += new
    return list(found)


class Planted:
    """Makes objects whose every text, number and byte field has a secret of its own. `written` says how a text has it:
    "{}" is the secret itself."""

    def __init__(self, written: str = "{}") -> None:
        self._written = written
        self._count = itertools.count(1)
        self.texts: list[str] = []
        self.numbers: list[int] = []
        self.contents: list[bytes] = []

    def made(self, kind: type[TLObject], depth: int = 0) -> TLObject:
        """An object of this type; what is in it is made too, a few levels deep."""
        return kind(**{name: self._value(field, depth) for name, field in fields(kind).items()})

    def _value(self, field: Field, depth: int) -> Any:
        value = self._one(field.kinds, depth)
        if field.is_list:
            return [] if value is None else [value]
        return value

    def _one(self, kinds: tuple[type, ...], depth: int) -> Any:
        number = next(self._count)
        match kinds[0].__name__:
            case "str":
                self.texts.append(f"Geheimnis{_letters(number)}")
                return self._written.format(self.texts[-1], *self.texts[-1])
            case "int":
                self.numbers.append(1_234_000_000 + number)
                return self.numbers[-1]
            case "bytes":
                self.contents.append(b"\xff" + number.to_bytes(3, "big") + b"\xfesecret")
                return self.contents[-1]
            case "float":
                return 12.25 + number
            case "datetime":
                return datetime(2026, 11, 24, tzinfo=UTC)
            case "bool":
                return True
        richest = max(kinds, key=lambda kind: len(fields(kind)))
        return self.made(richest, depth + 1) if depth < 3 else self._smallest(kinds)

    def _smallest(self, kinds: tuple[type, ...]) -> TLObject:
        smallest = min(kinds, key=lambda kind: len(fields(kind)))
        return self.made(smallest, 3)


def _letters(number: int) -> str:
    """A number in letters, so that each secret is another word."""
    return "".join(chr(ord("a") + int(digit)) for digit in f"{number:06}")


def leaks(planted: Planted, redacted: list[AnyLine]) -> list[Any]:
    """The secrets that can still be found in the lines, or in the bytes that they hold."""
    written = b"\n".join(map(encode, redacted)).decode()
    tl = b"".join(line.tl for line in redacted if isinstance(line, Update))
    return [
        *(text for text in planted.texts if text in written or text.encode() in tl),
        *(number for number in planted.numbers if str(number) in written or number.to_bytes(4, "little") in tl),
        *(content for content in planted.contents if content in tl or content in _decoded(written)),
    ]


def _decoded(written: str) -> bytes:
    """Everything in a text that may be base64."""
    found = re.findall(r'"([A-Za-z0-9+/]{8,}={0,2})"', written)
    return b"".join(b64decode(one + "=" * (-len(one) % 4)) for one in found if len(one) % 4 != 1)


def test_what_the_feed_can_receive_is_much() -> None:
    assert len(reachable()) > 300


def line_of(planted: Planted, kind: type[TLObject]) -> Update:
    """An update in which one of this type came."""
    packet = types.Updates([planted.made(kind)], [planted.made(types.User)], [planted.made(types.Channel)], None, 0)
    return Update(key="m:1:2", received_at=BEGINNING, packet=readable(packet), tl=bytes(packet))


@pytest.mark.parametrize("kind", reachable(), ids=lambda kind: kind.__name__)
def test_no_field_of_any_type_keeps_its_secret(kind: type[TLObject]) -> None:
    planted = Planted()
    line = line_of(planted, kind)
    assert read_packet(line.tl) is not None
    assert leaks(planted, [line])
    assert leaks(planted, list(Redaction(SECRET, vocabulary()).redacted([line]))) == []


@pytest.mark.parametrize(
    "written", ["an {}.PDF", "{}.{}.parquet", "{} {}.Geheimnis", "{}. exe", "Makefile.{}", "pdf/{}"]
)
@pytest.mark.parametrize("kind", [types.DocumentAttributeFilename, types.UpdateNewMessage, types.Channel, types.User])
def test_no_ending_brings_a_secret_with_it(kind: type[TLObject], written: str) -> None:
    planted = Planted(written.replace("{}", "{0}"))
    message = types.Message(7, types.PeerUser(100_001), date=BEGINNING, message="", media=planted.made(kind))
    packet = types.Updates([types.UpdateNewMessage(message, 1, 1)], [], [], None, 0)
    line = Update(key="m:1:2", received_at=BEGINNING, packet=readable(packet), tl=bytes(packet))
    (redacted,) = Redaction(SECRET, vocabulary()).redacted([line])
    assert leaks(planted, [line])
    assert leaks(planted, [redacted]) == []
    assert "eheimnis" not in encode(redacted).decode()


def file_named(name: str, mime: str = "application/octet-stream") -> Update:
    """A message with such a file."""
    document = types.Document(1, 2, b"", BEGINNING, mime, 1, 1, [types.DocumentAttributeFilename(name)])
    message = types.Message(
        7, types.PeerUser(100_001), date=BEGINNING, message="", media=types.MessageMediaDocument(document=document)
    )
    packet = types.Updates([types.UpdateNewMessage(message, 1, 1)], [], [], None, 0)
    return Update(key="m:100001:7", received_at=BEGINNING, packet=readable(packet), tl=bytes(packet))


def file_in(line: AnyLine) -> Attachment:
    """The file in a message, as the bot sees it."""
    assert isinstance(line, Update)
    (update,) = read_packet(line.tl).updates
    ((arrival),) = Translator("gpttg").arrivals(update, {}, BEGINNING)
    assert isinstance(arrival.event, FileReceived)
    return arrival.event.attachment


@pytest.mark.parametrize("ending", sorted(ENDINGS))
def test_a_file_stays_of_its_sort(ending: str) -> None:
    for name in (
        f"Quokka.{ending}",
        f"my Quokka v 2.{ending.upper()}",
        f"Q.\N{RIGHT-TO-LEFT OVERRIDE}{ending.title()} ",
    ):
        line = file_named(name)
        (redacted,) = Redaction(SECRET, vocabulary()).redacted([line])
        assert sort_of(file_in(redacted)) == sort_of(file_in(line))
        assert ending_of(file_in(redacted)) == ending_of(file_in(line))
        assert "Quokka" not in file_in(redacted).name
        assert len(file_in(redacted).name) == len(file_in(line).name)


@pytest.mark.parametrize(
    "name", ["Makefile", ".env", "letter.quokka", "quokka", "a.q", "Zanzibar.c0w", "x.Zz9", "a.b.c d"]
)
def test_a_file_without_a_known_ending_gets_none(name: str) -> None:
    for number in range(40):
        line = file_named(name, "video/quokka")
        (redacted,) = Redaction(bytes([number]) * 32, vocabulary()).redacted([line])
        assert sort_of(file_in(redacted)) == sort_of(file_in(line)) == "video"
        assert (ending_of(file_in(redacted)) in ENDINGS) == (ending_of(file_in(line)) in ENDINGS)


@pytest.mark.parametrize("text", ["https://quokka.pl", "anna@quokka.py", "my letter.pdf", "Makefile"])
def test_what_is_no_files_name_keeps_no_ending(text: str) -> None:
    message = types.Message(7, types.PeerUser(100_001), date=BEGINNING, message=text)
    packet = types.Updates([types.UpdateNewMessage(message, 1, 1)], [], [], None, 0)
    line = Update(key="m:100001:7", received_at=BEGINNING, packet=readable(packet), tl=bytes(packet))
    (redacted,) = Redaction(SECRET, vocabulary()).redacted([line])
    assert text[-3:].encode() in line.tl
    assert text[-3:].encode() not in encode(redacted)


def test_a_person_who_is_called_like_an_ending_is_a_person() -> None:
    line = Event(
        id=1,
        key="m:1:1",
        conversation="1",
        received_at=BEGINNING,
        cause="",
        status="done",
        event={"type": "TextReceived", "person": {"id": 1, "name": "Swift", "username": "Kt"}},
    )
    (redacted,) = Redaction(SECRET, vocabulary()).redacted([line])
    assert b"Swift" not in encode(redacted)
    assert b"Kt" not in encode(redacted)


def alphabet(before: Any, after: Any) -> dict[str, set[str]]:
    """What stands for each letter that stands alone, anywhere in two things of the same shape."""
    found: dict[str, set[str]] = {}
    match before:
        case str():
            alone = re.finditer(r"(?<![^\W_])[^\W_](?![^\W_])", before)
            pairs = [{one[0]: {after[one.start()]}} for one in alone if len(before) == len(after)]
        case dict():
            pairs = [alphabet(value, after[name]) for name, value in before.items()]
        case list():
            pairs = [alphabet(*two) for two in zip(before, after, strict=True)]
        case _:
            pairs = []
    for letter, standins in (one for pair in pairs for one in pair.items()):
        found.setdefault(letter, set()).update(standins)
    return found


@pytest.mark.parametrize("between", [" ", "-", ".", "\n", "_", "\N{ZERO WIDTH SPACE}"])
@pytest.mark.parametrize("kind", [types.UpdateNewMessage, types.UpdateEditChannelMessage, types.UpdateBotCallbackQuery])
def test_no_field_tells_the_letters_of_a_secret_that_is_spelled(kind: type[TLObject], between: str) -> None:
    line = line_of(Planted(between.join("{" + str(letter) + "}" for letter in range(1, 16))), kind)
    (redacted,) = Redaction(SECRET, vocabulary()).redacted([line])
    assert isinstance(redacted, Update)
    assert len(alphabet(line.packet, line.packet)) > 8
    told = {
        letter: standins for letter, standins in alphabet(line.packet, redacted.packet).items() if letter in "ehisa"
    }
    assert {letter for letter, standins in told.items() if len(standins) == 1} == set()


def test_a_name_that_is_spelled_has_the_stand_in_of_the_name() -> None:
    standins = StandIns(b"key", frozenset({"a", "n"}))
    anna, phone = standins.text("Anna"), standins.text("79161234567")
    for between in (" ", "  ", ", ", ".", "\N{NO-BREAK SPACE}", "\N{ZERO WIDTH SPACE}", "\n", "_", " ⚡ "):
        assert standins.text(f"I am {between.join('Anna')}") == f"X {standins.text('am')} {between.join(anna)}"
        assert standins.text(f"+{between.join('79161234567')} it") == f"+{between.join(phone)} {standins.text('it')}"
        assert utf16_length(standins.text(between.join("𝐀𝐧𝐧𝐚"))) == utf16_length(between.join("𝐀𝐧𝐧𝐚"))
    assert standins.name("7:0:A n n a") == f"7:0:{' '.join(anna)}"


@pytest.mark.parametrize("letters", ["abcxyz", "ABCXYZ", "абвэюя", "ΑΒΓΔ", "0123456789", "अआइ", "𝐚𝐛𝐜"])
def test_letters_alone_have_one_stand_in(letters: str) -> None:
    assert len({StandIns(b"key").text(f"plan {letter}") for letter in letters}) == 1


async def test_a_whole_recording_keeps_no_word_of_it(alice: Someone, boris: Someone, bot: BotUnderTest) -> None:
    words = ["Zanzibar", "Quokka", "Тайна", "秘密话语", "+79161234567", "4711471147"]
    await alice.says(f"/start {words[0]}")
    await alice.says(" ".join(words))
    await bot.next_message(alice)
    await alice.sends_contact(words[4], words[1], words[0])
    await boris.says(f"https://{words[1]}.example/{words[0]}?q={words[5]}")
    await quiet()
    lines = bot.recorded()
    written = b"\n".join(map(encode, lines)).decode()
    redacted = b"\n".join(map(encode, Redaction(SECRET, vocabulary()).redacted(lines))).decode()
    secrets = [*words, "Alice", "alice", "Борис", str(alice.id), str(boris.id), bot.settings.system_prompt]
    assert [secret for secret in secrets if secret not in written] == []
    assert [secret for secret in secrets if secret in redacted] == []
    tl = b"".join(line.tl for line in Redaction(SECRET, vocabulary()).redacted(lines) if isinstance(line, Update))
    assert [secret for secret in secrets if secret.encode() in tl] == []


@pytest.mark.parametrize("name", sorted(CORPUS))
async def test_a_redacted_recording_replays_in_the_same_shape(name: str) -> None:
    lines = list(Redaction(SECRET, vocabulary()).redacted(read_lines(RECORDINGS / f"{name}.jsonl")))
    script = Script(lines)
    validator = jsonschema_rs.validator_for(json_schema())
    for line in lines:
        validator.validate(json.loads(encode(line)))
    async with replaying(script, own_actors) as replayed:
        difference = await first_difference(replayed)
    assert [event.key for event in replayed.missing] == []
    assert difference is None, "\n".join(beside(difference))


async def test_the_same_has_the_same_stand_in_wherever_it_stands() -> None:
    lines = await anyio.to_thread.run_sync(lambda: list(read_lines(RECORDINGS / "group-thread.jsonl")))
    redacted = list(Redaction(SECRET, vocabulary()).redacted(lines))
    before = [line.conversation for line in lines if isinstance(line, Event)]
    after = [line.conversation for line in redacted if isinstance(line, Event)]
    assert len(dict.fromkeys(before)) == len(dict.fromkeys(zip(before, after, strict=True)))
    assert not set(before) & set(after)


async def replays_redacted(bot: BotUnderTest) -> str:
    """Fails where what has happened comes out otherwise with stand-ins; the redacted recording."""
    lines = list(Redaction(SECRET, vocabulary()).redacted(bot.recorded()))
    async with replaying(Script(lines), own_actors) as replayed:
        difference = await first_difference(replayed)
    assert difference is None, "\n".join(beside(difference))
    assert replayed.missing == []
    return b"\n".join(map(encode, lines)).decode()


async def test_what_decides_about_a_file_stays_and_its_name_does_not(alice: Someone, bot: BotUnderTest) -> None:
    names = ["my setup.exe", "SETUP.EXE", "sales report.csv", "data.parquet", "Makefile", "Zanzibar.Quokka"]
    for name in names:
        await alice.sends_file(b"1,2\n3,4\n", name=name, mime="application/octet-stream")
        await bot.next_message()
        await alice.says("/cancel")
        await quiet()
    written = await replays_redacted(bot)
    assert [word for word in ("setup", "SETUP", "sales", "Zanzibar", "Quokka", "quokka") if word in written] == []


async def test_a_file_stays_about_as_large(alice: Someone, bot: BotUnderTest) -> None:
    for size in (513 * 1024**2, 511 * 1024**2):
        await alice.sends(media.document(Synthetic(size), name="a.zip"))
        await bot.next_message()
        await alice.says("/cancel")
        await quiet()
    written = await replays_redacted(bot)
    assert str(513 * 1024**2) not in written


async def test_what_an_admin_says_to_a_command_means_the_same(
    alice: Someone, admin: Someone, bot: BotUnderTest
) -> None:
    await bot.is_started_by(alice, admin)
    for order in (f"/limits person {alice.id} day 0.0001", "/limits role guest month 2,50", "/limits bot day off"):
        await admin.says(order)
        await bot.next_message(admin)
    await admin.says(f"/limits cheaper {bot.settings.openai_model}")
    await bot.next_message(admin)
    await admin.says("/limits Quokka and other words")
    await bot.next_message(admin)
    await alice.says("hello")
    await bot.says("Your budget for today is used up", to=alice)
    written = await replays_redacted(bot)
    assert [word for word in ("Quokka", str(alice.id)) if word in written] == []


@given(st.text())
def test_a_text_keeps_its_shape(text: str) -> None:
    made = StandIns(b"key").text(text)
    assert len(made.encode("utf-16-le", "surrogatepass")) == len(text.encode("utf-16-le", "surrogatepass"))
    shape = [(char.isalpha(), char.isdigit(), char.isupper()) for char in text]
    assert [(char.isalpha(), char.isdigit(), char.isupper()) for char in made] == shape


@pytest.mark.parametrize(
    "text", ["Ⓐⓛⓘⓒⓔ", "🅰🅻🅸🅲🅴", "⓪①②③④", "⠁⠇⠊⠉⠑", "🇩🇪", "㈠㈡㈢", "²³", "ℂ℘ℤ", "\U000e0041\U000e006c", "Ⅷ", "½¾"]
)
def test_letters_in_all_but_name_have_stand_ins(text: str) -> None:
    made = StandIns(b"key").text(text)
    assert len(made) == len(text)
    assert [here for here, there in zip(text, made, strict=True) if here == there] == []


def test_a_name_in_another_case_has_the_same_stand_in() -> None:
    standins = StandIns(b"key")
    assert standins.text("GPTTG Алиса") == standins.text("gpttg алиса").replace(
        standins.text("gpttg"), standins.text("gpttg").upper()
    ).replace(standins.text("алиса"), standins.text("алиса").capitalize())


def test_bytes_of_others_have_stand_ins_though_they_can_be_read() -> None:
    pressed = types.InlineButtonTypeCallback(data=b"pay:4111 1111 1111 1111:Moscow")
    button = types.KeyboardInlineButton("Pay", type=pressed)
    message = types.Message(
        7,
        types.PeerUser(100_001),
        date=BEGINNING,
        message="from another bot",
        reply_markup=types.ReplyInlineMarkup([types.KeyboardInlineButtonRow([button])]),
    )
    packet = types.Updates([types.UpdateNewMessage(message, 1, 1)], [], [], None, 0)
    line = Update(key="m:1:7", received_at=BEGINNING, packet=readable(packet), tl=bytes(packet))
    (redacted,) = Redaction(SECRET, vocabulary()).redacted([line])
    assert isinstance(redacted, Update)
    assert b"Moscow" in line.tl
    assert b"Moscow" not in redacted.tl
    assert b"1111 1111" not in redacted.tl


async def test_what_an_admin_orders_can_be_replayed_without_the_admins_chat(admin: Someone, bot: BotUnderTest) -> None:
    await bot.is_started_by(admin)
    await admin.says("/limits bot day 2.50")
    await bot.next_message(admin)
    await quiet()
    assert bot.running is not None
    ((ordered,),) = await bot.running.database.read(
        lambda db: db.execute("SELECT id FROM inbox WHERE conversation = 'desk' ORDER BY id DESC LIMIT 1").fetchall()
    )
    path, now = bot.settings.database_path, bot.clock()
    lines = await anyio.to_thread.run_sync(lambda: list(export(path, Selection(event=ordered), now)))
    async with replaying(Script(Redaction(SECRET, vocabulary()).redacted(lines)), own_actors) as replayed:
        difference = await first_difference(replayed)
    assert difference is None, "\n".join(beside(difference))


@given(st.integers(-(2**63), 2**63 - 1))
def test_a_number_keeps_its_sign_and_its_size(number: int) -> None:
    made = StandIns(b"key").number(number)
    assert len(str(made)) == len(str(number))
    assert (made < 0) == (number < 0)
    assert (abs(made) < 2**31) == (abs(number) < 2**31)
    assert -(2**63) <= made < 2**63


def test_each_number_has_a_stand_in_of_its_own() -> None:
    made = {StandIns(b"key").number(number) for number in range(100_000, 120_000)}
    assert len(made) == 20_000


def test_the_generator_knows_every_kind_of_field() -> None:
    kinds = {kind for received in reachable() for field in fields(received).values() for kind in field.kinds}
    assert {kind for kind in kinds if not issubclass(kind, TLObject)} == {str, int, bytes, float, bool, datetime}


def test_marks_belong_to_the_letters_before_them() -> None:
    standins = StandIns(b"k" * 16)
    for text in ("हिन्दी किशोर कुमारी", "Йо́лка é", "مُحَمَّد"):
        made = standins.text(text)
        assert utf16_length(made) == utf16_length(text)
        assert [char.isspace() for char in made] == [char.isspace() for char in text]
        kept = [a for a, b in zip(text, made, strict=True) if a == b and not a.isspace()]
        assert len(kept) <= 2  # by chance
    first, _, third = standins.text("किशोर x किरण").split()
    assert first[0] != third[0]  # the whole word decides, not each letter
    assert standins.text("❤️") == "❤️"


def test_eight_times_the_lines_are_eight_times_the_work() -> None:
    assert _calls_for(800) < 9 * _calls_for(100)


def _calls_for(count: int) -> int:
    """How many functions are called to redact so many messages and results of jobs."""
    lines: list[AnyLine] = []
    for number in range(count):
        message = types.Message(100_000 + number, types.PeerUser(100_001), date=BEGINNING, message="Hello")
        packet = types.Updates([types.UpdateNewMessage(message, 1, 1)], [], [], None, 0)
        key, job = f"m:100001:{message.id}", f"job:{number}"
        lines.append(Update(key=key, received_at=BEGINNING, packet=readable(packet), tl=bytes(packet)))
        for told, cause in ((key, f"update:{key}"), (job, job)):
            lines.append(
                Event(
                    id=len(lines),
                    key=told,
                    conversation="100001",
                    received_at=BEGINNING,
                    cause=cause,
                    status="done",
                    event={},
                )
            )
    calls = 0

    def count_one(_frame: object, _event: str, _what: object) -> None:
        nonlocal calls
        calls += 1

    redaction = Redaction(SECRET, vocabulary())
    sys.setprofile(count_one)
    try:
        list(redaction.redacted(lines))
    finally:
        sys.setprofile(None)
    return calls
