"""What would go on by itself: it ends where whoever asked has been blocked meanwhile, or is no longer let in."""

from __future__ import annotations

from actors.context import Context
from actors.events import Transcribed, TranscriptionFailed
from actors.memory import Conversation
from actors.steps.shared import ended, left_standing
from engine.core.chart import Outcome
from engine.core.events import TimedOut
from engine.core.roles import Role


def is_shut_out(c: Conversation, event: TimedOut | Transcribed | TranscriptionFailed, context: Context) -> bool:
    """Whoever has asked may not use the bot any more."""
    return context.role in (Role.BLOCKED, Role.STRANGER)


def leave_gathered(c: Conversation, event: TimedOut, context: Context) -> Outcome[Conversation]:
    """Nobody is asked."""
    return Outcome(c.but(gathered=None))


def leave_transcript(
    c: Conversation, event: Transcribed | TranscriptionFailed, context: Context
) -> Outcome[Conversation]:
    """It is shown to nobody, and no model is asked: not about the frames of a film without sound either."""
    return Outcome(ended(c), left_standing(c, context))
