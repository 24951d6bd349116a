"""The half of the API that is not text: every operation on pictures, sounds and moderation, by name."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from engine.sandbox.openai.audio import Transcriptions
from engine.sandbox.openai.behaviour import Behaviour
from engine.sandbox.openai.ids import Ids
from engine.sandbox.openai.images import Images
from engine.sandbox.openai.lifecycle import Lifecycle
from engine.sandbox.openai.limits import Limits
from engine.sandbox.openai.moderation import Moderation
from engine.sandbox.openai.paid import Till
from engine.sandbox.openai.seen import Operation, SeenRequest
from engine.sandbox.openai.speech import Speech
from engine.sandbox.openai.wire import Answer, Request

USUAL = Limits()


def media_operations(
    told: Behaviour, lifecycle: Lifecycle, ids: Ids, limits: Limits = USUAL
) -> dict[Operation, Callable[[Request, SeenRequest, str], Awaitable[Answer]]]:
    """Operation → what does it, as `Operations` calls it."""
    till = Till(told, lifecycle)
    images = Images(till, limits, told.now)
    return {
        "picture": images.generate,
        "edit_picture": images.edit,
        "transcribe": Transcriptions(told, till, limits).transcribe,
        "speak": Speech(told, till, ids).speak,
        "moderate": Moderation(told, ids).moderate,
    }
