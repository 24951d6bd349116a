"""The same over a real socket: a connection is used again, and reading less often never falls behind."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import msgspec
import pytest
from anyio.abc import SocketAttribute, SocketStream

from engine.ai import reading
from engine.ai.client import AsyncOpenAI, openai_client
from engine.ai.files import Files, UploadedFile
from engine.ai.responses import AnswerRequest, Responses
from engine.ai.stream import Finished, TextDelta
from engine.core.errors import OutageError

pytestmark = pytest.mark.anyio

DELTAS = 300
REQUEST = AnswerRequest(model="gpt-6.1-terra", input=[{"role": "user", "content": "Hi"}], instructions="Be brief.")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def chunk(kind: str, **fields: Any) -> bytes:
    """An event in an HTTP chunk of its own, as OpenAI sends it."""
    event = b"event: %b\ndata: %b\n\n" % (kind.encode(), msgspec.json.encode({"type": kind, **fields}))
    return b"%x\r\n%b\r\n" % (len(event), event)


HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
DELTA = chunk("response.output_text.delta", delta="word ")
LAST = chunk("response.completed", response={"id": "resp_1", "status": "completed"})


class Server:
    """Answers every question with the same words; the body ends a moment after its terminal event."""

    def __init__(self) -> None:
        self.connections = 0
        self.questions = 0

    async def serve(self, stream: SocketStream) -> None:
        self.connections += 1
        async with stream:
            kept = b""
            while True:
                try:
                    kept += await stream.receive()
                except (anyio.EndOfStream, anyio.BrokenResourceError, anyio.ClosedResourceError):
                    return
                if kept.endswith(b"}"):
                    kept = b""
                    self.questions += 1
                    await self._answer(stream)

    async def _answer(self, stream: SocketStream) -> None:
        await stream.send(HEAD + DELTA * DELTAS)
        await anyio.wait_all_tasks_blocked()
        await stream.send(LAST)
        await anyio.wait_all_tasks_blocked()
        await stream.send(b"0\r\n\r\n")


@asynccontextmanager
async def asking(server: Server) -> AsyncIterator[Responses]:
    async with serving(server) as client:
        yield Responses(client)


@asynccontextmanager
async def serving(server: Server) -> AsyncIterator[AsyncOpenAI]:
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    port = listener.extra(SocketAttribute.local_port)
    async with listener, anyio.create_task_group() as tasks:
        tasks.start_soon(listener.serve, server.serve)
        base_url = f"http://127.0.0.1:{port}/v1"
        async with openai_client("sk-sandbox", base_url) as client:
            yield client
        tasks.cancel_scope.cancel()


async def words_of(responses: Responses) -> int:
    async with responses.ask(REQUEST) as events:
        seen = [event async for event in events]
    assert isinstance(seen[-1], Finished)
    return sum(isinstance(event, TextDelta) for event in seen)


async def test_one_connection_serves_answer_after_answer() -> None:
    server = Server()
    async with asking(server) as responses:
        assert [await words_of(responses) for _ in range(3)] == [DELTAS] * 3
    assert (server.questions, server.connections) == (3, 1)


async def test_an_answer_that_is_left_early_gives_no_connection_back() -> None:
    server = Server()
    async with asking(server) as responses:
        async with responses.ask(REQUEST) as events:
            await anext(events)
        assert await words_of(responses) == DELTAS
    assert (server.questions, server.connections) == (2, 2)


async def test_reading_less_often_takes_all_that_has_come_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "READ_EVERY_PER_STREAM_S", 0.1)
    server = Server()
    async with asking(server) as responses:
        with anyio.fail_after(3):  # one wait for each event would be 30 s
            assert await words_of(responses) == DELTAS
        assert await words_of(responses) == DELTAS
    assert server.connections == 1


class Counter(Server):
    """Takes whole forms and counts their bytes."""

    content_bytes = 0

    async def serve(self, stream: SocketStream) -> None:
        async with stream:
            received = b""
            while b"\r\n\r\n" not in received:
                received += await stream.receive()
            head, _, content = received.partition(b"\r\n\r\n")
            length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
            self.content_bytes = int(length.partition(b":")[2])
            left = self.content_bytes - len(content)
            while left:
                left -= len(await stream.receive())
            answer = b'{"id": "file-1", "bytes": 3000000}'
            await stream.send(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(answer), answer))


async def test_a_file_goes_out_whole_with_its_length_announced(tmp_path: Path) -> None:
    path = tmp_path / "large"
    await anyio.Path(path).write_bytes(b"x" * 3_000_000)
    server = Counter()
    async with serving(server) as client:
        uploaded = await Files(client).upload(path, name="a.pdf", mime="", purpose="vision", expires_after_s=3600)
    assert uploaded == UploadedFile("file-1", 3_000_000)
    assert 3_000_000 < server.content_bytes < 3_001_000


async def test_a_server_that_hangs_up_after_the_question_may_have_billed_it() -> None:
    class Rude(Server):
        async def _answer(self, stream: SocketStream) -> None:
            await stream.aclose()

    async with asking(Rude()) as responses:
        with pytest.raises(OutageError) as caught:
            await words_of(responses)
    assert caught.value.may_have_run


async def test_a_server_that_is_not_there_was_never_asked() -> None:
    async with openai_client("sk-sandbox", "http://127.0.0.1:9/v1") as client:
        with pytest.raises(OutageError) as caught:
            await words_of(Responses(client))
    assert not caught.value.may_have_run
