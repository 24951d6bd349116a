"""POST /v1/moderations: nothing is flagged unless it was told to be. It costs nothing."""

from __future__ import annotations

import anyio
from openai.types.moderation_create_params import ModerationCreateParams

from engine.sandbox.openai.behaviour import Behaviour
from engine.sandbox.openai.categories import CATEGORIES
from engine.sandbox.openai.ids import Ids
from engine.sandbox.openai.media_models import MODERATION_MODELS, media_model
from engine.sandbox.openai.requests import read_object
from engine.sandbox.openai.seen import SeenRequest
from engine.sandbox.openai.shapes import check_of
from engine.sandbox.openai.wire import JSON, Answer, ApiError, ConnectionCut, Request, json_answer

CALM, FLAGGED = 0.0001, 0.9871
INPUTS_MAX = 1000


class Moderation:
    """The one operation."""

    def __init__(self, told: Behaviour, ids: Ids) -> None:
        self._behaviour = told
        self._ids = ids

    async def moderate(self, request: Request, seen: SeenRequest, _: str) -> Answer:
        """Judge a text, several texts, or one input of texts and pictures."""
        body = read_object(request.body)
        check_of(ModerationCreateParams)(body, "")
        model = media_model(body.get("model") or "omni-moderation-latest", MODERATION_MODELS)
        judged = _judged(body["input"])
        told = self._behaviour.told
        started_s, pace = anyio.current_time(), told.next_pace("moderate", self._behaviour.speed)
        connection = told.next_connection("moderate")
        flagged = told.flags.popleft() if told.flags else ()
        await anyio.sleep_until(started_s + pace.timing(1)[2])
        if connection is not None:
            if connection.kind == "stall":
                await anyio.sleep_forever()
            raise ConnectionCut
        seen.response_id = self._ids.new("modr")
        results = [_result(kinds, flagged) for kinds in judged]
        return json_answer({"id": seen.response_id, "model": model, "results": results})


def _judged(given: str | list[str] | list[JSON]) -> list[set[str]]:
    """For each result, the kinds of input that it is about."""
    if not given or (isinstance(given, list) and len(given) > INPUTS_MAX):
        message = f"Invalid 'input': expected a text, or an array of 1 to {INPUTS_MAX}."
        raise ApiError(400, message, code="invalid_value", param="input")
    if isinstance(given, str):
        return [{"text"}]
    parts = [part for part in given if isinstance(part, dict)]
    if not parts:
        return [{"text"}] * len(given)
    return [{"image" if part["type"] == "image_url" else "text" for part in parts}]


def _result(kinds: set[str], flagged: tuple[str, ...]) -> JSON:
    applied = {name: [kind for kind in kinds_of if kind in kinds] for name, kinds_of in CATEGORIES.items()}
    return {
        "flagged": bool(flagged),
        "categories": {name: name in flagged for name in CATEGORIES},
        "category_scores": {name: FLAGGED if name in flagged else CALM for name in CATEGORIES},
        "category_applied_input_types": applied,
    }
