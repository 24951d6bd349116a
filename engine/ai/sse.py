"""Server-sent events: bytes in, the data of whole events out. What they say is for others to read. Sans-I/O."""

from __future__ import annotations

from engine.core.errors import CutStreamError

EVENT_BYTES = 64 * 1024 * 1024
"""The most that one event may have (a picture comes as base64 in one)."""


class EventBlocks:
    """Feed it the bytes as they come; it keeps what is not whole yet."""

    def __init__(self) -> None:
        self._kept = bytearray()

    def feed(self, chunk: bytes) -> list[bytes]:
        """The data of the events that are complete now. Raises CutStreamError where one is too large."""
        chunk = chunk.replace(b"\r", b"")  # lines may end in CRLF; JSON has no bare CR
        searched = max(0, len(self._kept) - 1)
        self._kept += chunk
        end = self._kept.rfind(b"\n\n", searched)
        if end < 0:
            if len(self._kept) > EVENT_BYTES:
                raise CutStreamError(code="event too large", may_have_run=True)
            return []
        whole = bytes(self._kept[:end])
        del self._kept[: end + 2]
        return [data for block in whole.split(b"\n\n") if (data := _data_of(block)) and data != b"[DONE]"]


def _data_of(block: bytes) -> bytes:
    return b"\n".join([line[5:].lstrip(b" ") for line in block.split(b"\n") if line.startswith(b"data:")])
