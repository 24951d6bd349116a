"""Steps for what asks nothing of the desk."""

from __future__ import annotations

from actors.desk.context import DeskContext
from actors.desk.meanings import Told
from actors.desk.memory import Desk
from actors.desk.saying import tell
from engine.core.chart import Outcome


def ignore(d: Desk, event: object, context: DeskContext) -> Outcome[Desk]:
    """Nothing."""
    return Outcome(d)


def say_unknown(d: Desk, event: Told, context: DeskContext) -> Outcome[Desk]:
    """What others than admins ask of the desk looks unknown, and so does what means nothing."""
    return tell(d, event, context, "unknown-command" if event.query_id is None else "button-gone")
