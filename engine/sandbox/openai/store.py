"""Where the local OpenAI keeps responses: found by id until they are deleted, forgotten or 30 days old."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from engine.sandbox.openai.prompt import Piece, piece_of
from engine.sandbox.openai.responses import LocalResponse
from engine.sandbox.openai.wire import ApiError

KEPT = timedelta(days=30)
KEPT_FOR_POLLING = timedelta(minutes=10)
"""How long a background response stays that asked not to be stored."""

RESPONSES_MAX = 100_000
"""Then the oldest is dropped, so that a sandbox can run for weeks."""


class Responses(Mapping[str, LocalResponse]):
    """Every response accepted, for tests to look at; the API finds only those that it still keeps."""

    def __init__(self) -> None:
        self._all: dict[str, LocalResponse] = {}
        self._kept: set[str] = set()

    def __getitem__(self, response_id: str) -> LocalResponse:
        return self._all[response_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    @property
    def last(self) -> LocalResponse:
        """The response accepted last."""
        return next(reversed(self._all.values()))

    def add(self, response: LocalResponse) -> None:
        """Keep a response just accepted."""
        self._all[response.id] = response
        if response.is_stored or response.is_background:
            self._kept.add(response.id)
        if len(self._all) > RESPONSES_MAX:
            oldest = next(iter(self._all))
            del self._all[oldest]
            self._kept.discard(oldest)

    def forget(self, response_id: str | None = None) -> None:
        """Drop one response from the API's memory, or all of them."""
        if response_id is None:
            self._kept.clear()
        else:
            self._kept.discard(response_id)

    def find(self, response_id: str, now: datetime) -> LocalResponse:
        """A kept response; 404 when there is none."""
        response = self._all.get(response_id)
        if response is None or not self._is_kept(response, now):
            raise ApiError(404, f"Response with id '{response_id}' not found.")
        return response

    def thread_after(self, response_id: str, now: datetime) -> tuple[Piece, ...]:
        """What a call inherits from `previous_response_id`; 400 when that response cannot be continued."""
        response = self._all.get(response_id)
        is_there = response is not None and response.is_stored and self._is_kept(response, now)
        if response is None or not is_there or response.status not in {"completed", "incomplete"}:
            message = f"Previous response with id '{response_id}' not found."
            raise ApiError(400, message, code="previous_response_not_found", param="previous_response_id")
        if response.output and (last := response.output[-1])["type"] == "reasoning":
            message = f"Item '{last['id']}' of type 'reasoning' was provided without its required following item."
            raise ApiError(400, message, param="input")
        return response.context()

    def item(self, item_id: str) -> Piece:
        """The item behind an `item_reference`; 404 when no kept response has it."""
        for response in reversed(self._all.values()):
            if response.id not in self._kept:
                continue
            pieces = (*response.prompt.new, *map(piece_of, response.output))
            found = next((piece for piece in pieces if piece.item["id"] == item_id), None)
            if found is not None:
                return found
        raise ApiError(404, f"Item with id '{item_id}' not found.", param="input")

    def _is_kept(self, response: LocalResponse, now: datetime) -> bool:
        lasts = KEPT if response.is_stored else KEPT_FOR_POLLING
        return response.id in self._kept and now < response.created_at + lasts
