"""What the desk can receive besides timers and alerts: what people ask of it, what admins tell it to do."""

from __future__ import annotations

from actors.desk.results import FromJobs
from engine.core import conversation
from engine.core.events import AlertRaised, BudgetPassed, FromPerson, TimedOut

DESK = conversation.DESK


class Asking(FromPerson, frozen=True, kw_only=True):
    """Somebody wants something. `conversation` is where they asked, and where they are answered; `query_id` is that of
    the button which they pressed, if it was one."""

    conversation: str
    message_id: int = 0
    query_id: int | None = None


class AccessAsked(Asking, frozen=True, kw_only=True):
    """A stranger asks to be let in. `origin` is how they came: "private", "group"."""

    origin: str = ""


class InviteShown(Asking, frozen=True, kw_only=True):
    """A stranger has come with an invite: /start with its token."""

    token: str


class MoreAsked(Asking, frozen=True, kw_only=True):
    """Somebody's budget is used up and they ask for more. `scope` and `period` name the limit that refused them."""

    scope: str
    period: str


class DeskCommanded(Asking, frozen=True, kw_only=True):
    """An admin wants something of the desk. `command` is its first name in `actors.commands`, or what a button of the
    desk's says ("approve"); `argument` is the rest. `ref` is the desk's message that was answered to, if one was."""

    command: str
    argument: str = ""
    ref: str = ""
    reply_to: int | None = None
    """the message that the command replies to, in the same chat"""


ForDesk = AccessAsked | InviteShown | MoreAsked | DeskCommanded
"""What conversations hand over."""

STORED = ForDesk | FromJobs | AlertRaised | BudgetPassed | TimedOut
"""Every event that can lie in the desk's inbox."""
