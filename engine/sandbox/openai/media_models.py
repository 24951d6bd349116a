"""The models for pictures, sounds and moderation: which of them does what, and when it ends.

Names are the SDK's, end dates OpenAI's (deprecations page and SDK docstrings, 2026-11). Their answers name no dated id
(only POST /chat/completions names a model at all), so each is billed under the name it was asked for by.
"""

from __future__ import annotations

from engine.sandbox.openai.models import Model
from engine.sandbox.openai.shapes import missing, spoken_list
from engine.sandbox.openai.wire import ApiError

SPEECH_API_ENDS = "2027-01-06"
TRANSCRIBE_ENDS = "2027-02-26"

PICTURE_MODELS: dict[str, str | None] = {
    "gpt-image-2.6-sunburst": None,
    "gpt-image-2.6-flare": None,
    "gpt-image-2.5-sunburst": None,
    "gpt-image-2.5-sunburst-2026-09-08": None,
    "gpt-image-2.5-flare": None,
    "gpt-image-2.5-flare-2026-09-08": None,
    "gpt-image-2": None,
    "gpt-image-2-2026-04-21": None,
}
TRANSCRIPTION_MODELS: dict[str, str | None] = {
    "gpt-transcribe": None,
    "whisper-1": TRANSCRIBE_ENDS,
    "gpt-4o-transcribe": TRANSCRIBE_ENDS,
    "gpt-4o-mini-transcribe": TRANSCRIBE_ENDS,
    "gpt-4o-mini-transcribe-2025-12-15": TRANSCRIBE_ENDS,
    "gpt-4o-transcribe-diarize": TRANSCRIBE_ENDS,
}
AUDIO_MODELS: dict[str, str | None] = {
    "gpt-audio-1.5": None,
    "gpt-audio": "2027-01-20",
    "gpt-audio-mini": "2027-01-20",
}
SPEECH_MODELS: dict[str, str | None] = {
    "tts-1": SPEECH_API_ENDS,
    "tts-1-hd": SPEECH_API_ENDS,
    "gpt-4o-mini-tts": SPEECH_API_ENDS,
    "gpt-4o-mini-tts-2025-12-15": SPEECH_API_ENDS,
}
MODERATION_MODELS: dict[str, str | None] = {"omni-moderation-latest": None, "omni-moderation-2024-09-26": None}

MEDIA_MODELS = {
    name: Model(name, name, ends, efforts=())
    for models in (PICTURE_MODELS, TRANSCRIPTION_MODELS, AUDIO_MODELS, SPEECH_MODELS, MODERATION_MODELS)
    for name, ends in models.items()
}
"""Every one of them by its id, as GET /v1/models lists them."""


def media_model(name: str | None, offered: dict[str, str | None]) -> str:
    """The model's name, checked against those that a path offers; 400 or 404 otherwise."""
    if name is None:
        raise missing("model")
    if name in offered:
        return name
    if name in MEDIA_MODELS:
        message = f"Invalid value: '{name}'. Supported values are: {spoken_list(list(offered))}."
        raise ApiError(400, message, code="invalid_value", param="model")
    message = f"The model `{name}` does not exist or you do not have access to it."
    raise ApiError(404, message, code="model_not_found")
