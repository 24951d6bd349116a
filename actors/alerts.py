"""Alerts: what the admins must know becomes an event for their desk, the same one once an hour."""

from __future__ import annotations

from datetime import datetime

from actors.desk.events import DESK
from engine.core.events import AlertRaised


def alerts(kind: str, detail: str, now: datetime, person_id: int = 0) -> list[tuple[str, str, AlertRaised]]:
    """(inbox key, conversation, event), none or one of them. `kind` names the sentences `alert-<kind>` and
    `about-<kind>`; `detail` holds no message text and no key; `person_id` is whom it is about."""
    key = f"alert:{kind}:{detail}:{now:%Y%m%d%H}"
    return [(key, DESK, AlertRaised(at=now, kind=kind, detail=detail, person_id=person_id))]
