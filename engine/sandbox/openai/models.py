"""The models that the local OpenAI offers: their dated names, end dates and how they reason.

Names and dated names come from the installed SDK where it knows them; end dates are those that OpenAI announced
(deprecations page and SDK docstrings, 2026-11); the rest is made up.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import get_args

from openai.types.shared.chat_model import ChatModel

DEFAULT_MODELS = (
    "gpt-6.2-astra",
    "gpt-6.2-sol",
    "gpt-6.1-sol",
    "gpt-6.1-terra",
    "gpt-6-astra",
    "gpt-6-sol",
    "gpt-6-luna",
    "gpt-5.6-sol",
    "gpt-5.6-terra",
    "gpt-5.6-luna",
    "gpt-5.5",
    "gpt-5.4",
    "gpt-5.4-mini",
    "gpt-5.4-nano",
    "gpt-5.1",
    "gpt-5",
    "gpt-5-mini",
    "gpt-4.1",
    "gpt-4.1-mini",
    "gpt-4o",
    "gpt-4o-mini",
)

SHUTDOWN_DATES = {
    "gpt-5": "2026-12-11",
    "gpt-5-mini": "2026-12-11",
    "gpt-4.1": "2027-01-14",
    "gpt-4.1-mini": "2027-01-14",
    "gpt-4o": "2027-01-14",
    "gpt-4o-mini": "2027-01-14",
    "gpt-5.1": "2027-04-01",
    "gpt-5.4-nano": "2027-04-01",
}

MADE_UP_DATES = {"gpt-6.2": "2026-11-18", "gpt-6.1": "2026-09-30", "gpt-6": "2026-07-15", "gpt-5.6": "2026-06-02"}

EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
REASONING_TOKENS = dict(zip(EFFORTS, (0, 0, 32, 64, 256, 512, 1024), strict=True))

_FAMILY = re.compile(r"gpt-(\d+(?:\.\d+)?)")
_DATED = re.compile(r"-\d{4}-\d{2}-\d{2}$")


@dataclass(frozen=True, slots=True)
class Model:
    """One model: the alias a client asks for, and the dated id that answers."""

    name: str
    dated: str
    shutdown_date: str | None = None
    efforts: tuple[str, ...] = EFFORTS
    """Accepted `reasoning.effort`; empty for a model that does not reason."""

    def reasoning_tokens(self, effort: str | None) -> int:
        """How many tokens it thinks before it answers; the default effort is medium."""
        return REASONING_TOKENS[effort or "medium"] if self.efforts else 0


def catalogue(names: Iterable[str]) -> dict[str, Model]:
    """The models by every id that they answer to."""
    models: dict[str, Model] = {}
    for name in names:
        model = _model(name)
        models[model.name] = models[model.dated] = model
    return models


def _model(name: str) -> Model:
    alias = _DATED.sub("", name)
    family = _FAMILY.match(alias)
    version = float(family[1]) if family else 6.0
    dated = name if alias != name else _dated(name)
    return Model(alias, dated, SHUTDOWN_DATES.get(alias), _efforts(version))


def _efforts(version: float) -> tuple[str, ...]:
    if version < 5:
        return ()
    if version < 5.4:
        return EFFORTS[1:5]
    return EFFORTS if version < 6.1 else EFFORTS[2:]


def _dated(alias: str) -> str:
    pattern = re.compile(re.escape(alias) + r"-\d{4}-\d{2}-\d{2}")
    known = sorted(name for name in get_args(ChatModel) if pattern.fullmatch(name))
    if known:
        return str(known[-1])
    family = _FAMILY.match(alias)
    return f"{alias}-{MADE_UP_DATES.get(family[0] if family else '', '2026-09-30')}"
