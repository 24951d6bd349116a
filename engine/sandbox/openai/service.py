"""The sandbox OpenAI: answers, pictures and speech, with its own models, memory, bill and ways to fail, in here.

One core answers at two doors: `transport()` for an SDK in this process, `listen()` for anybody over TCP. It awaits
nothing but time and threads that compute, and starts no task, so it runs on an event loop whose clock jumps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from typing import Any

import anyio
import httpx2
from openai import AsyncOpenAI

from engine.sandbox.openai import asgi
from engine.sandbox.openai.acceptance import Acceptance
from engine.sandbox.openai.behaviour import Behaviour
from engine.sandbox.openai.bill import BilledCall
from engine.sandbox.openai.changes import Changes
from engine.sandbox.openai.file_api import FileApi
from engine.sandbox.openai.ids import Ids
from engine.sandbox.openai.lifecycle import Lifecycle
from engine.sandbox.openai.limits import Limits
from engine.sandbox.openai.models import DEFAULT_MODELS
from engine.sandbox.openai.operations import Operations
from engine.sandbox.openai.routes import route
from engine.sandbox.openai.seen import SeenRequest
from engine.sandbox.openai.store import Responses
from engine.sandbox.openai.told import INSTANT, Pace
from engine.sandbox.openai.transport import LocalTransport
from engine.sandbox.openai.wire import JSON_TYPE, Answer, ApiError, ConnectionCut, Request, decode

SANDBOX_KEY = "sk-sandbox"
CONTEXT_TOKENS = 400_000
REQUESTS_MAX = 100_000
"""So many requests are remembered at most; then the older half is dropped."""


def utc_now() -> datetime:
    """The wall clock, for a sandbox that nobody gave another."""
    return datetime.now(UTC)


class LocalOpenAI(Behaviour):
    """An OpenAI to talk to, to tell what to do (see `Behaviour`), and to look into.

    `now` gives aware UTC datetimes for dates and expiry; pace runs on the event loop's clock. `speed` is the standing
    pace (`INSTANT`, `LIFELIKE`, any `Pace`). The same `seed` gives the same ids. With `keeps_interrupted`, a response
    whose client has gone is finished and billed as if nothing had happened; otherwise it stops and is gone (404).
    """

    def __init__(
        self,
        now: Callable[[], datetime] = utc_now,
        *,
        models: Iterable[str] = DEFAULT_MODELS,
        speed: Pace = INSTANT,
        keys: Iterable[str] = (SANDBOX_KEY,),
        seed: int = 0,
        keeps_interrupted: bool = False,
        context_tokens: int = CONTEXT_TOKENS,
        limits: Limits | None = None,
    ) -> None:
        super().__init__(now, speed)
        self.keys = set(keys)
        self.changed = Changes()
        """Wakes whoever waits for something to happen here: `await local.changed.until(lambda: local.bill)`."""
        self.requests: list[SeenRequest] = []
        """Every request in the order of arrival, accepted or refused."""
        self.responses = Responses()
        """Every response by id, whatever became of it; `responses.last` is the latest."""
        ids = Ids(seed)
        self._ids = ids
        self._lifecycle = Lifecycle(now, self.responses, self.changed, keeps_interrupted)
        acceptance = Acceptance(now, models, context_tokens, ids, self.responses)
        file_api = FileApi(self, ids, limits or Limits(), self._lifecycle.bill.append)
        self.files = file_api.files
        """Every uploaded file that is kept now, by id."""
        self.uploads = file_api.uploads
        self.vector_stores = file_api.vector_stores
        self._storage = file_api.storage
        self.containers = file_api.containers
        """Vector stores and containers by id, the expired ones too."""
        self._operations = Operations(self, acceptance, self._lifecycle, self.responses, ids, file_api)

    @property
    def keeps_interrupted(self) -> bool:
        """Whether a response whose client has gone is finished nevertheless. May be changed."""
        return self._lifecycle.keeps_interrupted

    @keeps_interrupted.setter
    def keeps_interrupted(self, keeps: bool) -> None:
        self._lifecycle.keeps_interrupted = keeps

    @property
    def bill(self) -> list[BilledCall]:
        """What OpenAI would charge for, in the order in which the calls ended and the days began."""
        self._storage.read_meter()
        return self._lifecycle.bill

    def forgets(self, response_id: str | None = None) -> None:
        """From now on one stored response, or every one, is unknown (as after 30 days)."""
        self.responses.forget(response_id)

    # The doors

    def transport(self) -> LocalTransport:
        """The door in this process: `httpx2.AsyncClient(transport=local.transport())`."""
        return LocalTransport(self.handle)

    def client(self, **options: Any) -> AsyncOpenAI:
        """An SDK client that comes through that door; `options` as for `AsyncOpenAI`."""
        options.setdefault("api_key", min(self.keys, default=SANDBOX_KEY))
        http_client = httpx2.AsyncClient(transport=self.transport())
        return AsyncOpenAI(http_client=http_client, **options)

    def listen(self, host: str = "127.0.0.1", port: int = 0) -> AbstractAsyncContextManager[str]:
        """The door over TCP: `async with local.listen() as base_url:` (ends in /v1; port 0 takes a free one)."""
        return asgi.listen(self.handle, host, port)

    # The core

    async def handle(self, request: Request) -> Answer:
        """Answer one request; raises `ConnectionCut` when told to break the connection before the headers."""
        self._storage.read_meter()
        seen = self._note(request)
        request_id = seen.request_id = self._ids.new("req")
        try:
            answer = await self._answer(request, seen)
        except ApiError as error:
            seen.outcome, seen.refused_as = "refused", error.code
            answer = Answer(error.status, {"content-type": JSON_TYPE, **error.headers}, error.body())
        except BaseException as error:  # cut, or the client left while it was waiting
            seen.outcome = "cut" if isinstance(error, ConnectionCut) else "interrupted"
            self.changed.bump()
            raise
        else:
            if isinstance(answer.body, bytes):
                seen.outcome = "answered"
        seen.status = answer.status
        self.changed.bump()
        headers = {"x-request-id": request_id, "openai-version": "2020-10-01", **answer.headers}
        return Answer(answer.status, headers, answer.body)

    async def _answer(self, request: Request, seen: SeenRequest) -> Answer:
        operation, name = route(request)
        seen.operation = operation
        trouble = self.told.next_trouble(operation, self.now())
        if trouble == "silence":
            await anyio.sleep_forever()
        elif trouble is not None:
            raise trouble.with_traceback(None)
        self._let_in(request.headers.get("authorization", ""))
        return await self._operations.run(operation, request, seen, name)

    def _note(self, request: Request) -> SeenRequest:
        if len(self.requests) >= REQUESTS_MAX:
            del self.requests[: REQUESTS_MAX // 2]
        seen = SeenRequest(self.now(), None, request.method, request.path, request.query, request.headers)
        try:
            body = decode(request.body) if request.body else None
        except ValueError:
            body = None
        seen.body = body if isinstance(body, dict) else {}
        self.requests.append(seen)
        self.changed.bump()
        return seen

    def _let_in(self, authorization: str) -> None:
        scheme, _, key = authorization.partition(" ")
        if scheme.lower() != "bearer" or not key:
            message = "You didn't provide an API key. You need to provide your API key in an Authorization header."
            raise ApiError(401, message)
        if key not in self.keys:
            message = f"Incorrect API key provided: {key[:3]}*****."
            raise ApiError(401, message, code="invalid_api_key")
