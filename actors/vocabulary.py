"""What of this bot's own words stays in a redacted recording (engine.recording.vocabulary)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import cache

from actors.commands import by_name, by_word
from actors.desk.steps.limits import CHEAPER
from actors.desk.wording import OFF
from actors.intake import ENDINGS
from actors.interpret import INVITE_PREFIX
from actors.steps.pictures import CHANGE_WORDS
from actors.zones import ZONES, zones_typed
from engine.ai.price_list import price_list
from engine.core.budget import BOT, Period
from engine.core.roles import Role
from engine.recording.vocabulary import Vocabulary, vocabulary_of
from engine.store.figures import SPANS

_AMOUNT = (
    rf"{OFF}|\$*\+?(?:[0-9]{{1,7}}(?:[.,][0-9]{{0,9}}(?P<beyond>[0-9]{{1,20}})?)?|[.,][0-9]{{1,9}})(?:e[+-]?[0-9])?\$*"
)
"""What actors.desk.wording.amount_typed takes, but for what nobody types; `beyond` is less than a nano-dollar."""
_SCOPE = rf"""{BOT}|person(?:\s+|:)(?P<id_person>[1-9][0-9]{{0,18}})|chat(?:\s+|:)(?P<id_chat>-[1-9][0-9]{{0,18}})
    |role(?:\s+|:)(?:{"|".join(Role)}|(?P<role>[a-z]+))"""
_LIMIT = rf"""(?:{_SCOPE})\s+(?:{"|".join(Period)})\s+(?:{_AMOUNT})"""
_MODEL = rf"(?:{OFF}|(?P<model>\S+))"

ARGUMENTS = {
    "limits": rf"{_LIMIT} | {CHEAPER}(?:\s+{_MODEL}(?:\s+(?P<rest>.*))?)?",
    "setmodel": r"(?:(?P<before>.*)\s)?(?P<model>\S+)",
    "stat": rf"(?P<before>(?:.*\s)?)(?:{'|'.join(SPANS)})(?P<after>(?:\s.*)?)",
    "users": r"(?P<id>-?[1-9][0-9]{0,18})",
    "start": rf"{INVITE_PREFIX}(?P<token>.*)",
}
"""By command. Ids and what is free to choose are groups, see Vocabulary.arguments."""
NAMES = frozenset({"arriving", "card", "cut", "idea", "inspection", "limit", "menu", "priced", "replaces", "span"}) | {
    "transcripts",
    "voice_answers",
}
"""Fields that the actors fill with names of their own, besides those that the engine's do."""
DAYS = frozenset({"day", "checked_on", "stored_on", "ends"})
"""Fields with a day that is text, as ISO has it."""


@cache
def vocabulary() -> Vocabulary:
    """The bot's own: keyboards' words, commands and what may stand behind them, endings of files."""
    flags = re.VERBOSE | re.IGNORECASE | re.DOTALL
    read = vocabulary_of("actors")
    return read._replace(own=read.others, others=frozenset()) | Vocabulary(
        names=NAMES,
        choices=frozenset(("zone", zone) for zone in ZONES),
        moments=DAYS,
        labels=frozenset(by_word()),
        typed=zones_typed(),
        openings=frozenset(CHANGE_WORDS),
        models=frozenset(one.model for one in price_list(datetime.now(UTC))),
        commands=frozenset(by_name()),
        arguments={command: re.compile(pattern, flags) for command, pattern in ARGUMENTS.items()},
        endings=ENDINGS,
    )
