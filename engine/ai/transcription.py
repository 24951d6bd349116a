"""Sound becomes words (POST /audio/transcriptions)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anyio.to_thread
import msgspec
from openai import AsyncOpenAI
from openai.types.audio.transcription import Transcription, UsageDuration, UsageTokens

from engine.ai.errors import translating
from engine.core.errors import RefusedError, UnreadableFileError
from engine.core.ledger import Usage

REQUEST_BYTES = 26_214_400
"""What OpenAI takes, counted over the whole request."""
SOUND_BYTES = REQUEST_BYTES - 64 * 1024
"""What a sound may have: the rest is for the form around it."""
UNREADABLE_CODES = frozenset({"invalid_value", "invalid_file_format", "unsupported_file_format"})
"""What OpenAI calls sound that it can't make out."""
TOO_SHORT = "audio_too_short"
"""What it calls less than a tenth of a second: there are no words in it, and nothing is billed."""


class Transcript(msgspec.Struct, frozen=True):
    """What was said. `language` is a code ("ru") or "". An empty `usage` means that OpenAI reported none."""

    text: str
    language: str
    model: str
    usage: Usage


class Transcriptions:
    """The wire. Raises our errors only (engine.ai.errors)."""

    def __init__(self, client: AsyncOpenAI) -> None:
        self._client = client

    async def transcribe(self, path: Path, *, name: str, mime: str, model: str) -> Transcript:
        """Writes down a sound of at most SOUND_BYTES, in one of the formats that OpenAI knows.

        UnreadableFileError (corrupt) where OpenAI can't make it out; that costs nothing.
        """
        handle = await anyio.to_thread.run_sync(path.open, "rb")
        try:
            with translating(is_billed=True):
                heard: Any = await self._client.audio.transcriptions.create(
                    file=(name, handle, mime), model=model, response_format="json"
                )
        except RefusedError as refused:
            if refused.code == TOO_SHORT:
                return Transcript("", "", model, Usage())
            if refused.code in UNREADABLE_CODES:
                raise UnreadableFileError(code="corrupt") from refused
            raise
        finally:
            handle.close()
        return Transcript(
            text=heard.text or "",
            language=heard.languages[0].code if heard.languages else "",
            model=model,
            usage=_usage(heard),
        )


def _usage(heard: Transcription) -> Usage:
    match heard.usage:
        case UsageDuration(seconds=seconds):
            return Usage(audio_ms=round(seconds * 1000))
        case UsageTokens() as used:
            details = used.input_token_details
            return Usage(
                input_tokens=used.input_tokens,
                output_tokens=used.output_tokens,
                audio_input_tokens=(details and details.audio_tokens) or 0,
            )
        case _:
            return Usage()
