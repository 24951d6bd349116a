"""What becomes of files that wait (held, priced) when their messages change: offers say so, prices are off."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec.structs import replace as changed

from actors.context import Context
from actors.memory import AWAITING_CAPTION, AWAITING_WORDS, Conversation, Held, Part, Priced
from actors.steps.captions import files_of, offered_again, offered_aside
from actors.steps.shared import nothing_waiting
from engine.core.chart import Outcome
from engine.core.effects import Edit, Effect

Left = Callable[[Part], Part | None]
"""What is left of a part of a question; None: nothing."""


def left_of(parts: Iterable[Part], left: Left) -> tuple[Part, ...]:
    """What is left of several."""
    return tuple(one for one in map(left, parts) if one is not None)


def is_awaited_gone(c: Conversation, left: Left) -> bool:
    """Whether the files that words are awaited for are no longer there."""
    held = _awaited(c)
    return held is not None and bool(files_of(held.parts)) and not files_of(left_of(held.parts, left))


def keep_left(c: Conversation, left: Left, context: Context) -> Outcome[Conversation]:
    """Of what is held and priced, what is left. A transcript is the bot's own, and stays."""
    held: list[Held] = []
    effects: list[Effect] = []
    for one in c.held:
        parts = left_of(one.parts, left)
        if parts == one.parts or not files_of(one.parts):
            held.append(one)
        elif files_of(parts):
            again, shown = offered_again(c, changed(one, parts=parts), context)
            held.append(again)
            effects += shown
        else:
            effects.append(Edit(ref=one.ref, content=context.phrases.styled("offer-gone")))
    if is_awaited_gone(c, left):
        effects += nothing_waiting()
        c = c.but(wanted=None)
    unpriced = _unpriced(c.but(held=tuple(held)), left, context)
    return Outcome(unpriced.conversation, (*effects, *unpriced.effects))


def _unpriced(c: Conversation, left: Left, context: Context) -> Outcome[Conversation]:
    """Without the prices of what is not the same any more; the files that are left of it are offered."""
    outdated = [one for one in c.priced if left_of(one.question.parts, left) != one.question.parts]
    c = c.but(priced=tuple(one for one in c.priced if one not in outdated))
    effects: list[Effect] = []
    for one in outdated:
        effects.append(Edit(ref=one.ref, content=context.phrases.styled("consent-gone")))
        rest = _rest(one, left, context)
        if files_of(rest.parts) and not any(_is_same(rest, held) for held in c.held):
            aside = offered_aside(c, rest, context)
            c, effects = aside.conversation, [*effects, *aside.effects]
    return Outcome(c, tuple(effects))


def _rest(priced: Priced, left: Left, context: Context) -> Held:
    """What people have sent of it; the words of a button are no part of that."""
    parts = tuple(
        part for part in left_of(priced.question.parts, left) if part.message_id or part.attachment is not None
    )
    return Held(id=priced.id, person=priced.question.person, parts=parts, at=context.now)


def _is_same(rest: Held, held: Held) -> bool:
    return [file.key for file in files_of(rest.parts)] == [file.key for file in files_of(held.parts)]


def _awaited(c: Conversation) -> Held | None:
    if c.state == AWAITING_CAPTION:
        return c.held[-1] if c.held else None
    if c.state == AWAITING_WORDS:
        return c.held_as(c.wanted.held) if c.wanted is not None else None
    return None
