"""POST /v1/audio/transcriptions: the words that were told, those that the sound carries, or how long it is."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from typing import Any

import anyio.to_thread
from openai.types.audio import transcription_create_params as create_params

from engine.sandbox.openai.behaviour import Behaviour
from engine.sandbox.openai.forms import read_form, typed
from engine.sandbox.openai.limits import Limits
from engine.sandbox.openai.media_models import TRANSCRIPTION_MODELS, media_model
from engine.sandbox.openai.paid import Till
from engine.sandbox.openai.seen import SeenRequest
from engine.sandbox.openai.shapes import check_of, missing
from engine.sandbox.openai.told import Hears
from engine.sandbox.openai.transcripts import Transcript, events, rendered
from engine.sandbox.openai.wire import JSON, Answer, ApiError, Request
from engine.sandbox.sounds import Heard, listen

SHORTEST_S = 0.1
LONGEST_S = 1500.0
"""Of the models that are billed by tokens."""
CHUNKED_S = 30.0
"""A longer sound needs `chunking_strategy` when speakers are told apart."""
WHISPER_FORMS = frozenset({"json", "text", "srt", "verbose_json", "vtt"})
FORMS = {"whisper-1": WHISPER_FORMS, "gpt-4o-transcribe-diarize": frozenset({"json", "text", "diarized_json"})}
"""The others give json alone."""
ONLY_WITH = {"keywords": "gpt-transcribe", "languages": "gpt-transcribe", "timestamp_granularities": "whisper-1"}
"""Parameters that one model alone takes."""

_CYRILLIC = re.compile(r"[а-яё]", re.IGNORECASE)


class Transcriptions:
    """The one operation."""

    def __init__(self, told: Behaviour, till: Till, limits: Limits) -> None:
        self._behaviour = told
        self._till = till
        self._limits = limits

    async def transcribe(self, request: Request, seen: SeenRequest, _: str) -> Answer:
        """Give the words in a sound."""
        size = len(request.body)
        if size > self._limits.sound:
            message = f"413: Maximum content size limit ({self._limits.sound}) exceeded ({size} bytes read)"
            raise ApiError(413, message, type="server_error")
        form = read_form(request)
        fields = typed(form.fields, create_params.TranscriptionCreateParamsNonStreaming)
        seen.body = {**fields, **{file.field: file.name for file in form.files}}
        model, form_asked = _checked(fields, seen.body)
        file = form.file("file")
        if file is None:
            raise missing("file")
        heard = await anyio.to_thread.run_sync(self._heard, file.content)
        _check_length(heard, model, fields)
        transcript = self._transcript(heard, model, fields)
        call = self._till.accept(seen, "transcription", model, transcript.usage)
        if fields.get("stream") and model != "whisper-1":
            return await self._till.streamed(call, partial(events, transcript, form_asked, call.pace.delta_chars))
        granularities = fields.get("timestamp_granularities") or ()
        return await self._till.whole(call, partial(rendered, transcript, form_asked, granularities))

    def _heard(self, content: memoryview) -> Heard:
        try:
            heard = listen(content)
        except ValueError as error:
            message = "Audio file might be corrupted or unsupported"
            raise ApiError(400, message, code="invalid_value", param="file") from error
        hear = self._behaviour.listener
        return heard if hear is None else replace(heard, words=hear(bytes(content)))

    def _transcript(self, heard: Heard, model: str, fields: JSON) -> Transcript:
        told = self._behaviour.told
        said = told.hears.popleft() if told.hears else _said(heard, fields)
        return Transcript(said.text, said.language, heard.duration_s, model, fields.get("prompt") or "")


def _checked(fields: JSON, body: JSON) -> tuple[str, str]:
    """The model and the form of the answer; 400 for what does not go together."""
    is_streamed = fields.get("stream") is True
    shape: Any = create_params.TranscriptionCreateParamsNonStreaming
    check_of(create_params.TranscriptionCreateParamsStreaming if is_streamed else shape)(body, "")
    model = media_model(fields["model"], TRANSCRIPTION_MODELS)
    form = fields.get("response_format") or "json"
    if form not in FORMS.get(model, {"json"}):
        message = f"response_format '{form}' is not compatible with model '{model}'. Use 'json' instead."
        raise ApiError(400, message, code="unsupported_value", param="response_format")
    for name, alone in ONLY_WITH.items():
        if name in fields and model != alone:
            message = f"Unsupported parameter: '{name}' is not supported with model '{model}'."
            raise ApiError(400, message, code="unsupported_parameter", param=name)
    if fields.get("timestamp_granularities") and form != "verbose_json":
        message = "timestamp_granularities requires response_format 'verbose_json'."
        raise ApiError(400, message, code="invalid_value", param="timestamp_granularities")
    return model, form


def _check_length(heard: Heard, model: str, fields: JSON) -> None:
    if heard.duration_s < SHORTEST_S:
        message = f"Audio file is too short. Minimum audio length is {SHORTEST_S} seconds."
        raise ApiError(400, message, code="audio_too_short", param="file")
    if model.startswith("gpt-4o-") and heard.duration_s > LONGEST_S:
        message = f"audio duration {heard.duration_s:.2f} seconds is longer than {LONGEST_S:.0f} seconds"
        raise ApiError(400, f"{message} which is the maximum for this model", code="invalid_value")
    if model.endswith("-diarize") and heard.duration_s > CHUNKED_S and not fields.get("chunking_strategy"):
        message = "chunking_strategy is required for diarization models"
        raise ApiError(400, message, code="invalid_value", param="chunking_strategy")


def _said(heard: Heard, fields: JSON) -> Hears:
    words = heard.words
    if words is None:
        words = f"({heard.duration_s:.1f} seconds of speech)"
    guessed = "ru" if _CYRILLIC.search(words) else "en"
    return Hears(words, fields.get("language") or guessed)
