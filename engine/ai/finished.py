"""A response that has ended, read from OpenAI's JSON with no more than the bot needs of it.

Every field may be null or missing: an answer that is paid for is not lost because OpenAI's JSON has grown.
"""

from __future__ import annotations

import msgspec

from engine.core.errors import CutStreamError
from engine.core.ledger import Usage

CITED = "url_citation"
MADE = "container_file_citation"
"""OpenAI's names for the two kinds of annotations that matter here."""


class Citation(msgspec.Struct, frozen=True):
    """A page on the web that the answer leans on."""

    title: str
    url: str


class ContainerFile(msgspec.Struct, frozen=True):
    """A file that the code interpreter has made."""

    container_id: str
    file_id: str
    name: str


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
    citations: tuple[Citation, ...] = ()
    """in the order of the text; a page may be cited several times"""
    container_files: tuple[ContainerFile, ...] = ()
    """each once"""


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


class _Annotation(msgspec.Struct):
    type: str = ""
    url: str | None = None
    title: str | None = None
    container_id: str | None = None
    file_id: str | None = None
    filename: str | None = None


class _Part(msgspec.Struct):
    type: str = ""
    text: str | None = None
    refusal: str | None = None
    annotations: list[_Annotation] | None = None


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


def read_response(body: bytes) -> FinishedResponse:
    """A response as GET gives it. Raises CutStreamError for what is none."""
    try:
        return finished(_responses.decode(body))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise CutStreamError(code="malformed response") from error


def finished(response: RawResponse) -> FinishedResponse:
    """What the bot keeps of a response. Raises msgspec.DecodeError."""
    messages = [item for item in response.output or () if item.type == "message"]
    parts = [part for message in messages for part in _parts.decode(message.content) or ()]
    notes = [note for part in parts for note in part.annotations or ()]
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
        citations=tuple(Citation(note.title or "", note.url) for note in notes if note.type == CITED and note.url),
        container_files=_made(notes),
    )


def _made(notes: list[_Annotation]) -> tuple[ContainerFile, ...]:
    found: dict[str, ContainerFile] = {}
    for note in notes:
        if note.type == MADE and note.container_id and note.file_id:
            found.setdefault(note.file_id, ContainerFile(note.container_id, note.file_id, note.filename or ""))
    return tuple(found.values())


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
