"""Pictures made to order (POST /images/generations and /images/edits), streamed: unfinished ones first."""

from __future__ import annotations

import base64
import binascii
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import anyio.to_thread
import httpx2
import msgspec
import openai
from openai import AsyncOpenAI

from engine.ai import errors
from engine.ai.prices import Prices
from engine.core.errors import CutStreamError
from engine.core.ledger import Usage

QUALITY_TOKENS = {"low": 272, "medium": 1056, "high": 4160}
"""Output tokens of a picture of 1024x1024; other sizes in proportion (OpenAI's image guide)."""
PARTIAL_TOKENS = 100
"""For each unfinished picture that is shown (the same guide)."""
SOURCE_TOKENS = 1_536
"""The most that a source picture takes; an estimate on the high side."""
USUAL_PROMPT = 60
"""Tokens of a prompt, for prices that are told before there is one."""
BYTES_PER_TOKEN = 4
SIDE = 1024


class ImageRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A picture as OpenAI gets it asked for. `pictures` (PNG, JPEG or WebP files) are those to be changed."""

    model: str
    prompt: str
    size: str
    """ "1024x1024", ..."""
    quality: str
    pictures: tuple[Path, ...] = ()
    partial_images: int = 0
    safety_identifier: str = ""


class PartialPicture(msgspec.Struct, frozen=True):
    """How the picture looks so far (PNG); `index` counts from 0."""

    data: bytes
    index: int


class FinishedPicture(msgspec.Struct, frozen=True):
    """The picture (PNG), and what it has used."""

    data: bytes
    usage: Usage


class Images:
    """The wire. Raises our errors only (engine.ai.errors)."""

    def __init__(self, client: AsyncOpenAI) -> None:
        self._client = client

    @asynccontextmanager
    async def draw(self, request: ImageRequest) -> AsyncIterator[AsyncIterator[PartialPicture | FinishedPicture]]:
        """Asks; inside the block, unfinished pictures and, last, the finished one. CutStreamError where the stream
        breaks off. Leaving the block before the end gives the picture up; it may be billed nevertheless."""
        stream = await self._opened(request)
        try:
            yield _pieces(stream)
        finally:
            with anyio.CancelScope(shield=True):
                await stream.close()

    async def _opened(self, request: ImageRequest) -> Any:
        asked: dict[str, Any] = {
            "model": request.model,
            "prompt": request.prompt,
            "size": request.size,
            "quality": request.quality,
            "partial_images": request.partial_images,
            "stream": True,
        }
        with errors.translating(is_billed=True):
            if not request.pictures:
                if request.safety_identifier:
                    asked["safety_identifier"] = request.safety_identifier
                return await self._client.images.generate(**asked)
            sources = [await anyio.to_thread.run_sync(partial(_source, path)) for path in request.pictures]
            return await self._client.images.edit(image=sources, **asked)


def estimated_usage(request: ImageRequest) -> Usage:
    """What a picture will probably use, or has, where OpenAI does not say."""
    seen = len(request.pictures) * SOURCE_TOKENS
    made = _picture_tokens(request.size, request.quality) + request.partial_images * PARTIAL_TOKENS
    prompt = -(-len(request.prompt.encode()) // BYTES_PER_TOKEN)
    return Usage(input_tokens=prompt + seen, image_input_tokens=seen, output_tokens=made, image_output_tokens=made)


def picture_cost_nanousd(prices: Prices, model: str, size: str, quality: str, partial_images: int = 0) -> int | None:
    """About what a picture costs; None where nobody knows."""
    prompt = "x" * (USUAL_PROMPT * BYTES_PER_TOKEN)
    request = ImageRequest(model=model, prompt=prompt, size=size, quality=quality, partial_images=partial_images)
    return prices.price(model, estimated_usage(request)).cost_nanousd


def _picture_tokens(size: str, quality: str) -> int:
    width, _, height = size.partition("x")
    return -(-QUALITY_TOKENS[quality] * int(width) * int(height) // SIDE**2)


def _source(path: Path) -> tuple[str, bytes, str]:
    mime = {".png": "image/png", ".webp": "image/webp"}.get(path.suffix.lower(), "image/jpeg")
    return path.name, path.read_bytes(), mime


async def _pieces(stream: Any) -> AsyncIterator[PartialPicture | FinishedPicture]:
    try:
        async for event in stream:
            if event.type.endswith(".partial_image"):
                yield PartialPicture(await _decoded(event.b64_json), event.partial_image_index)
            elif event.type.endswith(".completed"):
                yield FinishedPicture(await _decoded(event.b64_json), _usage(event.usage))
    except openai.APIConnectionError as error:
        raise errors.cut(error) from error
    except httpx2.HTTPError as error:
        raise errors.cut(error) from error
    except openai.APIError as error:
        raise errors.by_code(str(error.code or ""), may_have_run=True) from error


async def _decoded(text: str) -> bytes:
    """Some megabytes: outside of the event loop."""
    try:
        return await anyio.to_thread.run_sync(partial(base64.b64decode, text, validate=True))
    except binascii.Error as error:
        raise CutStreamError(code="malformed picture", may_have_run=True) from error


class _Details(msgspec.Struct):
    image_tokens: int | None = None


class _Used(msgspec.Struct):
    """As much of the usage as matters; the SDK's own class does not know the output's details."""

    input_tokens: int | None = None
    input_tokens_details: _Details | None = None
    output_tokens: int | None = None
    output_tokens_details: _Details | None = None


def _usage(reported: openai.BaseModel | None) -> Usage:
    used = _Used() if reported is None else msgspec.convert(reported.to_dict(), _Used)
    seen, drawn = used.input_tokens_details or _Details(), used.output_tokens_details or _Details()
    made = used.output_tokens or 0
    return Usage(
        input_tokens=used.input_tokens or 0,
        image_input_tokens=seen.image_tokens or 0,
        output_tokens=made,
        image_output_tokens=made if drawn.image_tokens is None else drawn.image_tokens,
    )
