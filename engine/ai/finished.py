"""A response that has ended, read from OpenAI's JSON with no more than the bot needs of it.

Every field may be null or missing: an answer that is paid for is not lost because OpenAI's JSON has grown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from engine.core.errors import CutStreamError
from engine.core.ledger import Usage
from engine.core.styled import Source

_CONTAINER_FILE = re.compile(r"/containers/(?P<container>[\w-]+)/files/(?P<file>[\w-]+)")
"""How an address names a file of the code interpreter."""


class ContainerFile(msgspec.Struct, frozen=True):
    """A file that the code interpreter has written. It is gone when its container ends."""

    container_id: str
    file_id: str
    name: str
    """as the model has named it; may have the folders before it"""


class FinishedResponse(msgspec.Struct, frozen=True):
    """A response that will not change any more, or a look at one that may."""

    id: str
    model: str
    """as answered: a dated id"""
    status: str
    """completed, incomplete, failed, cancelled; queued, in_progress for one that still runs"""
    text: str
    refusal: str = ""
    service_tier: str = ""
    """the one that was really used"""
    usage: Usage = Usage()
    """zeros where OpenAI reported none"""
    incomplete_reason: str = ""
    error_code: str = ""
    citations: tuple[Source, ...] = ()
    """pages that the text cites, in its order, as often as it does"""
    container_files: tuple[ContainerFile, ...] = ()
    """files that the answer brings, each once"""


class _InputDetails(msgspec.Struct):
    cached_tokens: int | None = None
    cache_write_tokens: int | None = None


class _OutputDetails(msgspec.Struct):
    reasoning_tokens: int | None = None


class _Usage(msgspec.Struct):
    input_tokens: int | None = None
    output_tokens: int | None = None
    input_tokens_details: _InputDetails | None = None
    output_tokens_details: _OutputDetails | None = None


class _WebSearch(msgspec.Struct):
    num_requests: int | None = None


class _ToolUsage(msgspec.Struct):
    web_search: _WebSearch | None = None


class _Item(msgspec.Struct):
    type: str = ""
    content: msgspec.Raw = msgspec.Raw(b"null")
    """decoded only where the item is a message: other items may put anything here"""
    outputs: Any = None
    """of a code interpreter's call"""


class _Part(msgspec.Struct):
    type: str = ""
    text: str | None = None
    refusal: str | None = None
    annotations: Any = None


class _Annotation(msgspec.Struct):
    type: str | None = None
    url: str | None = None
    title: str | None = None
    container_id: str | None = None
    file_id: str | None = None
    filename: str | None = None


class _Reason(msgspec.Struct):
    reason: str | None = None


class _Error(msgspec.Struct):
    code: str | int | None = None


class RawResponse(msgspec.Struct):
    """OpenAI's response object, as much of it as matters."""

    id: str
    model: str | None = None
    status: str | None = None
    output: list[_Item] | None = None
    usage: _Usage | None = None
    tool_usage: _ToolUsage | None = None
    service_tier: str | None = None
    incomplete_details: _Reason | None = None
    error: _Error | None = None


_responses = msgspec.json.Decoder(RawResponse)
_parts = msgspec.json.Decoder(list[_Part] | None)


def read_response(body: bytes, *, is_billed: bool = False) -> FinishedResponse:
    """A response as GET gives it, or a POST that waits for it (`is_billed`). Raises CutStreamError for what is none."""
    try:
        return finished(_responses.decode(body))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise CutStreamError(code="malformed response", may_have_run=is_billed) from error


def finished(response: RawResponse) -> FinishedResponse:
    """What the bot keeps of a response. Raises msgspec.DecodeError."""
    messages = [item for item in response.output or () if item.type == "message"]
    parts = [part for message in messages for part in _parts.decode(message.content) or ()]
    notes = [note for part in parts for note in _annotations(part.annotations)]
    files = [*_drawn_files(response.output or ()), *_cited_files(notes)]  # the name that is cited wins
    return FinishedResponse(
        id=response.id,
        model=response.model or "",
        status=response.status or "",
        text="".join(part.text or "" for part in parts if part.type == "output_text"),
        refusal="".join(part.refusal or "" for part in parts if part.type == "refusal"),
        service_tier=response.service_tier or "",
        usage=_usage(response),
        incomplete_reason=(response.incomplete_details and response.incomplete_details.reason) or "",
        error_code=str((response.error and response.error.code) or ""),
        citations=tuple(Source(one.title or "", one.url) for one in notes if one.type == "url_citation" and one.url),
        container_files=tuple({file.file_id: file for file in files}.values()),
    )


def _annotations(found: Any) -> Iterator[_Annotation]:
    """Those that can be read. They only adorn an answer: one that can't be read is left out."""
    for one in found if isinstance(found, list) else ():
        try:
            yield msgspec.convert(one, _Annotation)
        except msgspec.ValidationError:
            continue


def _cited_files(notes: list[_Annotation]) -> Iterator[ContainerFile]:
    for note in notes:
        if note.type == "container_file_citation" and note.container_id and note.file_id:
            yield ContainerFile(note.container_id, note.file_id, note.filename or "file")


def _drawn_files(items: Iterable[_Item]) -> Iterator[ContainerFile]:
    """Pictures among a call's outputs whose address names a file; any other address can't be fetched with a key."""
    for item in items:
        if item.type == "code_interpreter_call" and isinstance(item.outputs, list):
            for output in item.outputs:
                address = output.get("url") if isinstance(output, dict) else None
                if isinstance(address, str) and (found := _CONTAINER_FILE.search(address)):
                    yield ContainerFile(found["container"], found["file"], "picture.png")


def _usage(response: RawResponse) -> Usage:
    used = response.usage or _Usage()
    given = used.input_tokens_details or _InputDetails()
    made = used.output_tokens_details or _OutputDetails()
    searched = (response.tool_usage and response.tool_usage.web_search) or _WebSearch()
    return Usage(
        input_tokens=used.input_tokens or 0,
        cached_tokens=given.cached_tokens or 0,
        cache_write_tokens=given.cache_write_tokens or 0,
        output_tokens=used.output_tokens or 0,
        reasoning_tokens=made.reasoning_tokens or 0,
        web_searches=searched.num_requests or 0,
        file_searches=sum(item.type == "file_search_call" for item in response.output or ()),
    )
