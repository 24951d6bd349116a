"""POST /v1/chat/completions with sound, and POST /v1/audio/speech: words spoken, in sounds that carry them."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

import anyio.to_thread
from openai.types.audio.speech_create_params import SpeechCreateParams

from engine.sandbox.openai.behaviour import Behaviour
from engine.sandbox.openai.chat import Conversation, check_chat, read_chat
from engine.sandbox.openai.ids import Ids
from engine.sandbox.openai.media_models import AUDIO_MODELS, SPEECH_MODELS, media_model
from engine.sandbox.openai.paid import Till
from engine.sandbox.openai.prompt import piece_of, tokens_of
from engine.sandbox.openai.replies import reply
from engine.sandbox.openai.requests import read_object
from engine.sandbox.openai.seen import SeenRequest
from engine.sandbox.openai.shapes import check_of, invalid_value
from engine.sandbox.openai.usage import Usage
from engine.sandbox.openai.wire import JSON, Answer, ApiError, Request, json_answer
from engine.sandbox.sounds import lasts_s, speech

AUDIO_TOKENS_PER_S = 20
"""Of sound that is made; sound that is heard has half as many (`chat`)."""
KEPT = timedelta(hours=1)
"""How long a spoken answer can be referred to."""
INPUT_MAX = 4096
SPEED_MIN, SPEED_MAX = 0.25, 4.0
MIMES = {
    "mp3": "audio/mpeg",
    "opus": "audio/ogg",
    "aac": "audio/aac",
    "flac": "audio/flac",
    "wav": "audio/wav",
    "pcm": "audio/pcm",
}
READING = re.compile(
    r"\b(read|aloud|verbatim|word for word|repeat|voice|speak|say)\b|вслух|прочти|прочита", re.IGNORECASE
)
"""Words of an instruction to speak what follows, and not to answer it."""


@dataclass(frozen=True, slots=True)
class SpokenAnswer:
    """What is said, and how: `form` is None for an answer in text alone."""

    words: str
    form: str | None
    asked: Conversation
    body: JSON = field(repr=False)
    model: str

    @property
    def usage(self) -> Usage:
        """Text tokens of the words, and audio tokens by the length of the sound."""
        said = round(lasts_s(self.words) * AUDIO_TOKENS_PER_S) if self.form else 0
        return Usage(
            input_tokens=self.asked.tokens + self.asked.audio_tokens,
            output_tokens=tokens_of(self.words) + said,
            audio_input_tokens=self.asked.audio_tokens,
            audio_output_tokens=said,
        )


class Speech:
    """The two ways to have something said."""

    def __init__(self, told: Behaviour, till: Till, ids: Ids) -> None:
        self._behaviour = told
        self._till = till
        self._ids = ids

    async def speak(self, request: Request, seen: SeenRequest, _: str) -> Answer:
        """Answer in sound, or say a text."""
        body = read_object(request.body)
        if request.path == "/v1/audio/speech":
            return await self._read_aloud(body, seen)
        check_chat(body)
        model = media_model(body["model"], AUDIO_MODELS)
        asked = await anyio.to_thread.run_sync(read_chat, body["messages"])
        form = (body.get("audio") or {}).get("format") if "audio" in (body.get("modalities") or ()) else None
        if form is None and not asked.audio_tokens:
            message = "This model requires that either input content or output modality contain audio."
            raise ApiError(400, message, code="invalid_value", param="model")
        answer = SpokenAnswer(self._words(asked), form, asked, body, model)
        seen.response_id = self._ids.new("chatcmpl")
        call = self._till.accept(seen, "speech", model, answer.usage, seen.response_id, metadata=body.get("metadata"))
        names = (seen.response_id, self._ids.new("audio"))
        return await self._till.whole(call, partial(_completion, answer, names, self._behaviour.now))

    def _words(self, asked: Conversation) -> str:
        told = self._behaviour.told
        if told.speaks:
            return told.speaks.popleft()
        if READING.search(asked.instructions):
            return asked.question
        return reply([piece_of({"role": role, "content": text}) for role, text in asked.turns])

    async def _read_aloud(self, body: JSON, seen: SeenRequest) -> Answer:
        check_of(SpeechCreateParams)(body, "")
        model = media_model(body["model"], SPEECH_MODELS)
        text, speed = body["input"], body.get("speed") or 1.0
        if not 1 <= len(text) <= INPUT_MAX:
            message = f"Invalid 'input': expected 1 to {INPUT_MAX} characters, but got {len(text)} instead."
            raise ApiError(400, message, code="invalid_value", param="input")
        if not SPEED_MIN <= speed <= SPEED_MAX:
            raise invalid_value("speed", speed, [f"{SPEED_MIN} to {SPEED_MAX}"])
        if body.get("stream_format", "audio") != "audio":
            raise invalid_value("stream_format", body["stream_format"], ["audio"])
        form, duration_s = body.get("response_format") or "mp3", lasts_s(text, speed)
        said = round(duration_s * AUDIO_TOKENS_PER_S)
        usage = Usage(input_tokens=tokens_of(text), output_tokens=said, audio_output_tokens=said)
        call = self._till.accept(seen, "speech", model, usage)
        return await self._till.whole(call, partial(_sound, text, form, duration_s))


def _sound(text: str, form: str, duration_s: float) -> Answer:
    content = speech(text, "pcm16" if form == "pcm" else form, duration_s)
    return Answer(200, {"content-type": MIMES[form]}, content)


def _completion(answer: SpokenAnswer, names: tuple[str, str], now: Callable[[], datetime]) -> Answer:
    at, usage = now(), answer.usage
    message: JSON = {"role": "assistant", "content": answer.words, "refusal": None, "annotations": []}
    if answer.form is not None:
        content = speech(answer.words, answer.form)
        spoken = {
            "id": names[1],
            "data": base64.b64encode(content).decode(),
            "expires_at": int((at + KEPT).timestamp()),
            "transcript": answer.words,
        }
        message |= {"content": None, "audio": spoken}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
    return json_answer(
        {
            "id": names[0],
            "object": "chat.completion",
            "created": int(at.timestamp()),
            "model": answer.model,
            "choices": [choice],
            "usage": _usage_json(usage),
            "service_tier": "default",
            "system_fingerprint": None,
        }
    )


def _usage_json(usage: Usage) -> JSON:
    heard, said = usage.audio_input_tokens, usage.audio_output_tokens
    return {
        "prompt_tokens": usage.input_tokens,
        "completion_tokens": usage.output_tokens,
        "total_tokens": usage.total_tokens,
        "prompt_tokens_details": {
            "cached_tokens": 0,
            "text_tokens": usage.input_tokens - heard,
            "audio_tokens": heard,
            "image_tokens": 0,
        },
        "completion_tokens_details": {
            "reasoning_tokens": 0,
            "text_tokens": usage.output_tokens - said,
            "audio_tokens": said,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }
