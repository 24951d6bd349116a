"""The plan of a simulation: everything that will happen, drawn from one seed, as a list that can be made shorter.

What an act is about (which message is edited, which button is pressed) is decided when its time has come, by its
`pick` alone: so the other acts of a plan stay what they are when one is left out.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Literal

import msgspec

from engine.core.errors import ConfigurationError

Question = Literal["text", "long", "story", "paste", "forward", "photo", "album", "file", "reply", "group", "topic"]
"""With words of their own."""
Request = Literal["wordless", "archive", "voice", "place", "dice", "command", "button", "admin", "picture"]
"""Whatever else wants an answer."""
Change = Literal["edit", "delete", "stop", "chatter", "reaction", "block"]
"""What changes what was said, or nothing at all."""
Access = Literal["stranger", "decide", "pause", "resume"]
"""Who may ask at all: somebody whom nobody has let in, and what the admin decides."""
What = Literal[Question, Request, Change, Access]

OfTelegram = Literal["flood", "refusal", "lost_answer", "slow_telegram", "cut", "refused", "lost", "doubled", "swapped"]
OfRequests = Literal["rate", "error", "overload", "outage", "forgotten"]
OfStreams = Literal["cut_stream", "stalled", "slow", "failed", "incomplete"]
OfMachine = Literal["disk", "clock", "kill"]
Trouble = Literal[OfTelegram, OfRequests, OfStreams, OfMachine]

ACTS: dict[What, float] = {
    "text": 46,
    "long": 2,
    "story": 2,
    "paste": 1,
    "forward": 2,
    "photo": 3,
    "album": 2,
    "file": 2,
    "reply": 5,
    "group": 7,
    "topic": 3,
    "wordless": 2,
    "archive": 2,
    "voice": 2,
    "place": 1,
    "dice": 1,
    "command": 7,
    "button": 5,
    "admin": 2,
    "picture": 2,
    "edit": 4,
    "delete": 2,
    "stop": 3,
    "chatter": 3,
    "reaction": 1,
    "block": 1,
    "stranger": 2,
    "decide": 0.5,
    "pause": 0.3,
}
"""How often people do what, in shares."""
TROUBLES: dict[Trouble, int] = {
    "flood": 4,
    "refusal": 3,
    "lost_answer": 6,
    "slow_telegram": 3,
    "cut": 6,
    "refused": 3,
    "lost": 4,
    "doubled": 4,
    "swapped": 4,
    "rate": 5,
    "error": 5,
    "overload": 4,
    "outage": 1,
    "cut_stream": 6,
    "stalled": 1,
    "slow": 8,
    "failed": 4,
    "incomplete": 3,
    "forgotten": 2,
    "disk": 2,
    "clock": 2,
    "kill": 14,
}
"""How often what breaks, in shares."""
CALM = 0.1
"""So many seeds, as a share, have no trouble at all: every question must then be answered, whatever else happens."""
MEETING: tuple[What, ...] = ("edit", "delete", "stop")
"""What is done, half of the time, to a question that has just been asked."""
MET: tuple[What, ...] = ("text", "text", "text", "forward", "long", "story")
"""Which question that is."""
MEETS_S = 3.0
"""So long before, at most, it was asked then."""
FOLLOWED: tuple[What, ...] = ("command", "picture", "wordless", "archive", "voice")
"""What is followed by taps on buttons, half of the time."""
TAPS_MOST, TAP_S = 3, 12.0
"""By so many at most, each so long after what was before it at most."""
PAUSED_S = 200.0
"""A pause of the bot lasts so long at most."""
NIGHTS = 0.25
"""In so many seeds, as a share, a day ends while people act."""
ASKED_FIRST = 0.15
"""In so many seeds, as a share, everybody is asked before anything is spent on what they have said."""
ANSWERS_S = (0.0, 0.0, 2.0, 20.0)
"""How long an answer takes in a seed: something can happen meanwhile only where it takes a while."""
BUDGETS_NANOUSD = (*(0,) * 16, 6_000_000, 40_000_000, 80_000_000, 200_000_000)
"""What everybody may spend in a day; 0: no limit. About 20 million are set aside for a question, 2 million are spent on
it: so the least allows one or two, and short ones, the others refuse some after a while."""
LIMITED = 0.05
"""In so many seeds, as a share, a group has a limit, or all members together, or the bot."""
LIMITS: dict[Literal["group", "members", "bot"], int] = {"group": 1_000_000, "members": 20_000_000, "bot": 20_000_000}
"""What they may spend for each of the people, in nano-dollars: so much, or ten times that."""
VERSION = 1


class Act(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody does something. `who` is a person's number, `pick` decides whatever is left open (0 to 2^32)."""

    at_s: float
    what: What
    who: int
    pick: int


class Break(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something breaks, or is slow, for `lasts_s` or once."""

    at_s: float
    what: Trouble
    pick: int
    lasts_s: float = 0.0


class Limit(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What many may spend together in a period."""

    of: Literal["group", "members", "bot"]
    period: Literal["day", "month"]
    nanousd: int


class Plan(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A whole simulation. `hours` are those in which people act."""

    seed: int
    people: int
    hours: float
    acts: tuple[Act, ...]
    breaks: tuple[Break, ...]
    background: bool = False
    """OPENAI_BACKGROUND"""
    budget_nanousd: int = 0
    """what everybody may spend in a day; 0: no limit"""
    answer_s: float = 0.0
    """how long an answer takes, where nothing makes it slower"""
    limits: tuple[Limit, ...] = ()
    midnight_s: float = 0.0
    """so long after the beginning a day ends; 0: at no such moment"""
    asks_price: bool = False
    """nothing is heard before its price is agreed to"""
    version: int = VERSION


def plan_of(seed: int, people: int, hours: float, kinds: Collection[Trouble] | None = None) -> Plan:
    """The plan that belongs to a seed. Everybody does something every three minutes. `kinds` are the only troubles that
    there may be, and then there are many; none at all in an empty collection."""
    chance = random.Random(seed)
    count = max(1, round(people * hours * 20))
    troubles = 0 if chance.random() < CALM else chance.choice((count // 100, count // 30, count // 10)) + 1
    if kinds is not None:
        troubles = count // 5 if kinds else 0
    acts = [act for _ in range(count) for act in _acts(chance, people, hours)]
    shares = {kind: share for kind, share in TROUBLES.items() if kinds is None or kind in kinds}
    return Plan(
        seed=seed,
        people=people,
        hours=hours,
        acts=tuple(sorted(acts, key=lambda act: act.at_s)),
        breaks=tuple(sorted((_break(chance, hours, shares) for _ in range(troubles)), key=lambda one: one.at_s)),
        background=chance.random() < 0.25,
        budget_nanousd=chance.choice(BUDGETS_NANOUSD),
        answer_s=chance.choice(ANSWERS_S),
        limits=tuple(_limits(chance, people)),
        midnight_s=_moment(chance, hours) if chance.random() < NIGHTS else 0.0,
        asks_price=chance.random() < ASKED_FIRST,
    )


def _limits(chance: random.Random, people: int) -> Iterator[Limit]:
    for of, share_nanousd in LIMITS.items():
        if chance.random() < LIMITED:
            nanousd = people * chance.choice((share_nanousd, 10 * share_nanousd))
            yield Limit(of=of, period=chance.choice(("day", "month")), nanousd=nanousd)


def _acts(chance: random.Random, people: int, hours: float) -> Iterator[Act]:
    """One, and often what it needs to mean something: a question before it, or taps on the buttons that come of it."""
    (what,) = chance.choices(list(ACTS), list(ACTS.values()))
    act = Act(at_s=_moment(chance, hours), what=what, who=chance.randrange(people), pick=chance.getrandbits(32))
    if what in MEETING and chance.random() < 0.5:
        asked_s = round(max(0.0, act.at_s - chance.uniform(0.0, MEETS_S)), 3)
        yield msgspec.structs.replace(act, at_s=asked_s, what=chance.choice(MET), pick=chance.getrandbits(32))
        if what == "stop" and act.pick & 2:  # something waits behind what is stopped
            waits_s = round((asked_s + act.at_s) / 2, 3)
            yield msgspec.structs.replace(act, at_s=waits_s, what="text", pick=act.pick >> 2)
        act = msgspec.structs.replace(act, pick=act.pick | 1)  # the last question is meant
    yield act
    if what == "pause":
        ends_s = round(act.at_s + chance.uniform(1.0, PAUSED_S), 3)
        yield msgspec.structs.replace(act, at_s=ends_s, what="resume")
    if what == "stranger":
        asks_s = round(act.at_s + chance.uniform(0.5, TAP_S), 3)
        yield msgspec.structs.replace(act, at_s=asks_s, pick=act.pick | 1)  # the button, where there is one
        decides_s = round(asks_s + chance.uniform(0.5, TAP_S), 3)
        yield msgspec.structs.replace(act, at_s=decides_s, what="decide")
    if what in FOLLOWED and chance.random() < 0.5:
        tapped_s = act.at_s
        for _ in range(chance.randint(1, TAPS_MOST)):
            tapped_s = round(tapped_s + chance.uniform(0.5, TAP_S), 3)
            yield Act(at_s=tapped_s, what="button", who=act.who, pick=chance.getrandbits(32) | 1)


def _break(chance: random.Random, hours: float, shares: dict[Trouble, int]) -> Break:
    (what,) = chance.choices(list(shares), list(shares.values()))
    lasts_s = chance.choice((1.0, 10.0, 60.0, 300.0)) * chance.uniform(0.1, 1.0)
    return Break(at_s=_moment(chance, hours), what=what, pick=chance.getrandbits(32), lasts_s=round(lasts_s, 3))


def _moment(chance: random.Random, hours: float) -> float:
    """Any moment; often the same second as others, so that things meet."""
    at_s = chance.uniform(0, hours * 3600)
    return round(at_s, 3) if chance.random() < 0.5 else float(round(at_s / 30) * 30)


def write_plan(plan: Plan, file: Path) -> None:
    """Writes a plan as JSON."""
    file.write_bytes(msgspec.json.format(msgspec.json.encode(plan), indent=1))


def read_plan(file: Path) -> Plan:
    """Reads one. Raises ConfigurationError for anything else."""
    try:
        plan = msgspec.json.decode(file.read_bytes(), type=Plan)
    except (OSError, msgspec.MsgspecError) as error:
        raise ConfigurationError(f"{file} is not the plan of a simulation: {error}") from error
    if plan.version != VERSION:
        raise ConfigurationError(f"{file} is a plan of version {plan.version}, this program knows {VERSION}")
    if plan.people < 1:
        raise ConfigurationError(f"{file}: there is nobody in it")
    if any(not 0 <= act.who < plan.people for act in plan.acts):
        raise ConfigurationError(f"{file}: somebody acts who is none of its {plan.people} people")
    return plan
