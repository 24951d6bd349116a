"""Single requests through the SDK (its auth, headers and forms), their answers and errors as the bot knows them.

The SDK's own methods build pydantic objects that nobody here needs; these read the few fields that matter.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, TypeVar, cast

import anyio
import anyio.to_thread
import httpx2
import msgspec
import openai
from openai import AsyncOpenAI

from engine.ai import errors
from engine.core.errors import CutStreamError, RefusedError, UnreadableFileError

T = TypeVar("T")

CLOSE_S = 2.0
LARGE_BYTES = 256 * 1024
"""A larger JSON body is decoded outside the event loop."""


class FormFile(NamedTuple):
    """A file in a form: the field's name, then name, open handle and media type of the file."""

    field: str
    name: str
    handle: BinaryIO
    mime: str


async def sent(
    client: AsyncOpenAI,
    method: str,
    path: str,
    body: Mapping[str, Any] | None = None,
    *,
    files: Sequence[FormFile] = (),
    query: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    read_timeout_s: float | None = None,
    is_billed: bool = False,
) -> httpx2.Response:
    """The whole answer. `is_billed`: OpenAI takes money for this one. Raises our errors."""
    options = _options(client, files, query, headers, read_timeout_s)
    try:
        match method:
            case "GET":
                return await client.get(path, cast_to=httpx2.Response, options=options)
            case "DELETE":
                return await client.delete(path, cast_to=httpx2.Response, options=options)
            case _:
                return await client.post(
                    path, cast_to=httpx2.Response, body=body or {}, files=_form(files), options=options
                )
    except (openai.OpenAIError, httpx2.HTTPError) as error:
        raise errors.translated(error, is_billed=is_billed, has_file=bool(files)) from error


async def begun(
    client: AsyncOpenAI,
    method: str,
    path: str,
    body: Mapping[str, Any] | None = None,
    *,
    files: Sequence[FormFile] = (),
    query: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    is_billed: bool = False,
) -> httpx2.Response:
    """An answer whose body is not read yet: the SDK's own stream would cost 12 times as much. Close it."""
    options, stream_cls = _options(client, files, query, headers, None), openai.AsyncStream[Any]
    try:
        if method == "GET":
            answer: object = await client.get(
                path, cast_to=httpx2.Response, options=options, stream=True, stream_cls=stream_cls
            )
        else:
            answer = await client.post(
                path,
                cast_to=httpx2.Response,
                body=body or {},
                files=_form(files),
                options=options,
                stream=True,
                stream_cls=stream_cls,
            )
    except (openai.OpenAIError, httpx2.HTTPError) as error:
        raise errors.translated(error, is_billed=is_billed, has_file=bool(files)) from error
    return cast("httpx2.Response", answer)  # the SDK gives it as it is when it is asked for one


@asynccontextmanager
async def pieces(response: httpx2.Response) -> AsyncIterator[AsyncGenerator[bytes, None]]:
    """The body, piece by piece; the connection is given back, or cut, when the block ends."""
    chunks = response.aiter_bytes()
    try:
        yield chunks
    finally:
        with anyio.move_on_after(CLOSE_S, shield=True):
            await chunks.aclose()
            await response.aclose()


async def decoded(body: bytes, kind: type[T], *, is_billed: bool = False) -> T:
    """OpenAI's JSON as one of our structs. Raises CutStreamError for what is none."""
    decode = partial(msgspec.json.decode, body, type=kind)
    try:
        return decode() if len(body) < LARGE_BYTES else await anyio.to_thread.run_sync(decode)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise CutStreamError(code="malformed response", may_have_run=is_billed) from error


async def found(client: AsyncOpenAI, path: str, kind: type[T], *, headers: Mapping[str, str] | None = None) -> T | None:
    """A thing as OpenAI has it; None where OpenAI does not have it (any more)."""
    try:
        return await decoded((await sent(client, "GET", path, headers=headers)).content, kind)
    except RefusedError as refused:
        if refused.code == errors.NOT_FOUND:
            return None
        raise


async def deleted(client: AsyncOpenAI, path: str, *, headers: Mapping[str, str] | None = None) -> bool:
    """Deletes a thing. False where OpenAI did not have it: gone is gone."""
    try:
        await sent(client, "DELETE", path, headers=headers)
    except RefusedError as refused:
        if refused.code == errors.NOT_FOUND:
            return False
        raise
    return True


@asynccontextmanager
async def handles(*paths: Path) -> AsyncIterator[list[BinaryIO]]:
    """The files, open for reading. Raises UnreadableFileError (gone).

    A form reads them 64 KiB at a time while it is sent, on the event loop: 4 ms at most for 40 MB. Paths or bytes
    would cost three times their size in memory, and seconds. Unbuffered: such pieces need no second copy.
    """
    async with AsyncExitStack() as stack:
        try:
            files = [await stack.enter_async_context(await anyio.open_file(path, "rb", buffering=0)) for path in paths]
        except OSError as error:
            raise UnreadableFileError(code="gone") from error
        yield [cast("BinaryIO", file.wrapped) for file in files]


def _form(files: Sequence[FormFile]) -> Any:
    return [(file.field, (file.name, file.handle, file.mime)) for file in files] or None


def _options(
    client: AsyncOpenAI,
    files: Sequence[FormFile],
    query: Mapping[str, str] | None,
    headers: Mapping[str, str] | None,
    read_timeout_s: float | None,
) -> Any:
    form = {"Content-Type": "multipart/form-data"} if files else {}
    options: dict[str, Any] = {"headers": form | dict(headers or {})}
    if query:
        options["params"] = dict(query)
    if read_timeout_s is not None:
        usual = cast("httpx2.Timeout", client.timeout)
        options["timeout"] = httpx2.Timeout(
            connect=usual.connect, read=read_timeout_s, write=usual.write, pool=usual.pool
        )
    return options
