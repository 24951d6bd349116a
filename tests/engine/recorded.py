"""A Telegram that keeps every call and answers as a test has told it: for what the sandbox has no people for."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import anyio
from telethon import functions, types

from engine.core.errors import GpttgError

SENDS = (functions.messages.SendMessageRequest, functions.messages.SendMediaRequest)


class RecordedTelegram:
    """A client. Messages are numbered from 1, the same random_id twice is the same message; all else gets True,
    or what `answers` says for its kind."""

    def __init__(self) -> None:
        self.calls: list[Any] = []
        self.asked: list[int] = []
        """which data centre each call went to (0: our own)"""
        self.latency_s = 0.0
        """how long each call takes"""
        self.at_once = 0
        self.most_at_once = 0
        self.answers: dict[type, Callable[[Any], Any]] = {}
        self._faults: list[tuple[type, GpttgError]] = []
        self._messages: dict[int, int] = {}

    def fails(self, kind: type, *errors: GpttgError) -> None:
        """The next calls of this kind get these errors."""
        self._faults += [(kind, error) for error in errors]

    def of(self, kind: type) -> list[Any]:
        """The calls of this kind so far."""
        return [call for call in self.calls if isinstance(call, kind)]

    @property
    def messages(self) -> int:
        """How many messages there are."""
        return len(self._messages)

    async def invoke(self, request: Any) -> Any:
        """One call to our own data centre."""
        return await self.invoke_at(0, request)

    async def invoke_at(self, dc_id: int, request: Any) -> Any:
        """One call."""
        self.calls.append(copy.copy(request))
        self.asked.append(dc_id)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await anyio.sleep(self.latency_s)
        finally:
            self.at_once -= 1
        for fault in self._faults:
            if isinstance(request, fault[0]):
                self._faults.remove(fault)
                raise fault[1]
        return self._answer(request)

    def _answer(self, request: Any) -> Any:
        if answer := self.answers.get(type(request)):
            return answer(request)
        if not isinstance(request, SENDS):
            return True
        message_id = self._messages.setdefault(request.random_id, len(self._messages) + 1)
        return types.Updates([types.UpdateMessageID(message_id, request.random_id)], [], [], None, 0)
