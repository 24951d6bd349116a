"""Who may come in, and what the admins' desk reads: roles, requests, invites, people with their spending, the audit."""

from __future__ import annotations

import sqlite3
from datetime import timedelta

import pytest

from engine.core.budget import Period, person_scope
from engine.core.roles import Role
from engine.store import access, budgets, desk, forget, ledger
from engine.store.access import Decision, Doors
from tests.engine.ledger_lines import NOON, database, line

ADA, BOB = 1, 42
DOORS = Doors(admins={ADA}, members={7})


def invited(db: sqlite3.Connection, role: Role = Role.MEMBER, uses: int = 1, budget_nanousd: int | None = None) -> str:
    end = NOON + timedelta(days=1)
    return access.invite(db, role=role, uses=uses, expires_at=end, by=ADA, now=NOON, budget_nanousd=budget_nanousd)


def test_the_settings_come_first_then_what_an_admin_decided_then_the_open_house() -> None:
    with database() as db:
        assert access.find_role(db, ADA, DOORS) is Role.ADMIN
        assert access.find_role(db, 7, DOORS) is Role.MEMBER
        assert access.find_role(db, BOB, DOORS) is Role.STRANGER
        assert access.find_role(db, BOB, DOORS._replace(is_open=True)) is Role.GUEST
        access.give_role(db, 7, Role.BLOCKED, ADA, NOON)
        assert access.find_role(db, 7, DOORS) is Role.BLOCKED


def test_a_channel_is_nobody_unless_the_settings_let_it_in() -> None:
    channel, known = -1001777777777, -1001888888888
    doors = DOORS._replace(is_open=True, members=frozenset({known}))
    with database() as db:
        access.give_role(db, channel, Role.MEMBER, ADA, NOON)
        assert access.find_role(db, channel, doors) is Role.STRANGER
        assert access.find_role(db, known, doors) is Role.MEMBER


def test_nobody_can_block_an_admin_of_the_settings() -> None:
    with database() as db:
        access.give_role(db, ADA, Role.BLOCKED, BOB, NOON)
        assert access.find_role(db, ADA, DOORS) is Role.ADMIN


def test_an_admin_by_decision_is_among_the_admins() -> None:
    with database() as db:
        access.give_role(db, BOB, Role.ADMIN, ADA, NOON)
        assert access.admins(db, DOORS) == [ADA, BOB]


def test_a_decision_can_be_taken_back() -> None:
    with database() as db:
        access.give_role(db, BOB, Role.BLOCKED, ADA, NOON)
        access.give_role(db, BOB, Role.STRANGER, ADA, NOON)
        assert access.find_role(db, BOB, DOORS) is Role.STRANGER


def test_asking_twice_is_one_request() -> None:
    with database() as db:
        first = access.ask(db, BOB, "Bob", "bob", "/start", NOON)
        assert first[1]
        assert access.ask(db, BOB, "Bob", "bob", "/start", NOON) == (first[0], False)
        assert [one.person_id for one in access.open_requests(db)] == [BOB]


def test_the_first_admin_decides_and_the_second_hears_so() -> None:
    with database() as db:
        number, _ = access.ask(db, BOB, "Bob", "bob", "/start", NOON)
        decided = access.decide(db, number, Decision.APPROVED, ADA, NOON)
        assert decided is not None
        assert (decided.status, decided.decided_by) == (Decision.APPROVED, ADA)
        assert access.decide(db, number, Decision.BLOCKED, 2, NOON) is None
        assert access.find_role(db, BOB, DOORS) is Role.MEMBER
        assert access.open_requests(db) == []


@pytest.mark.parametrize(
    ("decision", "role"),
    [(Decision.APPROVED, Role.GUEST), (Decision.DENIED, Role.STRANGER), (Decision.BLOCKED, Role.BLOCKED)],
)
def test_a_decision_gives_its_role(decision: Decision, role: Role) -> None:
    with database() as db:
        number, _ = access.ask(db, BOB, "Bob", "bob", "/start", NOON)
        access.decide(db, number, decision, ADA, NOON, role=Role.GUEST)
        assert access.find_role(db, BOB, DOORS) is role


def test_whoever_was_denied_may_ask_again_and_what_became_of_it_is_known() -> None:
    with database() as db:
        number, _ = access.ask(db, BOB, "Bob", "bob", "/start", NOON)
        access.decide(db, number, Decision.DENIED, ADA, NOON)
        last = access.last_request(db, BOB)
        assert last is not None
        assert last.status is Decision.DENIED
        assert access.ask(db, BOB, "Bob", "bob", "/start", NOON) == (number + 1, True)
        assert access.last_request(db, 5) is None


def test_an_invite_lets_as_many_in_as_it_counts() -> None:
    with database() as db:
        token = invited(db, uses=2)
        came = [access.use_invite(db, token, person, DOORS, NOON) for person in (10, 11, 12)]
        assert [None if one is None else one.uses_left for one in came] == [1, 0, None]
        assert [access.find_role(db, person, DOORS) for person in (10, 11, 12)] == [
            Role.MEMBER,
            Role.MEMBER,
            Role.STRANGER,
        ]


def test_an_invite_brings_its_budget() -> None:
    with database() as db:
        access.use_invite(db, invited(db, budget_nanousd=500), BOB, DOORS, NOON)
        assert budgets.limits(db) == [(person_scope(BOB), Period.MONTH, 500)]


def test_an_invite_ends_when_it_says_so() -> None:
    with database() as db:
        token = invited(db)
        end = NOON + timedelta(days=1)
        assert access.use_invite(db, token, BOB, DOORS, end) is None
        assert access.open_invites(db, end) == []
        assert access.use_invite(db, token, BOB, DOORS, end - timedelta(microseconds=1)) is not None


@pytest.mark.parametrize("role", [Role.ADMIN, Role.MEMBER, Role.BLOCKED])
def test_whoever_has_as_much_or_is_blocked_uses_nothing_up(role: Role) -> None:
    with database() as db:
        token = invited(db)
        access.give_role(db, BOB, role, ADA, NOON)
        assert access.use_invite(db, token, BOB, DOORS, NOON) is None
        assert access.find_role(db, BOB, DOORS) is role
        assert access.open_invites(db, NOON)[0].uses_left == 1


def test_a_guest_becomes_a_member_by_an_invite_and_a_member_no_guest() -> None:
    with database() as db:
        access.give_role(db, BOB, Role.GUEST, ADA, NOON)
        assert access.use_invite(db, invited(db, Role.GUEST), BOB, DOORS, NOON) is None
        assert access.use_invite(db, invited(db, Role.MEMBER), BOB, DOORS, NOON) is not None
        assert access.use_invite(db, invited(db, Role.GUEST), BOB, DOORS, NOON) is None
        assert access.find_role(db, BOB, DOORS) is Role.MEMBER


def test_a_guest_of_an_open_house_can_use_a_guests_invite_once() -> None:
    with database() as db:
        token, doors = invited(db, Role.GUEST, uses=5, budget_nanousd=9), DOORS._replace(is_open=True)
        assert access.use_invite(db, token, BOB, doors, NOON) is not None
        assert access.use_invite(db, token, BOB, doors, NOON) is None


def test_the_database_does_not_know_a_token() -> None:
    with database() as db:
        token = invited(db)
        assert len(token) == 32
        assert token not in "\n".join(db.iterdump())
        assert token.encode().hex() not in "\n".join(db.iterdump()).lower()
        for wrong in ("", token[:-1], token.swapcase(), access.open_invites(db, NOON)[0].id):
            assert access.use_invite(db, wrong, BOB, DOORS, NOON) is None


def test_a_revoked_invite_opens_nothing() -> None:
    with database() as db:
        token = invited(db)
        (known,) = access.open_invites(db, NOON)
        assert access.revoke_invite(db, known.id)
        assert not access.revoke_invite(db, known.id)
        assert access.use_invite(db, token, BOB, DOORS, NOON) is None


def with_people(db: sqlite3.Connection) -> None:
    for number, (name, username) in enumerate([("Ada", "ada"), ("Борис Ёлкин", "boris_b"), ("100% Bob", "")], 1):
        db.execute("INSERT INTO people VALUES (?, ?, ?, 'en', 0)", (number, name, username))
    access.give_role(db, 2, Role.GUEST, ADA, NOON)
    ledger.book(db, line("a", 70, person_id=2))
    ledger.book(db, line("b", 5, NOON - timedelta(days=3), person_id=2))
    ledger.book(db, line("c", None, NOON - timedelta(days=40), person_id=2))
    ledger.book(db, line("d", 60, NOON - timedelta(days=3), person_id=3))
    ledger.book(db, line("e", 900, NOON - timedelta(days=40), person_id=1))


def test_people_come_with_their_spending_the_dearest_of_this_month_first() -> None:
    with database() as db:
        with_people(db)
        page = desk.people(db, NOON)
        assert page.found == 3
        assert page.people == [
            (2, "Борис Ёлкин", "boris_b", Role.GUEST, 70, 75, 75, 3, 1),
            (3, "100% Bob", "", None, 0, 60, 60, 1, 0),
            (1, "Ada", "ada", None, 0, 0, 900, 1, 0),
        ]


def test_people_come_in_pages() -> None:
    with database() as db:
        with_people(db)
        pages = [desk.people(db, NOON, page=number, size=2) for number in (0, 1, 2)]
        assert [([person.id for person in page.people], page.found) for page in pages] == [
            ([2, 3], 3),
            ([1], 3),
            ([], 0),
        ]


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("ада", []),
        ("ADA", [1]),
        ("ёлкин", [2]),
        ("БОРИС", [2]),
        ("@boris_", [2]),
        ("_", [2]),
        ("%", [3]),
        ("3", [3]),
        ("b", [2, 3]),
        ("\\", []),
    ],
)
def test_people_are_found_by_name_username_or_id(search: str, found: list[int]) -> None:
    with database() as db:
        with_people(db)
        assert [person.id for person in desk.people(db, NOON, search=search).people] == found


def test_the_running_totals_of_people_are_found_by_their_key() -> None:
    with database() as db:
        statements: list[str] = []
        db.set_trace_callback(statements.append)
        desk.people(db, NOON)
        db.set_trace_callback(None)
        (query,) = [one for one in statements if "FROM people" in one]
        plan = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {query}")]
        assert sum("SEARCH" in step and "PRIMARY KEY" in step for step in plan) == 4
        assert [step for step in plan if step.startswith("SCAN") and "subquery" not in step] == ["SCAN p"]


def test_the_audit_tells_what_was_done_the_newest_first() -> None:
    with database() as db:
        first = desk.note(db, ADA, "role", "person:42", {"role": "member"}, NOON)
        second = desk.note(db, ADA, "pause", "bot", {}, NOON)
        assert [row.action for row in desk.audit(db)] == ["pause", "role"]
        (row,) = desk.audit(db, subject="person:42")
        assert row == (first, NOON, ADA, "role", "person:42", {"role": "member"})
        assert [row.id for row in desk.audit(db, before=second)] == [first]
        assert len(desk.audit(db, size=1)) == 1


def test_whoever_is_forgotten_leaves_no_name_in_their_request_but_stays_blocked() -> None:
    with database() as db:
        number, _ = access.ask(db, BOB, "Bob", "bob", "/start", NOON)
        access.decide(db, number, Decision.BLOCKED, ADA, NOON)
        forget.clear(db, str(BOB), 1, [], [BOB])
        kept = access.request(db, number)
        assert kept is not None
        assert (kept.name, kept.username) == ("", "")
        assert access.find_role(db, BOB, DOORS) is Role.BLOCKED
