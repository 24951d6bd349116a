"""What an admin's command or button means: one event for each, so that the chart reads like a list of what there is.

A button of the desk's is named "desk:<command>:<argument>" (`actors.desk.saying.desk_button`). To add something: a
class here, a line in MEANINGS, a row in the chart, and a look (`actors.desk.looks`) where its step needs figures.
"""

from __future__ import annotations

from actors.desk.events import DeskCommanded
from engine.core.events import Event
from engine.core.roles import Role


class Told(DeskCommanded, frozen=True, kw_only=True):
    """An admin has told the desk something."""

    @property
    def is_button(self) -> bool:
        """Whether a button says it, not a command."""
        return self.query_id is not None

    @property
    def words(self) -> list[str]:
        """The argument in parts: of a button those between the colons, of a command those between spaces."""
        return self.argument.split(":") if self.is_button else self.argument.split()

    def word(self, number: int) -> str:
        """One of them; "" where there are not so many."""
        return self.words[number] if number < len(self.words) else ""

    def number(self, number: int) -> int:
        """One of them as a number; 0 where it is none."""
        word = self.word(number)
        return int(word) if word.isascii() and word.removeprefix("-").isdigit() else 0


class NotForThem(Told, frozen=True, kw_only=True):
    """Whoever asks was an admin a moment ago, and is none now."""


class NothingMeant(Told, frozen=True, kw_only=True):
    """A button or a command that means nothing (any more)."""


class PauseTold(Told, frozen=True, kw_only=True):
    """/pause, or the button under an alert: only admins get answers from now on."""


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


class IncidentTold(Told, frozen=True, kw_only=True):
    """All that led to an event is wanted as a recording. card : event : "whole", or nothing for stand-ins."""


class BroadcastTold(Told, frozen=True, kw_only=True):
    """/broadcast: shows what everybody would get."""


class BroadcastMeant(Told, frozen=True, kw_only=True):
    """It is meant: it goes out."""


class BroadcastCancelled(Told, frozen=True, kw_only=True):
    """It is not meant, or not any more."""


class AccessDecided(Told, frozen=True, kw_only=True):
    """A button under a stranger's request. card : person : dollars a month ("" is no limit)."""


class MoreDecided(Told, frozen=True, kw_only=True):
    """A button under somebody's wish for a larger budget. card : dollars ("0" denies it)."""


class InviteTold(Told, frozen=True, kw_only=True):
    """/invite, or a choice for one. card : role : uses : days : dollars a month."""


class InviteMade(Told, frozen=True, kw_only=True):
    """The button that makes it. The same words."""


class LimitsTold(Told, frozen=True, kw_only=True):
    """/limits, with a limit to set or without; or its pages. card : page."""


class LimitOpened(Told, frozen=True, kw_only=True):
    """A limit's button. card : scope (one word or two) : period. Card "0": shows it as a message of its own."""


class LimitChosen(Told, frozen=True, kw_only=True):
    """An amount for a limit. card : scope : period : dollars, or "off"."""


class UsersTold(Told, frozen=True, kw_only=True):
    """/users, with words to search for or without; or its pages. card : page : words."""


class PersonOpened(Told, frozen=True, kw_only=True):
    """A person's button. card : person."""


class RoleChosen(Told, frozen=True, kw_only=True):
    """A role for a person. card : person : role ("stranger" takes back whatever was decided)."""


class PersonPaused(Told, frozen=True, kw_only=True):
    """A person gets no answers, or gets them again. card : person : "on" or "off". Card "0": under an alert."""


class ReplySaid(Told, frozen=True, kw_only=True):
    """An admin answers one of the desk's messages. `ref` is which, `argument` the words."""


class AuditTold(Told, frozen=True, kw_only=True):
    """/audit, or its older pages. card : the entry before which to begin."""


class DetailsTold(Told, frozen=True, kw_only=True):
    """The button under an alert. The alert's id."""


class MuteTold(Told, frozen=True, kw_only=True):
    """Nobody wants to hear of this kind of alert for a day. The alert's id."""


class LimitRaised(Told, frozen=True, kw_only=True):
    """The limit that an alert is about is to be higher. The alert's id : dollars."""


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
    "incident": IncidentTold,
    "broadcast": BroadcastTold,
    "send_all": BroadcastMeant,
    "send_none": BroadcastCancelled,
    "approve": AccessDecided,
    "deny": AccessDecided,
    "block": AccessDecided,
    "more": MoreDecided,
    "invite": InviteTold,
    "make": InviteMade,
    "limits": LimitsTold,
    "limit": LimitOpened,
    "setlimit": LimitChosen,
    "users": UsersTold,
    "person": PersonOpened,
    "role": RoleChosen,
    "hold": PersonPaused,
    "reply": ReplySaid,
    "audit": AuditTold,
    "details": DetailsTold,
    "mute": MuteTold,
    "raise": LimitRaised,
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
