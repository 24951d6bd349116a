"""What an admin's command or button means: one event for each, so that the chart reads like a list of what there is.

A button of the desk's is named "desk:<command>:<argument>" (`desk_button`). To add something: a class here, a line in
MEANINGS, a row in the chart, and a look (`actors.desk.looks`) where its step needs figures.
"""

from __future__ import annotations

from actors.desk.events import DeskCommanded
from engine.core.events import Event
from engine.core.roles import Role


class Told(DeskCommanded, frozen=True, kw_only=True):
    """An admin has told the desk something."""

    @property
    def words(self) -> list[str]:
        """The argument in parts: of a button those between the colons, of a command those between spaces."""
        return self.argument.split(":") if self.query_id is not None else self.argument.split()


class NotForThem(Told, frozen=True, kw_only=True):
    """Whoever asks was an admin a moment ago, and is none now."""


class NothingMeant(Told, frozen=True, kw_only=True):
    """A button or a command that means nothing (any more)."""


class PauseTold(Told, frozen=True, kw_only=True):
    """/pause: only admins get answers from now on."""


class ResumeTold(Told, frozen=True, kw_only=True):
    """/resume: everybody gets answers again."""


class ReportTold(Told, frozen=True, kw_only=True):
    """A report that takes a job: /stat, /status, /models, /pricing, and the files of /ledger and /quarantine."""


class ThemeTold(Told, frozen=True, kw_only=True):
    """Pictures are to be dark, or light, from now on."""


class AllowTold(Told, frozen=True, kw_only=True):
    """A model may be chosen, or may no more."""


class SetModelTold(Told, frozen=True, kw_only=True):
    """/setmodel: this one answers where nobody has chosen."""


class LedgerTold(Told, frozen=True, kw_only=True):
    """/ledger: asks for which time, and as what."""


class QuarantineTold(Told, frozen=True, kw_only=True):
    """/quarantine: the list."""


class ReplayTold(Told, frozen=True, kw_only=True):
    """An event is to be tried again."""


class DropTold(Told, frozen=True, kw_only=True):
    """An event is to be forgotten."""


class BroadcastTold(Told, frozen=True, kw_only=True):
    """/broadcast: shows what everybody would get."""


class BroadcastMeant(Told, frozen=True, kw_only=True):
    """It is meant: it goes out."""


class BroadcastCancelled(Told, frozen=True, kw_only=True):
    """It is not meant, or not any more."""


MEANINGS: dict[str, type[Told]] = {
    "pause": PauseTold,
    "resume": ResumeTold,
    "stat": ReportTold,
    "status": ReportTold,
    "models": ReportTold,
    "pricing": ReportTold,
    "lines": ReportTold,
    "events": ReportTold,
    "theme": ThemeTold,
    "allow": AllowTold,
    "setmodel": SetModelTold,
    "ledger": LedgerTold,
    "quarantine": QuarantineTold,
    "replay": ReplayTold,
    "drop": DropTold,
    "broadcast": BroadcastTold,
    "send_all": BroadcastMeant,
    "send_none": BroadcastCancelled,
}
"""By the command's first name, or by what a button says."""


def meaning(event: Event, role: Role) -> Event:
    """The event that the desk's chart is asked about: the same one, or what it means from somebody with this role."""
    if not isinstance(event, DeskCommanded):
        return event
    meant = MEANINGS.get(event.command, NothingMeant) if role is Role.ADMIN else NotForThem
    return meant(
        at=event.at,
        person=event.person,
        conversation=event.conversation,
        message_id=event.message_id,
        query_id=event.query_id,
        command=event.command,
        argument=event.argument,
        ref=event.ref,
        reply_to=event.reply_to,
    )
