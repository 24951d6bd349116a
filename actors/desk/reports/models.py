"""Which models there are and which may be used: /models, /setmodel; what they cost: /pricing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from actors.desk.reports.orders import Buttons, page_button, titled
from actors.desk.wording import day_named
from actors.phrases import Phrases
from engine.ai.price_list import KnownPrice, ending
from engine.ai.responses import OfferedModel
from engine.core.effects import Button
from engine.core.styled import Styled

MODELS_SHOWN = 30
"""The most models in a list: two buttons each, and Telegram takes 100."""

_TOKEN_RATES = {
    "input_mtok": "in",
    "cache_read_mtok": "cached",
    "output_mtok": "out",
    "image_output": "picture-out",
    "output_audio_mtok": "sound-out",
}
"""What costs so much for 1,000,000 tokens, and its phrase."""
_OTHER_RATES = {"input_audio_hours": "hour", "minute": "minute", "gib_day": "gib-day"}
_ANSWERS = re.compile(r"(gpt-\d|o\d|chatgpt-)")
_NOT_ANSWERING = ("audio", "realtime", "transcribe", "tts", "image", "search-preview", "instruct", "embedding", "codex")
"""What cannot do the job: OpenAI's list tells no capabilities, but names do."""
_DATED = re.compile(r"-\d{4}-\d{2}-\d{2}$")


def able(models: Iterable[OfferedModel]) -> list[OfferedModel]:
    """Those that can answer, the newest family first; dated copies of a listed one are left out."""
    known = {model.id: model for model in models}
    found = [model for name, model in known.items() if can_answer(name) and not _is_copy(name, known)]
    return sorted(found, key=lambda model: (_family(model.id), model.id), reverse=True)


def can_answer(model: str) -> bool:
    """Whether a model of this name does the bot's job."""
    return bool(_ANSWERS.match(model)) and not any(part in model for part in _NOT_ANSWERING)


def _is_copy(name: str, known: Mapping[str, OfferedModel]) -> bool:
    base = _DATED.sub("", name)
    return base != name and base in known


def shutdowns(models: Iterable[OfferedModel]) -> dict[str, date]:
    """When each model ends, where OpenAI has said so."""
    return {model.id: date.fromisoformat(model.shutdown_date) for model in models if model.shutdown_date}


def models_page(
    models: Sequence[OfferedModel], default: str, allowed: Sequence[str], card: str, words: Phrases
) -> tuple[Styled, Buttons]:
    """The list, and for each model whether it may be chosen, and a button that makes it the default."""
    shown = models[:MODELS_SHOWN]
    lines = [words.text("models-default", model=default), words.text("models-allowed", list=", ".join(allowed)), ""]
    for model in shown:
        mark = "★" if model.id == default else "✓" if model.id in allowed else "·"
        ends = (
            f" — {words.text('models-ends', date=day_named(words, date.fromisoformat(model.shutdown_date)))}"
            if model.shutdown_date
            else ""
        )
        lines.append(f"{mark} {model.id}{ends}")
    gone = [name for name in dict.fromkeys((default, *allowed)) if name not in {model.id for model in models}]
    lines += [words.text("models-unknown", list=", ".join(gone))] if gone else []
    lines += ["", words.text("models-help")]
    rows = tuple(
        (
            Button(("✓ " if model.id in allowed else "") + model.id, page_button_name(words, "allow", card, model.id)),
            Button("★" if model.id == default else "☆", page_button_name(words, "setmodel", card, model.id)),
        )
        for model in shown
    )
    return titled(words.text("models-title"), lines), rows


def page_button_name(words: Phrases, command: str, *arguments: str) -> str:
    """The name of a button whose label is no phrase."""
    return page_button(words, "models-title", command, *arguments).name


def pricing_text(
    prices: Sequence[KnownPrice], used: Mapping[str, str], ends: Mapping[str, date], today: date, words: Phrases
) -> Styled:
    """What the models in use cost, who says so, and which of them end soon. `used`: model → what it is used for."""
    known = {name: price for price in prices for name in (price.model, *price.names)}
    lines: list[str] = []
    for model, purpose in used.items():
        price = known.get(model) or known.get(_DATED.sub("", model))
        lines.append(f"{model} ({words.text(f'use-{purpose}')})")
        lines.append("    " + (_rates(price, words) if price else words.text("pricing-unknown")))
        if price:
            since = f", {day_named(words, price.as_of)}" if price.as_of else ""
            lines.append(f"    {price.source}{since}")
    soon = ending(used, ends, today)
    lines.append("")
    lines += [words.text("pricing-ends", model=model, date=day_named(words, day)) for day, model in soon]
    lines += [] if soon else [words.text("pricing-none-ends")]
    lines.append(words.text("pricing-all", count=len(prices)))
    return titled(words.text("pricing-title"), lines)


def _rates(price: KnownPrice, words: Phrases) -> str:
    rates = {unit: f"${usd.normalize():f}" for unit, usd in sorted(price.rates.items())}
    tokens = [words.text(f"rate-{name}", usd=rates[unit]) for unit, name in _TOKEN_RATES.items() if unit in rates]
    shown = [words.text("rate-tokens", list=", ".join(tokens))] if tokens else []
    shown += [words.text(f"rate-{name}", usd=rates[unit]) for unit, name in _OTHER_RATES.items() if unit in rates]
    return ", ".join(shown) or ", ".join(f"{unit} {usd}" for unit, usd in rates.items())


def _family(model: str) -> tuple[int, float]:
    number = re.match(r"gpt-(\d+(?:\.\d+)?)", model)
    return (1, float(number[1])) if number else (0, 0.0)
