"""Alerts: what the admins must know becomes an event in each admin's own conversation, the same one once an hour."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from engine.core.events import AlertRaised


def alerts(admins: Iterable[int], kind: str, detail: str, now: datetime) -> list[tuple[str, str, AlertRaised]]:
    """(inbox key, conversation, event) for each admin. `kind` names a sentence `alert-<kind>`; `detail` holds no
    message text and no key."""
    hour = now.strftime("%Y%m%d%H")
    return [
        (f"alert:{admin}:{kind}:{detail}:{hour}", str(admin), AlertRaised(at=now, kind=kind, detail=detail))
        for admin in sorted(admins)
    ]
