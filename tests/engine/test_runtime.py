"""The runtime with actors of another house: a counter that can be told to fail, to wait, to work and to ring."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import msgspec
import pytest

from engine.core.budget import Period
from engine.core.chart import Outcome
from engine.core.clock import Clock
from engine.core.decrees import SetLimit
from engine.core.effects import ClearTimer, Effect, Post, Send, SetTimer, StartJob, StopJob
from engine.core.events import Event, TimedOut
from engine.core.ledger import LedgerLine
from engine.core.moment import Unseen, present
from engine.core.styled import Styled
from engine.runtime.actors import QUESTIONS_MOST
from engine.runtime.behaviour import Behaviours, Cast, Job, JobResult
from engine.runtime.engine import Engine
from engine.runtime.janitor import Janitor
from engine.store import ledger, outbox
from engine.store.database import Database, open_database
from engine.store.inbox import Arrival
from engine.testing import sandbox
from engine.testing.chat import quiet
from tests.house import rows

pytestmark = pytest.mark.anyio


class Told(Event, frozen=True, kw_only=True):
    """Somebody told the counter something: "later a:1" stands in the queue "later a"."""

    word: str

    @property
    def queue(self) -> str:
        return self.word.partition(":")[0] if ":" in self.word else ""


class Worked(Event, frozen=True, kw_only=True):
    """A job has ended."""

    how: str


class Counter(msgspec.Struct, frozen=True):
    """What it remembers."""

    key: str
    state: str = "open"
    thread: int = 1
    seen: tuple[str, ...] = ()


class CounterBehaviour:
    """Does what it is told, and remembers it."""

    memory_type = Counter
    event_types: Any = Told | Worked | TimedOut

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.broken = False
        self.is_sorry = True
        self.crowning = (SetLimit(scope="king", period=Period.DAY, limit_nanousd=1),)

    def new(self, conversation: str) -> Counter:
        return Counter(conversation)

    def look(self, db: sqlite3.Connection, memory: Counter, event: Event, event_id: int) -> int:
        return event_id

    def react(self, memory: Counter, event: Event, context: Any) -> Outcome[Counter]:
        word = event.word if isinstance(event, Told) else type(event).__name__
        if word == "fail" and self.broken:
            raise RuntimeError("told to fail")
        if memory.state in ("shut", "ajar") and word.startswith("later"):
            return Outcome(memory, postponed=True)
        state = {"shut": "shut", "ajar": "ajar", "open": "open"}.get(word, memory.state)
        seen = (*memory.seen, event.how if isinstance(event, Worked) else word)
        return Outcome(msgspec.structs.replace(memory, state=state, seen=seen), self._effects(word, context))

    def _effects(self, word: str, event_id: int) -> tuple[Effect, ...]:
        match word.split():
            case ["work", kind]:
                return (StartJob(job=f"{event_id}", kind=kind, order=msgspec.Raw(b"{}")),)
            case ["stop", job]:
                return (StopJob(job=job),)
            case ["ring", seconds]:
                return (SetTimer(timer="bell", due=self.clock() + timedelta(seconds=int(seconds))),)
            case ["hush"]:
                return (ClearTimer(timer="bell"),)
            case ["tell", other]:
                return (Post(conversation=other, key=f"post:{event_id}", event=Told(at=self.clock(), word="hi")),)
            case ["crown"]:
                return (Send(content=Styled("half of it")), *self.crowning)
            case ["say", *words]:
                return (Send(content=Styled(" ".join(words))),)
        return ()

    def apologise(self, memory: Counter, event: Event | None, context: Any) -> Outcome[Counter]:
        return Outcome(memory, (Send(content=Styled("sorry")), *(() if self.is_sorry else self.crowning)))


class Office(CounterBehaviour):
    """An actor without a chat of its own: it speaks in those of others."""

    def _effects(self, word: str, event_id: int) -> tuple[Effect, ...]:
        return (Send(to=word, content=Styled("from the office")),)


class Slow:
    """Works for a minute; stops when it is stopped; books a line."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.begun: list[int] = []

    async def run(self, job: Job) -> JobResult:
        self.begun.append(job.attempt)
        with job.stoppable():
            await anyio.sleep(60)
        how = "stopped" if job.stopping else "done"
        line = LedgerLine(key=f"r{job.id}", at=self.clock(), person_id=1, conversation="1", job=job.id, model="m")
        return JobResult(Worked(at=self.clock(), how=how), [line, line])

    async def crashed(self, job: Job) -> JobResult:
        return JobResult(Worked(at=self.clock(), how="crashed"))


class Broken(Slow):
    """Raises whenever it is begun."""

    async def run(self, job: Job) -> JobResult:
        self.begun.append(job.attempt)
        raise RuntimeError("told to break")


class House:
    """An engine with counters, on one database; can be left and entered again."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self.path = path
        self.clock = clock
        self.behaviour = CounterBehaviour(clock)
        self.office = Office(clock)
        self.slow = Slow(clock)
        self.broken = Broken(clock)
        self.database: Database
        self.engine: Engine
        self.told = 0
        self.filled: list[int] = []

    @asynccontextmanager
    async def open(self) -> AsyncIterator[House]:
        async with open_database(self.path, durable=False) as database, anyio.create_task_group() as tasks:
            self.database = database
            bodies = {"slow": self.slow, "broken": self.broken}
            self.engine = Engine(
                database,
                Behaviours(self.behaviour, office=self.office),
                bodies,
                Janitor(database, {}, self.clock),
                self.filled.append,
                self.clock,
                tasks,
            )
            await self.engine.start()
            yield self
            tasks.cancel_scope.cancel()

    async def tell(self, *words: str, to: str = "1") -> None:
        arrivals = []
        for word in words:
            self.told += 1
            arrivals.append(Arrival(f"t{self.told}", to, Told(at=self.clock(), word=word)))
        await self.engine.accept(arrivals)

    async def rest(self, seconds: float = 0) -> None:
        await anyio.sleep(seconds)
        await quiet()

    async def seen(self, key: str = "1") -> list[str]:
        query = "SELECT memory FROM conversations WHERE key = ?"
        row = await self.database.read(lambda db: db.execute(query, (key,)).fetchone())
        return list(msgspec.json.decode(row[0])["seen"]) if row else []

    async def rows(self, query: str) -> list[Any]:
        return await self.database.read(lambda db: db.execute(query).fetchall())


@pytest.fixture
async def house(tmp_path: Path, clock: Clock) -> House:
    return House(tmp_path / "engine.db", clock)


async def test_events_are_handled_in_the_order_in_which_they_came(house: House) -> None:
    async with house.open():
        words = [f"w{number}" for number in range(50)]
        await house.tell(*words)
        await house.rest()
        assert await house.seen() == words


async def test_the_same_event_twice_is_handled_once(house: House) -> None:
    async with house.open():
        arrival = Arrival("same", "1", Told(at=house.clock(), word="once"))
        await house.engine.accept([arrival, arrival])
        await house.engine.accept([arrival])
        await house.rest()
        assert await house.seen() == ["once"]


async def test_what_is_postponed_comes_back_first_and_in_order_when_the_state_changes(house: House) -> None:
    async with house.open():
        await house.tell("shut", "later 1", "now", "later 2", "open", "after")
        await house.rest()
        assert await house.seen() == ["shut", "now", "open", "later 1", "later 2", "after"]


async def test_of_a_queue_only_the_first_is_looked_at_again(house: House) -> None:
    async with house.open():
        await house.tell("shut", "later a:1", "later b:1", "later a:2", "later", "later a:3", "open")
        await house.rest()
        assert (await house.seen())[2:] == ["later a:1", "later b:1", "later a:2", "later", "later a:3"]
        await house.tell("shut", "later c:1", "later c:2", "later c:3", "open", "shut")
        await house.rest()
        looks = "SELECT event_id, count(*) FROM steps WHERE event_id > 7 GROUP BY event_id ORDER BY event_id"
        assert [count for _, count in await house.rows(looks)] == [1, 2, 2, 2, 1, 1]


async def test_who_stays_in_a_queue_waits_for_whoever_is_before_them(house: House) -> None:
    async with house.open():
        await house.tell("shut", *(f"later a:{number}" for number in range(50)))
        for _ in range(20):
            await house.tell("ajar", "shut")
        await house.rest()
        steps = await house.rows("SELECT count(*) FROM steps WHERE outcome = 'postponed'")
        assert steps == [(50 + 2 * 20,)], "each once as it came, the first once more for each change of state"
        await house.tell("open")
        await house.rest()
        assert (await house.seen())[-50:] == [f"later a:{number}" for number in range(50)]


async def test_an_event_that_fails_twice_is_quarantined_told_and_passed_by(house: House) -> None:
    house.behaviour.broken = True
    async with house.open():
        await house.tell("before", "fail", "after")
        await house.rest()
        assert await house.seen() == ["before", "after"]
        rows = await house.rows("SELECT status, tries, error FROM inbox ORDER BY id")
        assert [row[0] for row in rows] == ["done", "quarantined", "done"]
        assert rows[1][2].startswith("RuntimeError at test_runtime.py:")
        assert "told to fail" not in rows[1][2], "an error's own words may hold a person's"
        (message,) = await house.database.read(partial(outbox.pending, chat_id=1))
        assert message.effect == Send(content=Styled("sorry"))


@pytest.mark.parametrize("is_sorry", [True, False])
async def test_what_can_not_be_written_down_is_quarantined_and_leaves_nothing(is_sorry: bool, house: House) -> None:
    house.behaviour.is_sorry = is_sorry
    async with house.open():
        await house.tell("before", "crown", "after")
        await house.rest()
        assert await house.seen() == ["before", "after"]
        assert await house.rows("SELECT status FROM inbox ORDER BY id") == [("done",), ("quarantined",), ("done",)]
        said = [one.effect for one in await house.database.read(partial(outbox.pending, chat_id=1))]
        assert said == [Send(content=Styled("sorry"))] * is_sorry


async def test_a_row_that_can_not_even_be_read_is_quarantined(house: House) -> None:
    async with house.open():
        await house.database.write(
            lambda db: db.execute(
                "INSERT INTO inbox (key, conversation, event, received_at) VALUES ('x', '1', '{\"type\":\"?\"}', 0)"
            )
        )
        await house.tell("after")
        await house.rest()
        assert await house.seen() == ["after"]


async def test_a_job_ends_in_one_event_and_books_each_call_once(house: House) -> None:
    async with house.open():
        await house.tell("work slow")
        await house.rest(61)
        assert await house.seen() == ["work slow", "done"]
        assert len(await house.rows("SELECT * FROM ledger")) == 1
        assert house.engine.jobs.open == 0


async def test_a_stopped_job_still_ends_in_one_event(house: House) -> None:
    async with house.open():
        await house.tell("work slow")
        await house.rest()
        await house.tell("stop 1", "stop 1")
        await house.rest()
        assert await house.seen() == ["work slow", "stop 1", "stop 1", "stopped"]


async def test_a_job_is_begun_again_after_a_restart(house: House) -> None:
    async with house.open():
        await house.tell("work slow")
        await house.rest(10)
    async with house.open():
        await house.rest(61)
        assert await house.seen() == ["work slow", "done"]
    assert house.slow.begun == [1, 2]


async def test_a_job_that_raises_twice_is_given_up_with_an_event(house: House) -> None:
    async with house.open():
        await house.tell("work broken")
        await house.rest()
        assert await house.seen() == ["work broken", "crashed"]
        assert len(house.broken.begun) == 2


async def test_a_timer_rings_when_it_is_due_even_after_a_restart(house: House) -> None:
    async with house.open():
        await house.tell("ring 100")
        await house.rest(50)
    async with house.open():
        await house.rest(40)
        assert await house.seen() == ["ring 100"]
        await house.rest(20)
        assert await house.seen() == ["ring 100", "TimedOut"]


async def test_a_timer_can_be_moved_and_forgotten(house: House) -> None:
    async with house.open():
        await house.tell("ring 10", "ring 100")
        await house.rest(50)
        assert "TimedOut" not in await house.seen()
        await house.tell("hush")
        await house.rest(100)
        assert "TimedOut" not in await house.seen()


async def test_an_actor_can_tell_another_one_something(house: House) -> None:
    async with house.open():
        await house.tell("tell 2")
        await house.rest()
        assert await house.seen("2") == ["hi"]


async def test_many_conversations_at_once_are_all_served_and_none_stays_in_memory(house: House) -> None:
    async with house.open():
        for number in range(1, 1001):
            await house.tell("a", "b", to=str(number))
        await house.rest()
        assert await house.rows("SELECT count(*) FROM inbox WHERE status <> 'done'") == [(0,)]
        assert house.engine.actors.busy == 0
        assert await house.seen("777") == ["a", "b"]


async def test_the_random_id_of_a_message_is_its_own_and_stays_with_it(house: House) -> None:
    async with house.open():
        await house.tell("say a", "say b", to="7")
        await house.rest()
        first = await house.database.read(partial(outbox.pending, chat_id=7))
    async with house.open():
        again = await house.database.read(partial(outbox.pending, chat_id=7))
    assert [row.random_id for row in first] == [row.random_id for row in again]
    assert len({row.random_id for row in first}) == 2


async def test_a_persons_spending_is_summed_by_model_and_since_a_moment(house: House, clock: Clock) -> None:
    def line(key: str, at: datetime, cost: int | None) -> LedgerLine:
        return LedgerLine(key=key, at=at, person_id=5, conversation="5", job="1", model="m", cost_nanousd=cost)

    async with house.open():
        now = clock()
        for booked in (line("a", now - timedelta(days=40), 7), line("b", now, 3), line("c", now, None)):
            await house.database.write(partial(ledger.book, line=booked))
        (all_time,) = await house.database.read(partial(ledger.spending, person_id=5))
        (today,) = await house.database.read(partial(ledger.spending, person_id=5, since=now - timedelta(days=1)))
    assert (all_time.calls, all_time.cost_nanousd, all_time.unpriced) == (3, 10, 1)
    assert (today.calls, today.cost_nanousd) == (2, 3)


async def test_an_actor_without_a_chat_speaks_in_those_of_others(house: House) -> None:
    async with house.open():
        await house.tell("42", "-100:7", to="office")
        await house.rest()
        assert await house.seen("office") == ["42", "-100:7"]
        rows = await house.rows("SELECT conversation, chat_id FROM outbox ORDER BY id")
        assert rows == [("42", 42), ("-100:7", -100)]
        assert house.filled == [42, -100]


class Curious(CounterBehaviour):
    """Needs to know what only others know."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.asked = 0
        self.answers = True
        self.forgets = False

    async def ask(self) -> None:
        """Notes the answer, unless nobody gives one."""
        self.asked += 1
        if not self.answers:
            raise RuntimeError("nobody is there")
        if self.forgets:
            return
        moment = present()
        assert moment is not None
        moment.seen["weather"] = "fine"

    def look(self, db: sqlite3.Connection, memory: Counter, event: Event, event_id: int) -> int:
        moment = present()
        assert moment is not None
        if "weather" not in moment.seen:
            raise Unseen(self.ask)
        return event_id


async def test_what_is_outside_is_asked_for_between_two_looks_and_kept_with_the_step(house: House) -> None:
    house.behaviour = curious = Curious(house.clock)
    async with house.open():
        await house.tell("one", "two")
        await house.rest()
        assert await house.seen() == ["one", "two"]
        assert curious.asked == 2
        assert await house.rows("SELECT seen FROM steps") == [('{"weather":"fine"}',)] * 2


async def test_an_event_that_nobody_answers_for_is_quarantined(house: House) -> None:
    house.behaviour = curious = Curious(house.clock)
    curious.answers = False
    async with house.open():
        await house.tell("one")
        await house.rest()
        assert await house.rows("SELECT status, tries FROM inbox") == [("quarantined", 1)]
        assert curious.asked == 2
        (error,) = await house.rows("SELECT error FROM inbox")
        assert error[0].startswith("RuntimeError at test_runtime.py:")


async def test_an_event_about_which_there_is_no_end_of_questions_is_quarantined(house: House) -> None:
    house.behaviour = curious = Curious(house.clock)
    curious.forgets = True
    async with house.open():
        await house.tell("one")
        await house.rest()
        assert await house.rows("SELECT status, tries FROM inbox") == [("quarantined", 1)]
        assert curious.asked == 2 * QUESTIONS_MOST


async def test_actors_of_somebody_else_get_no_timers_of_the_desk() -> None:
    def cast(_: Database, clock: Clock) -> Cast:
        return Cast(Behaviours(CounterBehaviour(clock)), {})

    async with sandbox(cast=cast) as theirs:
        assert await rows(theirs.bot, "SELECT * FROM timers") == []
    async with sandbox() as ours:
        assert await rows(ours.bot, "SELECT * FROM timers") != []
