"""What stays in redacted recordings so that they come out the same: commands' own words, others' actors' words."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.desk.wording import limit_typed
from actors.vocabulary import vocabulary
from engine.recording.beginnings import Selection
from engine.recording.export import write_recording
from engine.recording.files import read_lines, write_lines
from engine.recording.lines import FORMAT, AnyLine, Event, Header, House, Ledger, Step, encode
from engine.recording.redact import Redaction
from engine.recording.standins import StandIns
from engine.recording.vocabulary import Vocabulary, vocabulary_of
from engine.replay.cast import own_actors
from engine.replay.compare import first_difference
from engine.replay.run import replaying
from engine.replay.script import Script
from engine.replay.sides import beside
from engine.sandbox.time import BEGINNING
from engine.testing import replay, sandbox
from engine.testing.chat import BotUnderTest, Someone, quiet

pytestmark = pytest.mark.anyio

SECRET = b"the installation's own secret..."
PERSON, CHAT = 123_456_789, -1_001_234_567_890
EXAMPLE = Path(__file__).parents[2] / "examples" / "echo_actor"


def redacted_event(event: dict[str, Any], of: Vocabulary | None = None) -> dict[str, Any]:
    """An event that no update came with; of somebody else's actors, with their vocabulary."""
    line = Event(id=1, key="k", conversation="1", received_at=BEGINNING, cause="", status="done", event=event)
    (redacted,) = Redaction(SECRET, of or vocabulary()).redacted([line])
    assert isinstance(redacted, Event)
    assert redacted.event is not None
    return redacted.event


def commanded(command: str, argument: str, **more: Any) -> str:
    """What the argument has become at the desk."""
    told = redacted_event({"type": "DeskCommanded", "command": command, "argument": argument, **more})
    assert told["command"] == command
    return str(told["argument"])


def number(of: int) -> int:
    """The stand-in of an id elsewhere."""
    return int(redacted_event({"type": "Whatever", "person": {"id": of}})["person"]["id"])


@pytest.mark.parametrize(
    ("argument", "after"),
    [
        (f"person {PERSON} day 0.0001", f"person {number(PERSON)} day 0.0001"),
        (f"PERSON:{PERSON}  Month  $2,50", f"PERSON:{number(PERSON)}  Month  $2,50"),
        (f"chat {CHAT} once 1e3", f"chat {number(CHAT)} once 1e3"),
        ("person 42 month OFF", "person 42 month OFF"),
        ("role guest month .5", "role guest month .5"),
        ("bot day 10", "bot day 10"),
        ("cheaper off", "cheaper off"),
        ("cheaper", "cheaper"),
    ],
)
def test_what_limits_was_told_stays_and_ids_have_their_stand_ins(argument: str, after: str) -> None:
    assert commanded("limits", argument) == after
    assert redacted_event({"text": f"/limits {argument}"})["text"] == f"/limits {after}"
    assert redacted_event({"text": f"/LIMITS@gptbot {argument}"})["text"].endswith(f" {after}")
    received = redacted_event({"type": "CommandReceived", "name": "limits", "argument": argument})
    assert (received["name"], received["argument"]) == ("limits", after)


@pytest.mark.parametrize(
    "argument",
    [
        "person Quokka day 5",
        "person 42 day Quokka",
        "bot day 5 Quokka",
        "role Quokka day 5",
        "bot day 79161234567",
        "bot day 5.79161234567",
        "Quokka",
        "cheaper Quokka Zanzibar",
    ],
)
def test_what_limits_does_not_want_has_stand_ins(argument: str) -> None:
    made = commanded("limits", argument)
    assert [secret for secret in ("Quokka", "Zanzibar", "79161234567") if secret in made] == []
    assert _is_limit(made) == _is_limit(argument)


def _is_limit(argument: str) -> bool:
    try:
        limit_typed(argument.split())
    except ValueError:
        return False
    return True


def test_other_commands_keep_what_they_understand() -> None:
    assert commanded("stat", "last_week") == "last_week"
    assert commanded("users", f"{PERSON}") == f"{number(PERSON)}"
    assert commanded("setlimit", f"7:person:{PERSON}:month:5", query_id=1) == f"7:person:{number(PERSON)}:month:5"
    assert redacted_event({"text": "/start inv_Quokka"})["text"].startswith("/start inv_")
    told = [commanded(command, "Quokka of Zanzibar") for command in ("broadcast", "users", "setmodel", "stat", "reply")]
    told += [
        redacted_event({"text": f"/{name} Quokka Zanzibar"})["text"] for name in ("start", "img", "стоп", "quokka")
    ]
    assert [one for one in told if "uokka" in one or "anzibar" in one] == []
    assert redacted_event({"text": "/стоп"})["text"] == "/стоп"


async def test_what_admins_have_typed_has_the_same_effect_once_redacted(
    alice: Someone, admin: Someone, bot: BotUnderTest
) -> None:
    await bot.is_started_by(admin)
    await bot.is_started_by(alice)
    for order in (f"person {alice.id} day 0", "bot month 2.50", "role guest once off", "nonsense"):
        await admin.says(f"/limits {order}")
        await bot.next_message(admin)
        await quiet()
    await alice.says("Hello")
    await bot.next_message(alice)
    await quiet()
    lines = list(Redaction(SECRET, vocabulary()).redacted(bot.recorded()))
    assert str(alice.id).encode() not in b"".join(map(encode, lines))
    async with replaying(Script(lines), own_actors) as replayed:
        difference = await first_difference(replayed)
        limits = await replayed.database.read(
            lambda db: db.execute("SELECT scope, period, limit_nanousd FROM budgets ORDER BY scope").fetchall()
        )
    assert difference is None, "\n".join(beside(difference))
    assert limits == [("bot", "month", 2_500_000_000), (f"person:{number(alice.id)}", "day", 0)]


async def test_what_goes_to_everybody_goes_in_the_same_order_once_redacted(tmp_path: Path) -> None:
    file = tmp_path / "all.jsonl"
    async with sandbox(people=45) as house:
        await house.bot.is_started_by(house.admin, *house.people)
        await house.admin.says("/broadcast Quokka")
        await house.bot.says("Quokka", to=house.admin)
        await house.bot.says("This goes to 46 people", to=house.admin)
        await house.admin.presses("📣 Send to 46")
        await house.bot.waits(hours=0.1)
        write_recording(file, Selection(), house.bot.settings.database_path, BEGINNING, redact=vocabulary())
        lines = house.bot.recorded()
    assert "Quokka" not in file.read_text("utf-8")
    async with replaying(Script(read_lines(file)), own_actors) as replayed:
        difference = await first_difference(replayed)
    assert difference is None, "\n".join(beside(difference))
    async with replaying(Script(Redaction(SECRET, vocabulary()).redacted(lines)), own_actors) as replayed:
        assert await first_difference(replayed) is not None, "there was no order to keep"


@given(st.sets(st.integers(100_000, 2**63 - 1)))
def test_the_order_is_all_that_ordered_stand_ins_tell(ids: set[int]) -> None:
    free, ordered = StandIns(b"key"), StandIns(b"key")
    ordered.keep_order(ids)
    made = [ordered.number(one) for one in sorted(ids)]
    assert made == sorted(map(free.number, ids))
    assert [ordered.text(f"{one}") for one in sorted(ids) if one < 10**18] == [f"{one}" for one in made if one < 10**18]
    assert ordered.number(-1_001_234_567_890) == free.number(-1_001_234_567_890)


# ── others' actors ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def echo(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The example, as somebody has it who has written it."""
    monkeypatch.syspath_prepend(EXAMPLE)
    yield importlib.import_module("echo")
    del sys.modules["echo"]


async def echoed(echo: Any) -> list[AnyLine]:
    """A recording of it."""
    async with sandbox(cast=echo.cast) as house:
        await house.alice.says("Quokka")
        await house.bot.says("1. Quokka")
        await house.alice.says("/slowly Zanzibar")
        await house.bot.says("Zanzibar")
        return house.bot.recorded()


async def test_a_recording_of_others_actors_can_be_replayed_once_redacted(echo: Any, tmp_path: Path) -> None:
    lines = await echoed(echo)
    redacted = list(Redaction(SECRET, vocabulary_of("echo")).redacted(lines))
    written = b"".join(map(encode, redacted)).decode()
    assert [secret for secret in ("Quokka", "Zanzibar", "Alice") if secret in written] == []
    write_lines(tmp_path / "echo.jsonl", redacted)
    async with replay(tmp_path / "echo.jsonl", cast=echo.cast) as replayed:
        assert replayed.is_as_recorded, str(replayed)


MOODS = """
from datetime import datetime
from enum import StrEnum
from typing import Literal
import msgspec

class Mood(StrEnum):
    GLAD = "xyzzyglad"

class Woken(msgspec.Struct, tag="xyzzywoken"):
    mood: Mood | None
    wanted: Literal["xyzzyzone"]
    woken: list[datetime]
    said: str
"""


def test_others_fields_of_names_and_of_moments_are_known_by_their_types(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "xyzzymoods").mkdir()
    (tmp_path / "xyzzymoods" / "__init__.py").write_text("")
    (tmp_path / "xyzzymoods" / "events.py").write_text(MOODS)
    monkeypatch.syspath_prepend(tmp_path)
    at = "2026-11-24T09:00:00Z"
    told = {"type": "xyzzywoken", "mood": "xyzzyglad", "wanted": "xyzzyzone", "woken": [at], "said": "xyzzyglad"}
    line = Event(id=1, key="k", conversation="1", received_at=BEGINNING, cause="", status="done", event=told)
    (redacted,) = Redaction(SECRET, vocabulary_of("xyzzymoods")).redacted([line])
    assert isinstance(redacted, Event)
    assert redacted.event is not None
    assert redacted.event | {"said": ""} == told | {"said": ""}
    assert redacted.event["said"] != "xyzzyglad"
    (unknown,) = Redaction(SECRET).redacted([line])
    assert b"xyzzy" not in encode(unknown)


ANSWERS = """
from datetime import date, datetime
from typing import Literal
import msgspec

class Decided(msgspec.Struct, tag="xyzzydecided"):
    text: Literal["yes", "no"]
    level: Literal[250001, 7]
    name: datetime
    day: date

class Told(msgspec.Struct, tag="xyzzytold"):
    text: str
    level: int
"""


def test_others_choice_does_not_open_a_field_that_others_write_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "xyzzyanswers.py").write_text(ANSWERS)
    monkeypatch.syspath_prepend(tmp_path)
    others = vocabulary_of("xyzzyanswers")
    assert others.names == frozenset()
    assert others.moments == {"day"}, "a person has a name, too"
    chosen = {"type": "xyzzydecided", "text": "yes", "level": 250_001, "day": "2026-11-24"}
    assert redacted_event(chosen, others) == chosen
    told = redacted_event({"type": "xyzzytold", "text": "code 4711 stop yes", "level": 250_002}, others)
    assert [secret for secret in ("4711", "stop", "yes", "code") if secret in told["text"]] == []
    assert told["level"] != 250_002
    assert redacted_event({"name": "2026-11-24T09:00:00Z"}, others)["name"] != "2026-11-24T09:00:00Z"


CODES = """
import msgspec
from engine.core.events import Event
from engine.core.files import Attachment
from engine.core.styled import Styled

class Details(msgspec.Struct):
    code: str
    found: list[str] = []
    counts: dict[str, int] = {}

class AnswerFailed(Event, frozen=True, kw_only=True):
    reason: str
    ref: str = ""

class Told(Event, frozen=True, kw_only=True):
    code: str
    what: str
    details: Details | None = None
    unread: list[tuple[str, str]] = []
    start: int = 0
    file: Attachment | None = None
    shown: Styled | None = None

class Memory(msgspec.Struct, omit_defaults=True):
    key: str
    state: str = "listening"
    wanted: Details | None = None
    standing: str = ""
"""


@pytest.fixture
def codes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Others' actors whose fields are called as some of our own are, and hold what people write."""
    (tmp_path / "xyzzycodes.py").write_text(CODES)
    monkeypatch.syspath_prepend(tmp_path)
    yield importlib.import_module("xyzzycodes")
    del sys.modules["xyzzycodes"]


def anybodys() -> list[Vocabulary]:
    """What an export of their recording may be redacted with."""
    theirs = vocabulary_of("xyzzycodes")
    return [Vocabulary(), theirs, vocabulary(), vocabulary() | theirs]


FILE = {"kind": "voice", "message_id": 7, "file_id": 5_000_000_000, "access_hash": 1}


@pytest.mark.usefixtures("codes")
def test_what_people_write_is_in_no_field_of_others_that_is_called_as_one_of_ours() -> None:
    at = "2026-11-24T09:00:00Z"
    details = {"code": "4711", "found": ["stop at 4711"], "counts": {"4711": 1}}
    said = {"code": "4711 stop", "what": "answer 4711", "details": details, "unread": [["stop 4711", "4711"]]}
    told = {"type": "Told", "at": at, **said, "start": 79_161_234_567}
    memory = {"key": "42", "state": "listening", "wanted": details, "standing": "stop 4711"}
    for vocabulary_then in anybodys():
        event = redacted_event(told, vocabulary_then)
        failed = redacted_event(
            {"type": "AnswerFailed", "at": at, "reason": "stop 4711", "ref": "a:1"}, vocabulary_then
        )
        step = Step(event_id=1, conversation="42", at=BEGINNING, outcome="done", state="x", memory=memory, effects="")
        rows = {"jobs": [{"job_order": {"code": "4711 stop"}}], "preferences": [{"value": {"code": "stop 4711"}}]}
        line = House(rows=rows)
        remembered, row = Redaction(SECRET, vocabulary_then).redacted([step, line])
        written = f"{event} {encode(remembered)!r} {encode(row)!r}"
        if vocabulary_then.others or not vocabulary_then.own:
            written += f"{failed}"  # where theirs are not told, it may be ours
        assert [secret for secret in ("4711", "stop", "79161234567") if secret in written] == []
        assert event["at"] == at


@pytest.mark.usefixtures("codes")
def test_what_the_engine_gives_to_others_keeps_its_names() -> None:
    for vocabulary_then in anybodys()[1::2]:
        told = {"type": "Told", "at": "2026-11-24T09:00:00Z", "code": "", "what": "", "file": FILE}
        told |= {"shown": {"text": "Quokka", "marks": [["bold", 0, 6]]}}
        event = redacted_event(told, vocabulary_then)
        assert event["file"]["kind"] == "voice"
        assert event["shown"]["marks"] == [["bold", 0, 6]]
        failed = {"type": "AnswerFailed", "at": "2026-11-24T09:00:00Z", "reason": "", "ref": "answer:12"}
        assert redacted_event(failed, vocabulary_then) == failed
        memory = {"key": "42", "state": "listening"}
        step = Step(event_id=1, conversation="42", at=BEGINNING, outcome="done", state="x", memory=memory, effects="")
        (remembered,) = Redaction(SECRET, vocabulary_then).redacted([step])
        assert isinstance(remembered, Step)
        assert remembered.memory == memory


TUNED = "ft:gpt-4.1:acme-corp:annas-divorce:Bx12"


def test_a_fine_tuned_model_keeps_its_base_and_is_the_same_everywhere() -> None:
    header = Header(
        format=FORMAT,
        version=1,
        bot="b",
        exported_at=BEGINNING,
        zone="UTC",
        redacted=False,
        settings={"openai_model": TUNED, "openai_models": ["gpt-5.1", TUNED]},
    )
    event = {"type": "ButtonPressed", "button": f"desk:allow:2:{TUNED}", "text": TUNED, "model": TUNED}
    lines: list[AnyLine] = [
        header,
        Ledger(key="k", job="1", line={"model": TUNED, "price_source": "prices.toml: OpenAI"}),
        Event(id=1, key="k", conversation="1", received_at=BEGINNING, cause="", status="done", event=event),
    ]
    first, second, third = Redaction(SECRET, vocabulary()).redacted(lines)
    assert isinstance(first, Header)
    assert isinstance(second, Ledger)
    assert isinstance(third, Event)
    standin = first.settings["openai_model"]
    assert standin.startswith("ft:gpt-4.1:")
    assert [word for word in ("acme", "corp", "anna", "divorce", "Bx", "12") if word in standin] == []
    assert first.settings["openai_models"] == ["gpt-5.1", standin]
    assert second.line == {"model": standin, "price_source": "prices.toml: OpenAI"}
    assert third.event == event | {"button": f"desk:allow:2:{standin}", "text": standin, "model": standin}
    (alone,) = Redaction(SECRET, vocabulary()).redacted([lines[1]])
    assert b"acme" not in encode(alone)


def test_what_was_seen_outside_has_stand_ins() -> None:
    seen = {"is_admin:-100123456:42": True, "mood": "Quokka is sad", "phone": 79_161_234_567, "nothing": None}
    step = Step(
        event_id=1, conversation="1", at=BEGINNING, outcome="done", state="idle", memory={}, effects="", seen=seen
    )
    (redacted,) = Redaction(SECRET, vocabulary()).redacted([step])
    assert isinstance(redacted, Step)
    assert [value for value in redacted.seen.values() if isinstance(value, bool | None)] == [True, None]
    assert b"Quokka" not in encode(redacted)
    assert b"79161234567" not in encode(redacted)


def test_why_a_file_could_not_be_used_stays_and_its_name_does_not() -> None:
    told = redacted_event({"type": "AnswerReady", "unread": [["corrupt", "Quokka.pdf"], ["encrypted", "Zanzibar"]]})
    ((first, name), (second, other)) = told["unread"]
    assert (first, second) == ("corrupt", "encrypted")
    assert name.endswith(".pdf")
    assert "Quokka" not in name
    assert other != "Zanzibar"


def test_a_city_stays_only_where_it_is_all_that_somebody_has_written() -> None:
    assert redacted_event({"text": "Buenos Aires "})["text"] == "Buenos Aires "
    assert redacted_event({"text": "europe/moscow"})["text"] == "europe/moscow"
    kept = redacted_event({"text": "I live in Moscow", "name": "Sydney", "words": "Moscow"})
    assert [city for city in ("Moscow", "Sydney") if city in str(kept)] == []


def test_days_stay_where_the_actors_have_them_only() -> None:
    kept: dict[str, Any] = {"checked_on": "2026-11-24", "stored_on": "2026-11-24", "day": "2026-11-24"}
    kept |= {"out_since": "2026-11-24T09:00:00Z"}
    kept |= {"muted": {"outage": "2026-11-24T09:00:00Z"}, "zone": "America/Argentina/Buenos_Aires"}
    assert redacted_event(kept) == kept
    assert redacted_event({"text": "2026-11-24", "date": "1990-01-24"}) != {"text": "2026-11-24", "date": "1990-01-24"}
    assert "1990" not in redacted_event({"date": "1990-01-24"})["date"]
