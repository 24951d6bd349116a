"""Pictures: drawn from words, or made of other pictures, streamed so that they can be seen growing."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import msgspec
from openai import AsyncOpenAI

from engine.ai import errors, requests
from engine.ai.files import guessed_mime
from engine.ai.prices import Prices
from engine.ai.requests import FormFile
from engine.ai.sse import EventBlocks
from engine.core.errors import CutStreamError
from engine.core.ledger import Usage

PARTIAL_TOKENS = 100
"""Image tokens that each partial picture adds."""
SQUARE_TOKENS = {"low": 272, "medium": 1_056, "high": 4_160}
"""Image tokens of a picture of 1024x1024, for estimates: OpenAI's table for gpt-image-1. Others by their area."""
SQUARE_PIXELS = 1024 * 1024
SOURCE_TOKENS = 4_160
"""Image tokens of a picture that is to be changed: it is looked at in the highest quality."""
BYTES_PER_TOKEN = 4


class ImageRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be drawn."""

    model: str
    prompt: str
    size: str
    """"1024x1024", ... or "auto\""""
    quality: str
    """low, medium, high, auto"""
    pictures: tuple[Path, ...] = ()
    """what it is to be made of: up to 16 PNG, JPEG or WebP files"""
    partial_images: int = 0
    """how often it shows itself while it grows: 0 to 3"""
    safety_identifier: str = ""

    def body(self) -> dict[str, Any]:
        """What is sent, but for the pictures."""
        body: dict[str, Any] = {
            "model": self.model,
            "prompt": self.prompt,
            "size": self.size,
            "quality": self.quality,
            "output_format": "png",
            "stream": True,
        }
        if self.partial_images:
            body["partial_images"] = self.partial_images
        if self.safety_identifier:
            body["safety_identifier"] = self.safety_identifier
        return body


class PartialPicture(msgspec.Struct, frozen=True):
    """A picture that is still growing: PNG, counted from 0."""

    data: bytes
    index: int


class FinishedPicture(msgspec.Struct, frozen=True):
    """The picture: PNG, and what it has used (our estimate where OpenAI does not say)."""

    data: bytes
    usage: Usage


class _Details(msgspec.Struct):
    image_tokens: int | None = None


class _Usage(msgspec.Struct):
    input_tokens: int | None = None
    input_tokens_details: _Details | None = None
    output_tokens: int | None = None
    output_tokens_details: _Details | None = None


class _Fault(msgspec.Struct):
    code: str | int | None = None
    type: str | None = None


class _Event(msgspec.Struct):
    type: str = ""
    b64_json: bytes = b""
    partial_image_index: int | None = None
    usage: _Usage | None = None
    code: str | int | None = None
    error: _Fault | None = None


class PictureStream:
    """The picture as it grows, and finished at last; nothing comes after that.

    Raises CutStreamError where the stream breaks off or ends without a picture, and what an error event of OpenAI's
    means (engine.ai.errors): it may have been billed where something of the picture had come before it.
    """

    def __init__(self, chunks: AsyncIterator[bytes], request: ImageRequest) -> None:
        self._chunks = chunks
        self._request = request
        self._blocks = EventBlocks()
        self._waiting: deque[bytes] = deque()
        self._has_begun = False
        self._is_over = False

    def __aiter__(self) -> PictureStream:
        return self

    async def __anext__(self) -> PartialPicture | FinishedPicture:
        while not self._is_over:
            event = await requests.decoded(await self._next_block(), _Event, is_billed=True)
            if event.type == "error" or event.error is not None:
                self._is_over = True
                fault = event.error or _Fault()
                code = str(event.code or fault.code or fault.type or "")
                raise errors.by_code(code, may_have_run=self._has_begun)
            name, _, stage = event.type.partition(".")
            if name not in ("image_generation", "image_edit") or not event.b64_json:
                continue
            self._has_begun = True
            if stage == "partial_image":
                return PartialPicture(event.b64_json, event.partial_image_index or 0)
            if stage == "completed":
                self._is_over = True
                return FinishedPicture(event.b64_json, _usage(event.usage) or estimated_usage(self._request))
        raise StopAsyncIteration

    async def _next_block(self) -> bytes:
        is_end = False
        while not self._waiting:
            if is_end:
                raise CutStreamError(code="no picture", may_have_run=True)
            try:
                chunk = await anext(self._chunks, None)
            except httpx2.HTTPError as error:
                raise errors.cut(error) from error
            is_end = chunk is None
            self._waiting.extend(self._blocks.feed(b"\n\n" if chunk is None else chunk))
        return self._waiting.popleft()


class Images:
    """Raises our errors only; `may_have_run` says whether asking again may be billed twice."""

    def __init__(self, client: AsyncOpenAI) -> None:
        self._client = client

    @asynccontextmanager
    async def draw(self, request: ImageRequest) -> AsyncIterator[PictureStream]:
        """Draws; inside the block, the picture as it grows. Leaving the block early ends it, paid for nevertheless."""
        async with requests.handles(*request.pictures) as handles:
            files = [
                FormFile("image[]", path.name, handle, guessed_mime(path.name))
                for path, handle in zip(request.pictures, handles, strict=True)
            ]
            path = "/images/edits" if files else "/images/generations"
            response = await requests.begun(self._client, "POST", path, request.body(), files=files, is_billed=True)
            async with requests.pieces(response) as pieces:
                yield PictureStream(pieces, request)


def estimated_usage(request: ImageRequest) -> Usage:
    """What a picture probably uses, where OpenAI does not say."""
    sources = SOURCE_TOKENS * len(request.pictures)
    made = picture_tokens(request.size, request.quality) + PARTIAL_TOKENS * request.partial_images
    return Usage(
        input_tokens=-(-len(request.prompt.encode()) // BYTES_PER_TOKEN) + sources,
        image_input_tokens=sources,
        output_tokens=made,
        image_output_tokens=made,
    )


def picture_tokens(size: str, quality: str) -> int:
    """Image tokens of a picture, as far as OpenAI's tables go."""
    square = SQUARE_TOKENS.get(quality, SQUARE_TOKENS["high"])
    width, _, height = size.partition("x")
    if not (width.isdecimal() and height.isdecimal()):
        return square
    return -(-square * int(width) * int(height) // SQUARE_PIXELS)


def picture_cost_nanousd(prices: Prices, model: str, size: str, quality: str, partial_images: int = 0) -> int | None:
    """What a picture costs, more or less; None where nobody knows the model's price."""
    made = picture_tokens(size, quality) + PARTIAL_TOKENS * partial_images
    return prices.price(model, Usage(output_tokens=made, image_output_tokens=made)).cost_nanousd


def _usage(used: _Usage | None) -> Usage | None:
    if used is None or not used.output_tokens:
        return None
    given, made = used.input_tokens_details or _Details(), used.output_tokens_details
    return Usage(
        input_tokens=used.input_tokens or 0,
        image_input_tokens=given.image_tokens or 0,
        output_tokens=used.output_tokens,
        image_output_tokens=used.output_tokens if made is None else made.image_tokens or 0,
    )
