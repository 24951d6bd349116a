"""A model that only streams, with next to no cost of its own: raw asyncio, one frame of OpenAI's shape per event.

LocalOpenAI checks, remembers and bills, which costs more for an event than the bot does; with a thousand streams it
would be the bottleneck. Here each answer goes on, word by word, until `release` is called; then all end.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count

MODEL = "gpt-6.1-terra"
WORDS = ("time ", "flies ", "like ", "an ", "arrow ", "and ", "fruit ", "flies ", "like ", "a ", "banana; ")
_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
_MARKER = re.compile(rb"#\d+ ")
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


class EndlessModel:
    """All running answers. `events_sent` and `texts` (by marker) are what the bot should have seen."""

    def __init__(self, events_per_s: float) -> None:
        self.gap_s = 1 / events_per_s
        self.running = 0
        self.events_sent = 0
        self.latest_s = 0.0
        """the most that an event was sent too late: this process was busy"""
        self.texts: dict[str, str] = {}
        self.released = False
        self.ids = count(1)

    def release(self) -> None:
        """Every answer ends with its next event."""
        self.released = True

    @asynccontextmanager
    async def listen(self) -> AsyncIterator[str]:
        """Serves on a free port; gives the base URL."""
        server = await asyncio.get_running_loop().create_server(lambda: _Answering(self), "127.0.0.1", backlog=4096)
        host, port = server.sockets[0].getsockname()[:2]
        async with server:
            yield f"http://{host}:{port}/v1"


class _Answering(asyncio.Protocol):
    """One connection: questions one after the other."""

    def __init__(self, model: EndlessModel) -> None:
        self._model = model
        self._received = b""
        self._transport: asyncio.Transport | None = None
        self._next: asyncio.TimerHandle | None = None
        self._marker = ""
        self._words: list[str] = []
        self._number = 0
        self._due_s = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._transport = None
        if self._next is not None:
            self._next.cancel()
            self._model.running -= 1

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, _, body = self._received.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if length is None or len(body) < int(length[1]):
            return
        self._received = b""
        markers = _MARKER.findall(body)
        self._begin(markers[-1].decode().strip() if markers else "#0")

    def _begin(self, marker: str) -> None:
        model = self._model
        number = next(model.ids)
        self._marker, self._words, self._number = marker, [f"{marker}: "], 0
        self._response_id, self._item_id = f"resp_{number:048x}", f"msg_{number:048x}"
        model.running += 1
        assert self._transport is not None
        self._transport.write(_HEAD)
        response = self._response("in_progress")
        item = {"id": self._item_id, "type": "message", "status": "in_progress", "content": [], "role": "assistant"}
        self._send("response.created", {"response": response})
        self._send("response.in_progress", {"response": response})
        self._send("response.output_item.added", {"output_index": 0, "item": item})
        self._send("response.content_part.added", self._place() | {"part": {"type": "output_text", "text": ""}})
        loop = asyncio.get_running_loop()
        self._due_s = loop.time() + model.gap_s * (number % 16) / 16
        self._next = loop.call_at(self._due_s, self._say)

    def _say(self) -> None:
        model, loop = self._model, asyncio.get_running_loop()
        model.latest_s = max(model.latest_s, loop.time() - self._due_s)
        if model.released:
            self._end()
            return
        word = WORDS[len(self._words) % len(WORDS)] if len(self._words) > 1 else self._words[0]
        if len(self._words) > 1:
            self._words.append(word)
        else:
            self._words = ["", word]
        self._send("response.output_text.delta", self._place() | {"delta": word, "logprobs": []})
        model.events_sent += 1
        self._due_s += model.gap_s
        self._next = loop.call_at(self._due_s, self._say)

    def _end(self) -> None:
        text = "".join(self._words)
        self._model.texts[self._marker] = text.strip()
        part = {"type": "output_text", "text": text, "annotations": [], "logprobs": []}
        item = {"id": self._item_id, "type": "message", "status": "completed", "content": [part], "role": "assistant"}
        done = self._response("completed") | {
            "output": [item],
            "usage": {"input_tokens": 40, "output_tokens": len(self._words), "total_tokens": 40 + len(self._words)},
        }
        self._send("response.output_text.done", self._place() | {"text": text, "logprobs": []})
        self._send("response.output_item.done", {"output_index": 0, "item": item})
        self._send("response.completed", {"response": done})
        self._next = None
        self._model.running -= 1
        if self._transport is not None:
            self._transport.write(b"0\r\n\r\n")

    def _response(self, status: str) -> dict[str, object]:
        return {"id": self._response_id, "object": "response", "model": MODEL, "status": status, "output": []}

    def _place(self) -> dict[str, object]:
        return {"item_id": self._item_id, "output_index": 0, "content_index": 0}

    def _send(self, name: str, fields: dict[str, object]) -> None:
        data = json.dumps({"type": name, **fields, "sequence_number": self._number}, separators=(",", ":"))
        self._number += 1
        frame = f"event: {name}\ndata: {data}\n\n".encode()
        if self._transport is not None:
            self._transport.write(b"%x\r\n%b\r\n" % (len(frame), frame))
