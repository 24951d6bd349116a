"""Who hears of what: pushes updates to the bot's connected sessions, with the told faults in between."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from telethon.tl import types

from engine.sandbox.telegram import tl
from engine.sandbox.telegram.chats import Supergroup
from engine.sandbox.telegram.faults import Faults
from engine.sandbox.telegram.history import Event
from engine.sandbox.telegram.sessions import Authorisation, Session
from engine.sandbox.telegram.world import World

NO_SEQ = 0
"""`seq` of updates that may be applied in any order, as all that the real one pushes to bots."""


class Delivery:
    """The world's audience."""

    def __init__(self, world: World, faults: Faults, later: Callable[[float, Callable[[], None]], object]) -> None:
        self._world = world
        self._faults = faults
        self._later = later
        self._held: list[tuple[bytes, list[Session]]] = []
        self.listening: dict[Session, None] = {}
        self.logged_in: dict[int, Authorisation] = {}

    def log_in(self, authorisation: Authorisation) -> None:
        """From now on this key's events are kept in mind for its difference."""
        authorisation.is_logged_in = True
        self.logged_in[authorisation.key_id] = authorisation

    def log_out(self, authorisation: Authorisation) -> None:
        """Nothing goes to this key any more."""
        authorisation.is_logged_in = False
        self.logged_in.pop(authorisation.key_id, None)
        for session in authorisation.sessions.values():
            self.leave(session)

    def join(self, session: Session) -> None:
        """The session made an ordinary request, so it wants updates."""
        session.wants_updates = True
        self.listening[session] = None

    def leave(self, session: Session) -> None:
        """The session's connection is gone: what it may not have got is found in the difference."""
        session.authorisation.behind |= session.told
        session.told.clear()
        self.listening.pop(session, None)

    def announce(self, event: Event, origin: object) -> None:
        """Push an event to all listening sessions but the one that caused it."""
        if event.channel is not None:
            self._note(event.channel)
        receivers = [session for session in self.listening if session is not origin]
        if receivers:
            users, groups = tl.who([event])
            self._push_numbered(self._packed(tl.event(event), users, groups), receivers, event.channel)

    def tell(self, update: Any, users: Sequence[tl.Encoded], groups: Sequence[tl.Encoded], *, numbered: bool) -> None:
        """Push an update without a pts."""
        if self.listening:
            payload, receivers = self._packed(update, users, groups), list(self.listening)
            if numbered:
                self._push_numbered(payload, receivers, None)
            else:
                self._push(payload, receivers)

    def _note(self, channel: Supergroup) -> None:
        there = set()
        for session in self.listening:
            session.told.add(channel)
            there.add(session.authorisation.key_id)
        for key_id, authorisation in self.logged_in.items():
            if key_id not in there:
                authorisation.behind.add(channel)

    def _packed(self, update: Any, users: Iterable[tl.Encoded], groups: Iterable[tl.Encoded]) -> bytes:
        return bytes(types.Updates([update], list(users), list(groups), self._world.now(), NO_SEQ))

    def _push_numbered(self, payload: bytes, receivers: list[Session], channel: Supergroup | None) -> None:
        fate = self._faults.next_push()
        if fate == "lose":
            if channel is not None:
                for session in receivers:
                    session.authorisation.behind.add(channel)
            return
        if fate == "hold":
            self._held.append((payload, receivers))
            return
        self._push(payload, receivers)
        if fate == "duplicate":
            self._push(payload, receivers)
        elif fate == "release":
            held, self._held = self._held, []
            for late, late_receivers in held:
                self._push(late, late_receivers)

    def _push(self, payload: bytes, receivers: list[Session]) -> None:
        if self._faults.push_delay_s:
            self._later(self._faults.push_delay_s, lambda: self._send(payload, receivers))
        else:
            self._send(payload, receivers)

    def _send(self, payload: bytes, receivers: list[Session]) -> None:
        for session in receivers:
            if session in self.listening:
                session.send(payload)
