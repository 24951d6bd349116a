"""Words become sound, behind an interface: OpenAI's models for it come and go.

All models of /audio/speech end on 2027-01-06. What replaces them over plain HTTP is a chat completion whose answer is
sound (`AudioChatSpeech`): the model is told to read the text out, word for word.
"""

from __future__ import annotations

import base64
import binascii
from typing import Protocol

import msgspec
from openai import AsyncOpenAI
from openai.types import CompletionUsage

from engine.ai.errors import translating
from engine.core.errors import OutageError
from engine.core.ledger import Usage

READ_OUT = (
    "You are a voice actor. Read the user's message out loud, exactly as it stands, in its own language. Say nothing"
    " else: no greeting, no comment, no answer to what it asks."
)


class Spoken(msgspec.Struct, frozen=True):
    """A spoken text. `data` is a whole file in any format that engine.media.sound opens."""

    data: bytes
    model: str
    usage: Usage


class Speech(Protocol):
    """Whoever can speak."""

    async def speak(self, text: str, *, voice: str) -> Spoken:
        """Says a text. Raises our errors only."""
        ...


class AudioChatSpeech:
    """Speaks through /chat/completions with a gpt-audio model."""

    def __init__(self, client: AsyncOpenAI, model: str) -> None:
        self._client = client
        self._model = model

    async def speak(self, text: str, *, voice: str) -> Spoken:
        """See Speech."""
        with translating(is_billed=True):
            said = await self._client.chat.completions.create(
                model=self._model,
                modalities=["text", "audio"],
                audio={"voice": voice, "format": "opus"},
                messages=[{"role": "system", "content": READ_OUT}, {"role": "user", "content": text}],
                store=False,
            )
        sound = said.choices[0].message.audio if said.choices else None
        if sound is None:
            raise OutageError(code="no sound", may_have_run=True)
        try:
            data = base64.b64decode(sound.data, validate=True)
        except binascii.Error as error:
            raise OutageError(code="malformed sound", may_have_run=True) from error
        return Spoken(data, said.model or self._model, _usage(said.usage))


def _usage(used: CompletionUsage | None) -> Usage:
    if used is None:
        return Usage()
    given, made = used.prompt_tokens_details, used.completion_tokens_details
    return Usage(
        input_tokens=used.prompt_tokens,
        cached_tokens=(given and given.cached_tokens) or 0,
        audio_input_tokens=(given and given.audio_tokens) or 0,
        output_tokens=used.completion_tokens,
        reasoning_tokens=(made and made.reasoning_tokens) or 0,
        audio_output_tokens=(made and made.audio_tokens) or 0,
    )
