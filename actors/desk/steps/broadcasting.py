"""Steps for a message to everybody: shown first, then sent a second's worth at a time, with a report at the end.

Each step's messages and the place in the list are one transaction, so a kill sends nobody a second one.
"""

from __future__ import annotations

from datetime import timedelta

from actors.desk.context import DeskContext
from actors.desk.glances import Audience, Batch
from actors.desk.meanings import BroadcastCancelled, BroadcastMeant, BroadcastTold, Told
from actors.desk.memory import BROADCAST_TIMER, Broadcast, Desk, broadcast_ref
from actors.desk.saying import card_ref, desk_button, note, pressed, tell
from actors.phrases import phrases
from engine.core.chart import Outcome
from engine.core.effects import Button, ClearTimer, Edit, Effect, Send, SetTimer
from engine.core.events import TimedOut
from engine.core.styled import Styled
from engine.telegram.text import answer_parts

TICK_S = 1.0
BACKLOG = 100
"""With so many messages that Telegram has not taken yet, nobody new gets one."""
TICKS_BETWEEN_EDITS = 5
TICKS_MOST = 100_000
"""A day of ticks: then the report says what is still on its way."""


def is_broadcasting(d: Desk, event: BroadcastTold, context: DeskContext) -> bool:
    """One at a time."""
    return d.broadcast is not None and d.broadcast.is_under_way


def say_broadcasting(d: Desk, event: BroadcastTold, context: DeskContext) -> Outcome[Desk]:
    """Says so."""
    return tell(d, event, context, "broadcast-busy")


def can_broadcast(d: Desk, event: BroadcastTold, context: DeskContext) -> bool:
    """Whether there is something to say, in one message, and somebody to say it to."""
    seen = context.seen(Audience)
    return bool(seen.people) and len(answer_parts(seen.text)) == 1


def show_broadcast(d: Desk, event: BroadcastTold, context: DeskContext) -> Outcome[Desk]:
    """The message as everybody would get it, and how many they are."""
    seen, words = context.seen(Audience), context.asker.words
    shown = Broadcast(
        id=context.card,
        conversation=event.conversation,
        admin_id=event.person.id,
        language=words.language,
        markdown=seen.text,
        people=seen.people,
    )
    buttons = (
        desk_button(words, "button-broadcast", "send_all", shown.id, people=seen.people),
        desk_button(words, "button-cancel", "send_none", shown.id),
    )
    card = Send(
        ref=_card(shown),
        content=words.styled("broadcast-ask", people=seen.people),
        buttons=(buttons,),
        to=event.conversation,
    )
    return Outcome(d.but(broadcast=shown), (Send(content=_content(shown), to=event.conversation), card))


def say_what_is_missing(d: Desk, event: BroadcastTold, context: DeskContext) -> Outcome[Desk]:
    """No words, too many, or nobody."""
    seen = context.seen(Audience)
    if not seen.text:
        return tell(d, event, context, "broadcast-usage")
    return tell(d, event, context, "broadcast-too-long" if seen.people else "broadcast-nobody")


def is_shown(d: Desk, event: BroadcastMeant, context: DeskContext) -> bool:
    """The button under the message that was shown last, by whichever admin."""
    return _is_meant(d, event) and d.broadcast is not None and not d.broadcast.is_under_way


def begin_broadcast(d: Desk, event: BroadcastMeant, context: DeskContext) -> Outcome[Desk]:
    """From now on."""
    begun = _of(d, is_under_way=True)
    return Outcome(
        d.but(broadcast=begun),
        (*pressed(event), note(context, "broadcast", "bot", people=begun.people), _progress(begun), _tick(context)),
    )


def is_current(d: Desk, event: BroadcastCancelled, context: DeskContext) -> bool:
    """The one that is shown, or under way."""
    return _is_meant(d, event)


def cancel_broadcast(d: Desk, event: BroadcastCancelled, context: DeskContext) -> Outcome[Desk]:
    """Nobody else gets it."""
    ended = _of(d)
    said = phrases(ended.language).styled("broadcast-cancelled", sent=ended.done, people=ended.people)
    card = Edit(ref=_card(ended), content=said, to=ended.conversation)
    noted = (note(context, "broadcast-cancelled", "bot", sent=ended.done),) if ended.is_under_way else ()
    return Outcome(d.but(broadcast=None), (*pressed(event), *noted, ClearTimer(timer=BROADCAST_TIMER), card))


# ── while it is under way ───────────────────────────────────────────────────────────────────────────────────────────


def is_late(d: Desk, event: TimedOut, context: DeskContext) -> bool:
    """Telegram is slower than we are, or has the last ones still before it."""
    if not _is_tick(d, event):
        return False
    batch = context.seen(Batch)
    return _of(d).ticks < TICKS_MOST and batch.progress.pending > (BACKLOG if batch.people else 0)


def wait_for_telegram(d: Desk, event: TimedOut, context: DeskContext) -> Outcome[Desk]:
    """Looks again in a second."""
    waiting = _of(d, ticks=_of(d).ticks + 1)
    return Outcome(d.but(broadcast=waiting), (*_shown_now_and_then(waiting), _tick(context)))


def has_more(d: Desk, event: TimedOut, context: DeskContext) -> bool:
    """Somebody has not got theirs."""
    return _is_tick(d, event) and bool(context.seen(Batch).people)


def send_to_the_next(d: Desk, event: TimedOut, context: DeskContext) -> Outcome[Desk]:
    """A second's worth of messages."""
    people = context.seen(Batch).people
    before = _of(d)
    after = _of(d, after=people[-1], done=before.done + len(people), ticks=before.ticks + 1)
    content, ref = _content(after), broadcast_ref(after.id)
    sent = tuple(Send(ref=ref, content=content, to=str(person)) for person in people)
    return Outcome(d.but(broadcast=after), (*sent, *_shown_now_and_then(after), _tick(context)))


def is_broadcast_over(d: Desk, event: TimedOut, context: DeskContext) -> bool:
    """Everybody has got theirs, or will not."""
    return _is_tick(d, event)


def report_broadcast(d: Desk, event: TimedOut, context: DeskContext) -> Outcome[Desk]:
    """How many have it."""
    ended, progress = _of(d), context.seen(Batch).progress
    said = phrases(ended.language).styled(
        "broadcast-done", sent=progress.sent, failed=progress.failed, pending=progress.pending
    )
    return Outcome(d.but(broadcast=None), (Edit(ref=_card(ended), content=said, to=ended.conversation),))


def _is_tick(d: Desk, event: TimedOut) -> bool:
    return event.timer == BROADCAST_TIMER and d.broadcast is not None and d.broadcast.is_under_way


def _is_meant(d: Desk, event: Told) -> bool:
    return d.broadcast is not None and event.words[:1] == [d.broadcast.id]


def _of(d: Desk, **changes: object) -> Broadcast:
    if d.broadcast is None:
        raise TypeError("there is no message to everybody")  # the guards have asked
    return d.broadcast.but(**changes)


def _card(broadcast: Broadcast) -> str:
    return card_ref("broadcast", broadcast.id)


def _content(broadcast: Broadcast) -> Styled:
    return answer_parts(broadcast.markdown)[0]


def _shown_now_and_then(broadcast: Broadcast) -> tuple[Effect, ...]:
    return (_progress(broadcast),) if broadcast.ticks % TICKS_BETWEEN_EDITS == 0 else ()


def _progress(broadcast: Broadcast) -> Edit:
    words = phrases(broadcast.language)
    content = words.styled("broadcast-progress", sent=broadcast.done, people=broadcast.people)
    stop: Button = desk_button(words, "button-cancel", "send_none", broadcast.id)
    return Edit(ref=_card(broadcast), content=content, buttons=((stop,),), to=broadcast.conversation)


def _tick(context: DeskContext) -> SetTimer:
    return SetTimer(timer=BROADCAST_TIMER, due=context.now + timedelta(seconds=TICK_S))
