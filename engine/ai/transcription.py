"""Sound becomes words: one request for each sound, the words whole at its end."""

from __future__ import annotations

from pathlib import Path

import msgspec
from openai import AsyncOpenAI

from engine.ai import requests
from engine.ai.requests import FormFile
from engine.core.errors import RefusedError, UnreadableFileError
from engine.core.ledger import Usage

FORM_BYTES = 4_096
"""Room for what stands around the sound: OpenAI's limit holds for the whole request."""
SOUND_BYTES = 25 * 1024 * 1024 - FORM_BYTES
"""The most that a sound may have."""
UNREADABLE_CODES = frozenset({"invalid_value", "invalid_file_format", "unsupported_file_format"})
"""What OpenAI calls sound that it can't make out."""
TOO_SHORT = "audio_too_short"
"""What it calls less than a tenth of a second: there are no words in it, and nothing is billed."""
READ_TIMEOUT_S = 900.0
"""The longest silence: OpenAI says nothing before it has heard everything, and that may be hours of speech."""


class Transcript(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was said."""

    text: str
    language: str
    """the first one heard ("en"), "" where OpenAI names none"""
    model: str
    usage: Usage = Usage()
    """seconds or tokens, whichever OpenAI bills; zeros where it reports nothing"""
    is_billed: bool = True


class _Language(msgspec.Struct):
    code: str | None = None


class _Details(msgspec.Struct):
    audio_tokens: int | None = None


class _Usage(msgspec.Struct):
    seconds: float | None = None
    input_tokens: int | None = None
    input_token_details: _Details | None = None
    output_tokens: int | None = None


class _Answer(msgspec.Struct):
    text: str
    language: str | None = None
    languages: list[_Language] | None = None
    usage: _Usage | None = None


class Transcriptions:
    """Raises our errors only; `may_have_run` says whether asking again may be billed twice."""

    def __init__(self, client: AsyncOpenAI) -> None:
        self._client = client

    async def transcribe(self, path: Path, *, name: str, mime: str, model: str) -> Transcript:
        """The words of a sound of at most SOUND_BYTES, in whatever language. OpenAI goes by the ending of `name`.

        Raises UnreadableFileError (gone, too_large, corrupt).
        """
        try:
            return await self._heard(path, name, mime, model)
        except RefusedError as refused:
            if refused.code == TOO_SHORT:
                return Transcript("", "", model, is_billed=False)
            if refused.code in UNREADABLE_CODES:
                raise UnreadableFileError(code="corrupt") from refused
            raise

    async def _heard(self, path: Path, name: str, mime: str, model: str) -> Transcript:
        async with requests.handles(path) as (handle,):
            response = await requests.sent(
                self._client,
                "POST",
                "/audio/transcriptions",
                {"model": model, "response_format": "json"},
                files=[FormFile("file", name, handle, mime)],
                read_timeout_s=READ_TIMEOUT_S,
                is_billed=True,
            )
        answer = await requests.decoded(response.content, _Answer, is_billed=True)
        heard = [language.code for language in answer.languages or () if language.code]
        return Transcript(answer.text, next(iter(heard), answer.language or ""), model, _usage(answer.usage))


def _usage(used: _Usage | None) -> Usage:
    if used is None:
        return Usage()
    details = used.input_token_details or _Details()
    return Usage(
        input_tokens=used.input_tokens or 0,
        audio_input_tokens=details.audio_tokens or 0,
        output_tokens=used.output_tokens or 0,
        audio_ms=round((used.seconds or 0.0) * 1000),
    )
