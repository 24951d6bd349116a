"""A database becomes a recording: everything that happened to some conversations, in order, a line each."""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from engine.core.clock import from_micros
from engine.core.errors import ConfigurationError
from engine.recording import lines
from engine.recording.beginnings import (
    NEVER,
    Beginning,
    Selection,
    beginnings,
    earliest,
    handled_before,
    placed,
    starts_of,
)
from engine.recording.files import write_lines
from engine.recording.house import Brought, HouseThen
from engine.recording.known import known_in
from engine.recording.lines import FORMAT, VERSION, AnyLine, Changed, Header, House, Json
from engine.recording.readable import readable
from engine.recording.redact import Redaction
from engine.recording.vocabulary import Vocabulary
from engine.store import outbox, recording
from engine.store.packing import unpacked
from engine.telegram.recorded import read_packet

CALLS = frozenset({"Send", "Edit", "Delete", "AnswerPress"})
"""The effects that are rows of the outbox."""


def export(path: Path, selection: Selection, now: datetime) -> Iterator[AnyLine]:
    """The lines of a recording, read from the database at `path` while it may be in use.

    Raises ConfigurationError where there is nothing of that selection, or no database.
    """
    with _opened(path) as db:
        yield from _exported(db, selection, now)


def _exported(db: sqlite3.Connection, selection: Selection, now: datetime) -> Iterator[AnyLine]:
    begun = beginnings(db, selection)
    if not begun:
        raise ConfigurationError("nothing is recorded of that")
    header = _header(db, selection, earliest(begun), now)
    yield header
    house = HouseThen(db, begun, header.zone)
    if (then := house.line()) is not None:
        yield then
    yield from starts_of(db, begun)
    yield from _Happened(db, begun, header, house).lines()


def _header(db: sqlite3.Connection, selection: Selection, first: Beginning, now: datetime) -> Header:
    row = db.execute("SELECT value FROM installation WHERE name = 'username'").fetchone()
    known = recording.settings_before(db, first.step_id)
    if known is None:
        raise ConfigurationError("no start of the bot is noted in this database: its settings are not known")
    settings = msgspec.json.decode(known)
    return Header(
        format=FORMAT,
        version=VERSION,
        bot="" if row is None else bytes(row[0]).decode(),
        exported_at=now,
        zone=settings["timezone"],
        redacted=False,
        settings=settings,
        until=selection.event,
    )


class _Happened:
    """The events, steps, calls and ledger lines of some conversations, merged: the order is that of the commits."""

    def __init__(
        self,
        db: sqlite3.Connection,
        begun: Sequence[Beginning],
        header: Header,
        house: HouseThen,
    ) -> None:
        self._db = db
        self._house = house
        self._begun = {one.conversation: one for one in begun}
        self._brought = deque(sorted([*house.changed(), *self._booked_ahead()], key=lambda one: one[:2]))
        self._first = min(one.event_id for one in begun)
        self._header = header
        self._zone = header.zone
        self._restarts = deque(recording.settings_since(db, earliest(begun).step_id))
        self._last = last = header.until
        self._last_step, self._newest_at_the_end = (None, 0) if last is None else _last_step(db, last)
        self._at_the_end = None if self._last_step is None else _handled_at(db, begun, self._last_step)
        self._told: set[str] = set()
        self._shown = {event_id for one in self._begun.values() for event_id in one.waiting}

    def lines(self) -> Iterator[AnyLine]:
        """All of them."""
        steps = _Ahead(
            self._db.execute(
                "SELECT newest_id, id, event_id, conversation, at, outcome, state, memory, effects, seen"
                " FROM steps ORDER BY id"
            )
        )
        for row in self._db.execute(
            "SELECT id, key, conversation, received_at, cause, status, event, message_id, tries FROM inbox ORDER BY id"
        ):
            while steps.row is not None and steps.row[0] < row[0]:
                yield from self._step(steps.take())
            if self._has(row):
                yield from self._event(row)
            elif not self._is_after_the_end(row[0]):
                yield from self._spent_elsewhere(row)
                yield from self._came_elsewhere(row)
        while steps.row is not None:
            yield from self._step(steps.take())
        if self._last is None:
            yield from self._until(NEVER, is_after=True)

    def _has(self, row: Any) -> bool:
        beginning = self._begun.get(row[2])
        if beginning is None or row[0] < beginning.event_id or row[0] in beginning.before:
            return False
        return self._last is None or row[0] <= self._last or self._led_to_the_end(row[0])

    def _led_to_the_end(self, event_id: int) -> bool:
        """Whether an event was handled before the last one, which had come earlier and waited."""
        found = self._db.execute("SELECT 1 FROM steps WHERE event_id = ? AND id <= ?", (event_id, self._last_step or 0))
        return found.fetchone() is not None

    def _is_after_the_end(self, event_id: int) -> bool:
        return self._last is not None and event_id > max(self._last, self._newest_at_the_end)

    def _spent_elsewhere(self, row: Any) -> Iterator[Changed]:
        """What a job that is not in the recording has booked counts against the same limits, and in the figures."""
        id_, key, _, _, cause, *_ = row
        if key == cause and cause.startswith("job:") and id_ >= self._first:
            for _, line in self._ledger("job = ? AND at_end", cause.removeprefix("job:")):
                if (ours := self._house.charged(line)) is not None:
                    yield Changed(name="ledger", row=ours)

    def _came_elsewhere(self, row: Any) -> Iterator[Changed]:
        if self._house.elsewhere is not None and row[2] not in self._begun:
            yield from self._house.elsewhere.came(row[0])

    def _event(self, row: Any) -> Iterator[AnyLine]:
        id_, key, conversation, received_at, cause, status, event, message_id, tries = row
        kind, _, name = cause.partition(":")
        if kind == "job" and key == cause:
            for _, line in self._ledger("job = ? AND at_end", name):
                yield lines.Ledger(key=line["key"], job=line["job"], line=line)
        if kind == "update":
            yield from self._update(name)
        self._shown.add(id_)
        yield lines.Event(
            id=id_,
            key=key,
            conversation=conversation,
            received_at=from_micros(received_at),
            cause=cause,
            status=status if self._at_the_end is None else self._at_the_end.get(id_, "pending"),
            event=msgspec.json.decode(event),
            message_id=message_id,
            tries=tries,
        )

    def _update(self, key: str) -> Iterator[AnyLine]:
        row = self._db.execute("SELECT received_at, packet FROM recorded_updates WHERE key = ?", (key,)).fetchone()
        if row is None or key in self._told:
            return
        self._told.add(key)
        tl = unpacked(row[1])
        yield lines.Update(key=key, received_at=from_micros(row[0]), packet=readable(read_packet(tl)), tl=tl)

    def _booked_ahead(self) -> Iterator[Brought]:
        """What was booked before its job had ended, or for none."""
        for step, line in self._ledger("NOT at_end AND step >= ?", self._house.first_step):
            if line["conversation"] in self._begun:
                yield Brought(step, True, lines.Ledger(key=line["key"], job=line["job"], line=line, is_ahead=True))
            elif (ours := self._house.charged(line)) is not None:
                yield Brought(step, True, Changed(name="ledger", row=ours))

    def _ledger(self, where: str, *values: str | int) -> Iterator[tuple[int, Json]]:
        """(the newest step then, the line)."""
        cursor = self._db.execute(f"SELECT * FROM ledger WHERE {where} ORDER BY id", values)  # noqa: S608 - our own words
        names = [column[0] for column in cursor.description]
        for row in cursor:
            line: Json = dict(zip(names, row, strict=True))
            del line["id"]
            yield line["step"], placed(line)

    def _step(self, row: Any) -> Iterator[AnyLine]:
        id_ = row[1]
        if self._last_step is not None and id_ > self._last_step:
            return  # what waited for its turn came after the end
        yield from self._until(id_, is_after=False)
        yield from self._taken(row)
        if id_ != self._last_step:
            yield from self._until(id_, is_after=True)

    def _until(self, step_id: int, *, is_after: bool) -> Iterator[AnyLine]:
        """What others have brought about, as far as it stands before or (`is_after`) right after this step."""
        while self._brought and self._brought[0][:2] <= (step_id, is_after):
            yield self._brought.popleft().line

    def _taken(self, row: Any) -> Iterator[AnyLine]:
        _, id_, event_id, conversation, at, outcome, state, memory, effects, seen = row
        beginning = self._begun.get(conversation)
        if beginning is None and self._house.elsewhere is not None:
            yield from self._house.elsewhere.stepped(id_, event_id, conversation, at, outcome)
        if beginning is None or id_ < beginning.step_id or event_id not in self._shown:
            return
        yield from self._restarted(id_)
        yield lines.Step(
            event_id=event_id,
            conversation=conversation,
            at=from_micros(at),
            outcome=outcome,
            state=state,
            memory=msgspec.json.decode(unpacked(memory)),
            effects=effects,
            seen=msgspec.json.decode(seen) if seen else {},
        )
        yield from self._called(event_id, at, sum(name in CALLS for name in effects.split()))

    def _restarted(self, step_id: int) -> Iterator[Header | House]:
        """The header again, with the settings that this step was taken with, where they are others than before. Where
        days begin otherwise, what had been spent before the recording counts anew."""
        known = None
        while self._restarts and self._restarts[0][0] < step_id:
            _, known = self._restarts.popleft()
        if known is not None:
            settings = msgspec.json.decode(known)
            before, self._zone = self._zone, settings["timezone"]
            yield msgspec.structs.replace(self._header, settings=settings, zone=self._zone)
            if self._zone != before:
                yield self._house.in_zone(self._zone)

    def _called(self, event_id: int, at: int, count: int) -> Iterator[AnyLine]:
        if not count:
            return
        rows = self._db.execute(
            "SELECT cause, conversation, chat_id, effect, status, created_at, ref, message_id, error, sent_at"
            " FROM outbox WHERE created_at = ? AND cause LIKE ? ORDER BY id LIMIT ?",
            (at, f"{event_id}/%", count),
        )
        for cause, conversation, chat_id, effect, status, created_at, ref, message_id, error, sent_at in rows:
            yield lines.Outbox(
                cause=cause,
                conversation=conversation,
                chat_id=chat_id,
                effect=msgspec.json.decode(effect),
                status=status,
                created_at=from_micros(created_at),
                ref=ref,
                message_id=message_id,
                error=error,
                sent_at=None if sent_at is None else from_micros(sent_at),
            )


def _last_step(db: sqlite3.Connection, event_id: int) -> tuple[int | None, int]:
    """The last step that was made of an event, and the newest event then."""
    query = "SELECT id, newest_id FROM steps WHERE event_id = ? ORDER BY id DESC LIMIT 1"
    return db.execute(query, (event_id,)).fetchone() or (None, 0)


def _handled_at(db: sqlite3.Connection, begun: Iterable[Beginning], last_step: int) -> dict[int, str]:
    """The status of each event that anybody had looked at, right after a step."""
    found = {k: v for one in begun for k, v in handled_before(db, one.conversation, last_step + 1).items()}
    return {id_: "pending" if outcome == "put back" else outcome for id_, outcome in found.items()}


class _Ahead:
    """A cursor whose next row can be looked at before it is taken."""

    def __init__(self, cursor: sqlite3.Cursor) -> None:
        self._cursor = cursor
        self.row: Any = cursor.fetchone()

    def take(self) -> Any:
        """The row; the next one is then ahead."""
        row, self.row = self.row, self._cursor.fetchone()
        return row


def write_recording(
    file: Path,
    selection: Selection,
    database: Path,
    now: datetime,
    *,
    redact: Vocabulary | None = None,
) -> int:
    """Writes a recording of a database to a file; how many lines it has. With `redact`, the vocabulary of
    whoever's actors these are, stand-ins take the place of everything else.

    Raises ConfigurationError where there is nothing of that selection, and where the file is the database.
    """
    whole = database.resolve()
    if file.resolve() in (whole, *(whole.with_name(f"{whole.name}{end}") for end in ("-wal", "-shm"))):
        raise ConfigurationError(f"{file} is the bot's database: name another file")
    with _opened(database) as db:
        told = _exported(db, selection, now)
        if redact is not None:
            known = known_in(_exported(db, selection, now))
            told = Redaction(outbox.installation_secret(db), redact, known).redacted(told)
        return write_lines(file, told)


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """The database, to be read: one view of the whole, whatever the bot does meanwhile. Raises ConfigurationError where
    there is none."""
    if not path.is_file():
        raise ConfigurationError(f"DATABASE_PATH={path}: there is no such file")
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as db:
        try:
            db.execute("BEGIN")
            yield db
        except sqlite3.DatabaseError as error:
            raise ConfigurationError(f"DATABASE_PATH={path} is not a usable database: {error}") from error
