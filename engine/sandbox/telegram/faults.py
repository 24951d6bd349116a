"""Trouble on demand: what the sandbox Telegram is told to do wrong, and how often."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from engine.sandbox.telegram.refusal import Refusal


@dataclass(slots=True, eq=False)
class _Told:
    times: int | None
    request: str | None = None
    chat_id: int | None = None
    refusal: Refusal | None = None
    seconds: float = 0.0
    only_repeats: bool = False
    skip: int = 0
    """requests that go well before"""

    def fits(self, request: str, chat_id: int | None) -> bool:
        return (self.request is None or self.request == request) and self.chat_id in (None, chat_id)


@dataclass(frozen=True, slots=True)
class Treatment:
    """What happens to the answer of one request."""

    delay_s: float = 0.0
    cut_before_answer: bool = False


@dataclass(slots=True)
class _Allowance:
    """What one connection may still fetch or save before it has to wait, and until when it waits."""

    parts_left: int
    until_s: float = 0.0


def short_name(request: str) -> str:
    """'SendMessageRequest', 'messages.sendMessage' and 'sendMessage' are the same request."""
    name = request.rpartition(".")[2].removesuffix("Request")
    return name[:1].lower() + name[1:]


class Faults:
    """Each call tells of one trouble to come; `times=None` means from now on, until `clear()`.

    `request` takes 'SendMessageRequest', 'messages.sendMessage' or 'sendMessage'; None means any. `after` so many of
    them go well first: `lose_answer("getFile", after=3)` cuts the connection in the middle of a download.
    """

    def __init__(self, cut_all: Callable[[], int], expire_references: Callable[[], None]) -> None:
        self._cut_all = cut_all
        self._expire_references = expire_references
        self.clear()

    def clear(self) -> None:
        """From now on everything works."""
        self._refusals: list[_Told] = []
        self._slow: list[_Told] = []
        self._lost_answers: list[_Told] = []
        self._refused_connections = 0
        self._refused_until = 0.0
        self._pushes: deque[str] = deque()
        self.push_delay_s = 0.0
        self._rich_refusals: list[_Told] = []
        self._parts_until_expiry: int | None = None
        self._parts_allowed = 0
        self._parts_wait = Refusal("FLOOD_WAIT_0", 420)
        self._parts_wait_s = 0
        self._allowances: dict[int, _Allowance] = {}
        self.impatience = 0
        """parts that a connection asked for while it was told to wait (see `limit_parts`)"""

    # -- told --------------------------------------------------------------------------------------------------

    def flood_wait(
        self, seconds: int, *, request: str | None = None, chat: Any = None, times: int | None = 1, after: int = 0
    ) -> None:
        """FLOOD_WAIT_x for the next requests; `chat` is a Chat or a marked chat id."""
        self._refuse(Refusal(f"FLOOD_WAIT_{seconds}", 420), request, chat, times, after=after)

    def server_error(
        self, times: int | None = 1, *, request: str | None = None, message: str = "RPC_CALL_FAIL", after: int = 0
    ) -> None:
        """Error 500; nothing is executed."""
        self._refuse(Refusal(message, 500), request, None, times, after=after)

    def refuse(
        self,
        message: str,
        *,
        code: int | None = None,
        request: str | None = None,
        chat: Any = None,
        times: int | None = 1,
        after: int = 0,
    ) -> None:
        """Any other RPC error, such as 'CHAT_WRITE_FORBIDDEN'; nothing is executed."""
        self._refuse(Refusal(message, code), request, chat, times, after=after)

    def refuse_rich(self, message: str = "RICH_VALIDATE_CTOR_NOT_ALLOWED", *, times: int | None = None) -> None:
        """No rich message is good enough, sent, edited or streamed: from now on, or so many times."""
        self._rich_refusals.append(_Told(times, refusal=Refusal(message)))

    def random_id_duplicate(self, times: int | None = 1, *, request: str = "sendMessage") -> None:
        """Answer a send whose random_id was used before with RANDOM_ID_DUPLICATE instead of the first message."""
        self._refuse(Refusal("RANDOM_ID_DUPLICATE"), request, None, times, only_repeats=True)

    def expire_file_references(self, *, after_parts: int = 0) -> None:
        """The references of all files that the bot has heard of are out of date, now or after so many parts more.

        Whoever reads a message again (`getMessages`) finds a new reference in it.
        """
        if after_parts:
            self._parts_until_expiry = after_parts
        else:
            self._expire_references()

    def limit_parts(self, parts: int, wait_s: int, *, premium: bool = False) -> None:
        """Every connection may fetch or save so many parts of files; then it gets FLOOD_WAIT_x (FLOOD_PREMIUM_WAIT_x)
        until so many seconds have passed, and may again. `impatience` counts who does not wait."""
        self._parts_allowed, self._parts_wait_s = parts, wait_s
        self._parts_wait = Refusal(f"FLOOD_{'PREMIUM_' if premium else ''}WAIT_{wait_s}", 420)
        self._allowances.clear()

    def slow(self, request: str | None, seconds: float, *, times: int | None = None) -> None:
        """The request is executed at once, but its answer takes this long."""
        self._slow.append(_Told(times, request and short_name(request), seconds=seconds))

    def lose_answer(self, request: str | None = None, times: int = 1, *, after: int = 0) -> None:
        """The request is executed, and the connection is cut before the answer goes out."""
        self._lost_answers.append(_Told(times, request and short_name(request), skip=after))

    def drop_connections(self) -> int:
        """Cut every connection now; returns how many there were."""
        return self._cut_all()

    def refuse_connections(self, seconds: float | None = None, *, count: int | None = None) -> None:
        """Refuse to connect for a while (the event loop's time), or so many times."""
        if seconds is not None:
            self._refused_until = asyncio.get_running_loop().time() + seconds
        self._refused_connections = count or 0

    def lose_updates(self, count: int = 1) -> None:
        """The next numbered updates are not pushed; the difference has them."""
        self._pushes.extend(["lose"] * count)

    def duplicate_updates(self, count: int = 1) -> None:
        """The next numbered updates are pushed twice."""
        self._pushes.extend(["duplicate"] * count)

    def swap_updates(self) -> None:
        """The next two numbered updates are pushed in the wrong order."""
        self._pushes.extend(["hold", "release"])

    def delay(self, seconds: float) -> None:
        """All updates are pushed this much later, from now on."""
        self.push_delay_s = seconds

    # -- asked by the server -----------------------------------------------------------------------------------

    def check(self, request: str, chat_id: int | None, *, is_repeat: bool) -> None:
        """Raise the refusal that this request was told to get, if any."""
        for told in self._refusals:
            if told.fits(request, chat_id) and (is_repeat or not told.only_repeats) and _is_due(told):
                self._use(self._refusals, told)
                assert told.refusal is not None
                raise told.refusal

    def check_rich(self) -> None:
        """Raise the refusal that rich messages were told to get, if any."""
        if self._rich_refusals:
            told = self._rich_refusals[0]
            self._use(self._rich_refusals, told)
            assert told.refusal is not None
            raise told.refusal

    def check_allowance(self, session_id: int) -> None:
        """A connection wants to fetch or save a part. Raises the flood wait if it has had what it is allowed."""
        if not self._parts_allowed:
            return
        now_s = asyncio.get_running_loop().time()
        allowance = self._allowances.setdefault(session_id, _Allowance(self._parts_allowed))
        if now_s < allowance.until_s:
            self.impatience += 1
            raise self._parts_wait
        if allowance.parts_left == 0:
            allowance.until_s, allowance.parts_left = now_s + self._parts_wait_s, self._parts_allowed
            raise self._parts_wait
        allowance.parts_left -= 1

    def count_part(self) -> None:
        """A part of a file is asked for; the one after those that were to go well finds its reference expired."""
        if self._parts_until_expiry is not None:
            self._parts_until_expiry -= 1
            if self._parts_until_expiry < 0:
                self._parts_until_expiry = None
                self._expire_references()

    def treatment(self, request: str, chat_id: int | None) -> Treatment:
        """What happens to the answer."""
        if not self._slow and not self._lost_answers:
            return _AS_USUAL
        slow = next((told for told in self._slow if told.fits(request, chat_id)), None)
        lost = next((told for told in self._lost_answers if told.fits(request, chat_id) and _is_due(told)), None)
        if slow is not None:
            self._use(self._slow, slow)
        if lost is not None:
            self._use(self._lost_answers, lost)
        return Treatment(slow.seconds if slow is not None else 0.0, lost is not None)

    def refuses_connection(self) -> bool:
        """Whether this attempt to connect fails; counts it."""
        if self._refused_connections > 0:
            self._refused_connections -= 1
            return True
        return bool(self._refused_until) and asyncio.get_running_loop().time() < self._refused_until

    def next_push(self) -> str:
        """What becomes of the next numbered push: '', 'lose', 'duplicate', 'hold' or 'release'."""
        return self._pushes.popleft() if self._pushes else ""

    def _refuse(
        self,
        refusal: Refusal,
        request: str | None,
        chat: Any,
        times: int | None,
        *,
        only_repeats: bool = False,
        after: int = 0,
    ) -> None:
        chat_id = chat if chat is None or isinstance(chat, int) else chat.id
        name = request and short_name(request)
        self._refusals.append(_Told(times, name, chat_id, refusal, only_repeats=only_repeats, skip=after))

    @staticmethod
    def _use(tellings: list[_Told], told: _Told) -> None:
        if told.times is not None:
            told.times -= 1
            if told.times <= 0:
                tellings.remove(told)


_AS_USUAL = Treatment()


def _is_due(told: _Told) -> bool:
    """Whether the trouble comes now; counts the requests before it."""
    if told.skip > 0:
        told.skip -= 1
        return False
    return True
