"""Holds and budgets: never over a limit, never a hold left behind, totals that are the ledger's own; whatever happens
at the same time, and wherever the process dies."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import anyio
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)

from engine.core.budget import BOT, Payer, Period, chat_scope, person_scope, role_scope
from engine.core.ledger import LedgerLine, LineStatus
from engine.store import budgets, jobs, ledger, spent
from engine.store.budgets import Call
from engine.store.database import open_database
from tests.engine.ledger_lines import NOON, added_up, connected, database, kept, line, start_job

ROLES = {1: "member", 2: "guest", 3: "guest"}
SCOPES = [*map(person_scope, ROLES), chat_scope(-7), role_scope("member"), role_scope("guest"), BOT]
ZONE = ZoneInfo("Europe/Berlin")
BEFORE_THE_LONG_DAY = datetime.fromisoformat("2026-10-24T20:00:00Z")
ALICE = Payer(1, "1", "member")
AMOUNTS = st.integers(0, 400)


class Begun(NamedTuple):
    """A call for which money is held, as the process that makes it knows it."""

    call: Call
    life: int
    """of which process it is: after a kill nobody goes on with it"""


class Spending(RuleBasedStateMachine):
    """People ask, in private and in a group; calls end, cost, fail; jobs are begun again; the process dies."""

    calls: Bundle[Begun] = Bundle("calls")

    def __init__(self) -> None:
        super().__init__()
        self.directory = Path(tempfile.mkdtemp())
        self.db = connected(self.directory / "money.db")
        self.now = BEFORE_THE_LONG_DAY
        self.life = 1
        self.number = 0
        self.running: dict[str, Payer] = {}
        self.allowed: dict[tuple[str, Period], int] = {}
        self.commit(partial(spent.set_zone, name=ZONE.key))

    def teardown(self) -> None:
        """Everything comes to its end: then nothing may be held."""
        self.die()
        for job in list(self.running):
            self.finish(job, 1.0)
        assert self.held_keys() == []
        self.never_over_a_limit()
        self.db.close()
        shutil.rmtree(self.directory)

    def commit(self, unit: Callable[[sqlite3.Connection], object]) -> object:
        """One transaction."""
        self.db.execute("BEGIN IMMEDIATE")
        result = unit(self.db)
        self.db.execute("COMMIT")
        return result

    def next(self, word: str) -> str:
        self.number += 1
        return f"{word}{self.number}"

    def held_keys(self) -> list[str]:
        return [key for (key,) in self.db.execute("SELECT key FROM holds")]

    @initialize(
        limits=st.dictionaries(st.tuples(st.sampled_from(SCOPES), st.sampled_from(Period)), AMOUNTS, min_size=2)
    )
    def grant(self, limits: dict[tuple[str, Period], int]) -> None:
        for (scope, period), limit in limits.items():
            self.grant_one(scope, period, limit)

    @rule(scope=st.sampled_from(SCOPES), period=st.sampled_from(Period), limit=AMOUNTS)
    def grant_one(self, scope: str, period: Period, limit: int) -> None:
        """A limit may come, or fall, below what is used already: then nothing more fits, and that is all."""
        self.commit(partial(budgets.set_limit, scope=scope, period=period, limit_nanousd=limit, now=self.now))
        (room,) = [room for room in budgets.rooms(self.db, [scope], self.now) if room.period is period]
        self.allowed[scope, period] = max(limit, room.spent_nanousd + room.held_nanousd)

    @rule(scope=st.sampled_from(SCOPES), by=AMOUNTS)
    def ask_for_more(self, scope: str, by: int) -> None:
        if self.commit(partial(budgets.raise_limit, scope=scope, period=Period.DAY, by_nanousd=by)) is not None:
            self.allowed[scope, Period.DAY] += by

    @rule(hours=st.integers(0, 30) | st.sampled_from([200, 744]), micros=st.integers(0, 3_599_999_999))
    def pass_time(self, hours: int, micros: int) -> None:
        self.now += timedelta(hours=hours, microseconds=micros)

    @rule(person=st.sampled_from(sorted(ROLES)), where=st.sampled_from(["private", "-7", "-7:3"]))
    def start(self, person: int, where: str) -> None:
        job, conversation = self.next("job"), str(person) if where == "private" else where
        self.commit(partial(start_job, job=job, conversation=conversation))
        self.running[job] = Payer(person, conversation, ROLES[person])

    @precondition(lambda self: self.running)
    @rule(target=calls, choice=st.randoms(use_true_random=False), amounts=st.lists(AMOUNTS, min_size=1, max_size=8))
    def hold(self, choice: object, amounts: list[int]) -> MultipleResults[Begun]:
        """Several calls at once: units of one commit, or of several."""
        begun = []
        for amount in amounts:
            job = choice.choice(sorted(self.running))  # type: ignore[attr-defined]
            (attempt,) = self.db.execute("SELECT attempt FROM jobs WHERE id = ?", (job,)).fetchone()
            call = Call(self.next("call"), job, attempt, self.running[job], amount)
            verdict = self.commit(partial(budgets.hold, call=call, now=self.now))
            assert verdict.fits == (call.key in self.held_keys())  # type: ignore[attr-defined]
            if verdict.fits:  # type: ignore[attr-defined]
                begun.append(Begun(call, self.life))
        return multiple(*begun)

    @rule(begun=calls, amount=AMOUNTS)
    def hold_again(self, begun: Begun, amount: int) -> None:
        """The same call with another estimate; the test forgets it if it is over."""
        if begun.call.key in self.held_keys():
            self.commit(partial(budgets.hold, call=begun.call._replace(amount_nanousd=amount), now=self.now))

    @rule(begun=consumes(calls), share=st.floats(0, 1), known=st.booleans())
    def settle(self, begun: Begun, share: float, known: bool) -> None:
        if begun.life != self.life or begun.call.key not in self.held_keys():
            return
        booked = self.line_for(begun.call.key, begun.call.job, share if known else None)
        settled = self.commit(partial(budgets.settle, key=begun.call.key, lines=[booked]))
        assert settled.over_nanousd == 0  # type: ignore[attr-defined]

    @rule(begun=consumes(calls))
    def release(self, begun: Begun) -> None:
        if begun.life == self.life:
            self.commit(partial(budgets.release, key=begun.call.key))

    @precondition(lambda self: self.running)
    @rule(choice=st.randoms(use_true_random=False), share=st.floats(0, 1))
    def finish_one(self, choice: object, share: float) -> None:
        self.finish(choice.choice(sorted(self.running)), share)  # type: ignore[attr-defined]

    @precondition(lambda self: self.running)
    @rule(choice=st.randoms(use_true_random=False), share=st.floats(0, 1))
    def begin_again(self, choice: object, share: float) -> None:
        """The next attempt books what the one before may have cost, up to what was held for it."""
        job = choice.choice(sorted(self.running))  # type: ignore[attr-defined]
        (attempt,) = self.db.execute("SELECT attempt + 1 FROM jobs WHERE id = ?", (job,)).fetchone()
        lines = self.lines_of(job, share, LineStatus.ESTIMATED)
        self.commit(partial(jobs.begin_attempt, job_id=job, attempt=attempt, lines=lines))
        assert not self.db.execute("SELECT 1 FROM holds WHERE job = ?", (job,)).fetchall()

    @rule()
    def die(self) -> None:
        """Between two transactions; the next process sweeps."""
        self.db.close()
        self.db = connected(self.directory / "money.db")
        self.life += 1
        self.commit(budgets.sweep)
        done = "SELECT key FROM holds WHERE job NOT IN (SELECT id FROM jobs WHERE status <> 'done')"
        assert self.db.execute(done).fetchall() == []

    @precondition(lambda self: self.running)
    @rule(choice=st.randoms(use_true_random=False), share=st.floats(0, 1))
    def die_in_the_middle(self, choice: object, share: float) -> None:
        """Of a transaction that would have ended a job: it was never begun."""
        job = choice.choice(sorted(self.running))  # type: ignore[attr-defined]
        before = self.held_keys(), self.db.execute("SELECT * FROM spent").fetchall()
        self.db.execute("BEGIN IMMEDIATE")
        jobs.finish(self.db, job, [], self.lines_of(job, share), self.now)
        self.db.close()
        self.db = connected(self.directory / "money.db")
        self.life += 1
        assert before == (self.held_keys(), self.db.execute("SELECT * FROM spent").fetchall())

    def finish(self, job: str, share: float) -> None:
        lines = self.lines_of(job, share)
        self.commit(partial(jobs.finish, job_id=job, arrivals=[], lines=lines, now=self.now))
        del self.running[job]
        assert not self.db.execute("SELECT 1 FROM holds WHERE job = ?", (job,)).fetchall()

    def lines_of(self, job: str, share: float, status: LineStatus = LineStatus.COMPLETE) -> list[LedgerLine]:
        keys = [key for (key,) in self.db.execute("SELECT key FROM holds WHERE job = ?", (job,))]
        return [self.line_for(key, job, share, status) for key in keys]

    def line_for(self, key: str, job: str, share: float | None, status: LineStatus = LineStatus.COMPLETE) -> LedgerLine:
        (held,) = self.db.execute("SELECT amount_nanousd FROM holds WHERE key = ?", (key,)).fetchone()
        payer = self.running[job] if job in self.running else Payer(1, "1")
        cost = None if share is None else int(held * share)
        return line(
            key, cost, self.now, job=job, person_id=payer.person_id, conversation=payer.conversation, status=status
        )

    @invariant()
    def never_over_a_limit(self) -> None:
        for room in budgets.rooms(self.db, SCOPES, self.now):
            assert room.spent_nanousd + room.held_nanousd <= self.allowed[room.scope, room.period], room

    @invariant()
    def the_running_totals_are_the_ledgers_own(self) -> None:
        assert kept(self.db, ZONE) == added_up(self.db, ZONE)

    @invariant()
    def counting_again_finds_no_difference(self) -> None:
        assert spent.differences(self.db) == []

    @invariant()
    def every_hold_counts_against_each_of_its_scopes(self) -> None:
        held = {(key, scope): amount for scope, key, amount in self.db.execute("SELECT * FROM hold_scopes")}
        expected = {}
        for key, job, amount in self.db.execute("SELECT key, job, amount_nanousd FROM holds"):
            expected.update({(key, scope): amount for scope in self.running[job].scopes})
        assert held == expected


def test_no_order_of_events_goes_over_a_limit_or_leaves_a_hold_behind() -> None:
    run_state_machine_as_test(Spending, settings=settings(max_examples=120, stateful_step_count=40, deadline=None))


@pytest.mark.anyio
async def test_fifty_calls_at_once_get_exactly_what_is_there(tmp_path: Path) -> None:
    async with open_database(tmp_path / "a.db", durable=False) as store, anyio.create_task_group() as tasks:
        limit = partial(budgets.set_limit, scope=BOT, period=Period.DAY, limit_nanousd=1000, now=NOON)
        await store.write(limit)
        fitted: list[bool] = []

        async def call(number: int) -> None:
            wanted = Call(f"c{number}", f"j{number}", 1, Payer(number, str(number)), 101)
            fitted.append((await store.write(partial(budgets.hold, call=wanted, now=NOON))).fits)

        async with anyio.create_task_group() as crowd:
            for number in range(1, 51):
                crowd.start_soon(call, number)
        (room,) = await store.read(lambda db: budgets.rooms(db, [BOT], NOON))
        tasks.cancel_scope.cancel()
    assert sorted(fitted) == [False] * 41 + [True] * 9
    assert room.held_nanousd == 909


def wanted(amount: int, key: str = "c1", payer: Payer = ALICE) -> Call:
    return Call(key, "j", 1, payer, amount)


def test_a_refusal_names_the_limit_and_changes_nothing() -> None:
    with database() as db:
        budgets.set_limit(db, person_scope(1), Period.DAY, 100, NOON)
        budgets.set_limit(db, BOT, Period.MONTH, 50, NOON)
        verdict = budgets.hold(db, wanted(51), NOON)
        assert verdict.refused is not None
        assert (verdict.refused.scope, verdict.refused.period, verdict.left_nanousd) == (BOT, Period.MONTH, 50)
        assert db.execute("SELECT count(*) FROM holds").fetchone() == (0,)
        assert db.execute("SELECT count(*) FROM hold_scopes").fetchone() == (0,)


def test_guests_share_one_limit_and_members_do_not_touch_it() -> None:
    with database() as db:
        budgets.set_limit(db, role_scope("guest"), Period.DAY, 100, NOON)
        assert budgets.hold(db, wanted(60, "a", Payer(1, "1", "guest")), NOON).fits
        assert not budgets.hold(db, wanted(60, "b", Payer(2, "2", "guest")), NOON).fits
        assert budgets.hold(db, wanted(60, "c", Payer(3, "3", "member")), NOON).fits


def test_a_group_has_one_limit_for_all_its_topics() -> None:
    with database() as db:
        budgets.set_limit(db, chat_scope(-7), Period.DAY, 100, NOON)
        assert budgets.hold(db, wanted(60, "a", Payer(1, "-7:1")), NOON).fits
        assert not budgets.hold(db, wanted(60, "b", Payer(2, "-7:2")), NOON).fits
        assert budgets.hold(db, wanted(60, "c", Payer(2, "2")), NOON).fits


def test_what_yesterday_spent_is_not_todays_but_what_yesterday_holds_is() -> None:
    with database() as db:
        budgets.set_limit(db, BOT, Period.DAY, 100, NOON)
        ledger.book(db, line("old", 90))
        budgets.hold(db, wanted(10, "still running"), NOON)
        tomorrow = NOON + timedelta(days=1)
        assert not budgets.hold(db, wanted(91, "a"), tomorrow).fits
        assert budgets.hold(db, wanted(90, "b"), tomorrow).fits


def test_a_limit_once_counts_from_when_it_was_granted() -> None:
    with database() as db:
        ledger.book(db, line("before", 1_000))
        budgets.set_limit(db, person_scope(1), Period.ONCE, 100, NOON)
        ledger.book(db, line("after", 40))
        far = NOON + timedelta(days=400)
        (room,) = budgets.rooms(db, [person_scope(1)], far)
        assert (room.spent_nanousd, room.left_nanousd) == (40, 60)
        budgets.set_limit(db, person_scope(1), Period.ONCE, 200, far)
        (room,) = budgets.rooms(db, [person_scope(1)], far)
        assert (room.spent_nanousd, room.left_nanousd) == (40, 160)


def test_estimates_count_and_unknown_prices_count_nothing_but_are_told() -> None:
    with database() as db:
        settled = budgets.settle(
            db, "c", [line("a", 70, status=LineStatus.ESTIMATED), line("b", None), line("b", None)]
        )
        assert (settled.lines, settled.cost_nanousd, settled.unpriced) == (2, 70, 1)
        assert spent.total(db, BOT, Period.DAY, NOON) == (70, 2, 1)


def test_a_call_that_costs_more_than_was_held_is_booked_in_full_and_told() -> None:
    with database() as db:
        budgets.set_limit(db, BOT, Period.DAY, 100, NOON)
        budgets.hold(db, wanted(60), NOON)
        assert budgets.settle(db, "c1", [line("r", 75)]).over_nanousd == 15
        assert budgets.rooms(db, [BOT], NOON)[0].left_nanousd == 25


def test_settling_twice_books_once() -> None:
    with database() as db:
        budgets.hold(db, wanted(60), NOON)
        assert budgets.settle(db, "c1", [line("r", 50)]).lines == 1
        assert budgets.settle(db, "c1", [line("r", 50)]) == budgets.Settled()
        assert spent.total(db, BOT, Period.ONCE, NOON) == (50, 1, 0)


def test_what_was_held_under_a_roles_limit_is_charged_to_that_role() -> None:
    with database() as db:
        start_job(db, "j")
        budgets.hold(db, wanted(60, "a", Payer(1, "1", "guest")), NOON)
        budgets.settle(db, "a", [line("a", 50)])
        budgets.hold(db, wanted(60, "b", Payer(1, "1", "guest")), NOON)
        jobs.finish(db, "j", [], [line("b", 7)], NOON)
        assert spent.total(db, role_scope("guest"), Period.DAY, NOON).cost_nanousd == 57


def test_each_mark_is_told_by_the_transaction_that_passes_it() -> None:
    with database() as db:
        budgets.set_limit(db, BOT, Period.MONTH, 1000, NOON)
        told = [
            [passed.percent for passed in budgets.settle(db, key, [line(key, cost)]).passed]
            for key, cost in (("a", 499), ("b", 1), ("c", 499), ("d", 100), ("e", 5))
        ]
        assert told == [[], [50], [80], [100], []]


def test_the_sweep_keeps_what_a_running_job_may_still_cost() -> None:
    with database() as db:
        for job in ("running", "done", "again"):
            start_job(db, job)
        for job in ("running", "done", "again", "unknown"):
            budgets.hold(db, Call(f"hold of {job}", job, 1, Payer(1, "1"), 5), NOON)
        db.execute("UPDATE jobs SET status = 'done' WHERE id = 'done'")
        jobs.next_attempt(db, "again")
        assert budgets.sweep(db) == 3
        assert db.execute("SELECT key FROM hold_scopes GROUP BY key").fetchall() == [("hold of running",)]


def test_an_attempt_that_is_given_up_holds_nothing_but_the_new_one_does() -> None:
    with database() as db:
        start_job(db, "j")
        for attempt in (1, 2):
            budgets.hold(db, Call(f"j:{attempt}", "j", attempt, ALICE, 5), NOON)
        jobs.begin_attempt(db, "j", 2, [line("lost", 4, status=LineStatus.ESTIMATED)])
        assert db.execute("SELECT key FROM holds").fetchall() == [("j:2",)]
        assert spent.total(db, role_scope("member"), Period.DAY, NOON).cost_nanousd == 4


def test_another_zone_means_counting_again() -> None:
    with database() as db:
        ledger.book(db, line("late", 10, datetime.fromisoformat("2026-10-31T22:30:00Z")))
        assert not spent.set_zone(db, "UTC")
        assert spent.set_zone(db, "Europe/Moscow")
        now = datetime.fromisoformat("2026-11-01T12:00:00Z")
        assert [spent.total(db, BOT, period, now).cost_nanousd for period in Period] == [10, 10, 10]
        assert spent.set_zone(db, "UTC")
        assert [spent.total(db, BOT, period, now).cost_nanousd for period in Period] == [0, 0, 10]
        assert not spent.set_zone(db, "UTC")


def test_a_wrong_total_is_found_and_made_right() -> None:
    with database() as db:
        ledger.book(db, line("a", 10))
        db.execute("UPDATE spent SET cost_nanousd = 11 WHERE scope = 'bot' AND period = 'day'")
        db.execute("DELETE FROM spent WHERE scope = 'person:1' AND period = 'month'")
        db.execute("INSERT INTO spent VALUES ('person:9', 'once', 0, 5, 1, 0)")
        found = {(one.scope, one.period): (one.kept[0], one.counted[0]) for one in spent.recount(db)}
        assert found == {("bot", "day"): (11, 10), ("person:1", "month"): (0, 10), ("person:9", "once"): (5, 0)}
        assert spent.differences(db) == []


def test_a_wrong_total_is_put_right_whatever_is_booked_meanwhile() -> None:
    with database() as db:
        ledger.book(db, line("a", 10))
        db.execute("UPDATE spent SET cost_nanousd = 11, calls = 3 WHERE scope = 'bot' AND period = 'day'")
        db.execute("DELETE FROM spent WHERE scope = 'person:1' AND period = 'month'")
        db.execute("INSERT INTO spent VALUES ('person:9', 'once', 0, 5, 1, 0)")
        found = spent.differences(db)
        ledger.book(db, line("b", 20))
        spent.correct(db, found)
        assert spent.differences(db) == []
        assert spent.total(db, BOT, Period.DAY, NOON) == (30, 2, 0)


def test_a_limit_is_lifted_and_only_one_that_is_there_is_raised() -> None:
    with database() as db:
        budgets.set_limit(db, BOT, Period.DAY, 5, NOON)
        assert budgets.raise_limit(db, BOT, Period.DAY, 10) == 15
        assert budgets.raise_limit(db, BOT, Period.MONTH, 10) is None
        assert budgets.limits(db) == [(BOT, Period.DAY, 15)]
        budgets.set_limit(db, BOT, Period.DAY, None, NOON)
        assert budgets.limits(db) == []
        with pytest.raises(ValueError, match="can't be limited"):
            budgets.set_limit(db, "everybody", Period.DAY, 5, NOON)
