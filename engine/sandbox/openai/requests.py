"""What a client may ask for: each request body is checked as OpenAI checks it before anything else looks at it.

Fields, types and enums come from the SDK's parameter types (see `shapes`); only messages are described here, because
the SDK's types want more of them (an id, a status) than the API does. Limits are those of the API reference.
"""

from __future__ import annotations

from typing import Any, Literal, Required

from openai.types.responses import response_create_params as create_params
from openai.types.responses.input_token_count_params import InputTokenCountParams
from openai.types.responses.response_compact_params import ResponseCompactParams
from openai.types.responses.response_input_content_param import ResponseInputContentParam
from openai.types.responses.response_input_item_param import ResponseInputItemParam
from typing_extensions import TypedDict

from engine.sandbox.openai.models import Model
from engine.sandbox.openai.shapes import Check, check_of, fields_of, invalid_type, invalid_value, missing, spoken_list
from engine.sandbox.openai.wire import JSON, ApiError, decode

LIMITS: dict[str, tuple[float, float | None]] = {
    "temperature": (0, 2),
    "top_p": (0, 1),
    "top_logprobs": (0, 20),
    "max_output_tokens": (16, None),
    "max_tool_calls": (1, None),
}
COMPACT_THRESHOLD_MIN = 1000
METADATA_MAX, KEY_MAX, VALUE_MAX = 16, 64, 512
SAFETY_IDENTIFIER_MAX = 128
TEXT_MAX = 10_485_760


class _OutputText(TypedDict, total=False):
    type: Required[Literal["output_text"]]
    text: Required[str]
    annotations: list[Any]
    logprobs: list[Any]


class _Refusal(TypedDict, total=False):
    type: Required[Literal["refusal"]]
    refusal: Required[str]


class _AskingMessage(TypedDict, total=False):
    role: Required[Literal["user", "system", "developer"]]
    content: Required[str | list[ResponseInputContentParam]]
    type: Literal["message"]
    id: str
    status: Literal["in_progress", "completed", "incomplete"]


class _AssistantMessage(TypedDict, total=False):
    role: Required[Literal["assistant"]]
    content: Required[str | list[_OutputText | _Refusal]]
    type: Literal["message"]
    id: str
    status: Literal["in_progress", "completed", "incomplete"]
    phase: Literal["commentary", "final_answer"] | None


ROLES = ["assistant", "system", "developer", "user"]


def read_object(body: bytes) -> JSON:
    """Decode a request body; 400 unless it is a JSON object."""
    try:
        value = decode(body)
    except ValueError as error:
        message = "We could not parse the JSON body of your request."
        raise ApiError(400, message, code="invalid_json") from error
    if not isinstance(value, dict):
        raise invalid_type("body", "an object", value)
    return value


def check_create(body: JSON) -> None:
    """Check a body of POST /v1/responses."""
    _check_fields(body, create_params.ResponseCreateParamsStreaming, {"stream": check_of(bool | None)})
    if "model" not in body:
        raise missing("model")
    if "input" not in body and "prompt" not in body:
        raise missing("input")
    _check_combinations(body)
    _check_limits(body)


def check_count(body: JSON) -> None:
    """Check a body of POST /v1/responses/input_tokens."""
    _check_fields(body, InputTokenCountParams, {})
    _check_combinations(body)


def check_compact(body: JSON) -> None:
    """Check a body of POST /v1/responses/compact."""
    _check_fields(body, ResponseCompactParams, {})
    if body.get("model") is None:
        raise missing("model")
    if body.get("input") is None and body.get("previous_response_id") is None:
        raise missing("input")


def check_effort(body: JSON, model: Model) -> None:
    """Refuse a `reasoning.effort` that the model does not know."""
    effort = (body.get("reasoning") or {}).get("effort")
    if effort is None or effort in model.efforts:
        return
    if not model.efforts:
        message = "Unsupported parameter: 'reasoning.effort' is not supported with this model."
        raise ApiError(400, message, code="unsupported_parameter", param="reasoning.effort")
    message = f"Unsupported value: '{effort}' is not supported with the '{model.name}' model."
    message += f" Supported values are: {spoken_list(list(model.efforts))}."
    raise ApiError(400, message, code="unsupported_value", param="reasoning.effort")


def _check_fields(body: JSON, shape: Any, overrides: dict[str, Check]) -> None:
    fields = fields_of(shape)
    for name, value in body.items():
        if name not in fields:
            message = f"Unknown parameter: '{name}'."
            raise ApiError(400, message, code="unknown_parameter", param=name)
        check = overrides.get(name) or (_check_input if name == "input" else check_of(fields[name]))
        check(value, name)


def _check_input(value: Any, path: str) -> None:
    if value is None or isinstance(value, str):
        return
    if not isinstance(value, list):
        raise invalid_type(path, "one of a string or an array of objects", value)
    for index, item in enumerate(value):
        _check_item(item, f"{path}[{index}]")


def _check_item(item: Any, path: str) -> None:
    if not isinstance(item, dict):
        raise invalid_type(path, "an object", item)
    if item.get("type", "message") != "message":
        check_of(ResponseInputItemParam)(item, path)
        return
    role = item.get("role")
    if role is None:
        raise missing(f"{path}.role")
    if role not in ROLES:
        raise invalid_value(f"{path}.role", role, ROLES)
    shape = _AssistantMessage if role == "assistant" else _AskingMessage
    check_of(shape)(item, path)
    content = item["content"]
    if isinstance(content, list) and role != "assistant":
        for index, part in enumerate(content):
            _check_picture(part, f"{path}.content[{index}]")


def _check_picture(part: JSON, path: str) -> None:
    """A picture or a file has to come from somewhere."""
    sources = {"input_image": ("image_url", "file_id"), "input_file": ("file_id", "file_data", "file_url")}
    wanted = sources.get(part.get("type", ""), ())
    if wanted and not any(part.get(name) for name in wanted):
        raise missing(f"{path}.{wanted[0]}")


def _check_combinations(body: JSON) -> None:
    if body.get("previous_response_id") is not None and body.get("conversation") is not None:
        names = "'previous_response_id' and 'conversation'"
        message = f"Mutually exclusive parameters: {names}. Ensure you are only providing one of: {names}."
        raise ApiError(400, message, code="mutually_exclusive_parameters")
    if "stream_options" in body and body["stream_options"] is not None and not body.get("stream"):
        message = "The 'stream_options' parameter is only allowed when 'stream' is enabled."
        raise ApiError(400, message, code="invalid_value", param="stream_options")
    window = (body.get("background_options") or {}).get("completion_window", "soonest")
    if window != "soonest" and (body.get("stream") or not body.get("background")):
        message = f"The '{window}' completion window requires 'background: true' and 'stream: false'."
        raise ApiError(400, message, code="invalid_value", param="background_options.completion_window")


def _check_limits(body: JSON) -> None:
    for name, (low, high) in LIMITS.items():
        value = body.get(name)
        if value is not None:
            check_number(name, value, low, high)
    for index, entry in enumerate(body.get("context_management") or ()):
        path = f"context_management[{index}]"
        if entry.get("type") != "compaction":
            raise invalid_value(f"{path}.type", entry.get("type"), ["compaction"])
        if entry.get("compact_threshold") is not None:
            check_number(f"{path}.compact_threshold", entry["compact_threshold"], COMPACT_THRESHOLD_MIN, None)
    _check_length("safety_identifier", body.get("safety_identifier"), SAFETY_IDENTIFIER_MAX)
    check_metadata(body.get("metadata") or {})


def check_number(path: str, value: float, low: float, high: float | None) -> None:
    """Refuse a number out of its bounds."""
    kind = "decimal" if path in {"temperature", "top_p"} else "integer"
    if value < low:
        side, wanted = "below_min", f">= {low}"
    elif high is not None and value > high:
        side, wanted = "above_max", f"<= {high}"
    else:
        return
    words = side.replace("_min", " minimum").replace("_max", " maximum")
    message = f"Invalid '{path}': {kind} {words} value. Expected a value {wanted}, but got {value} instead."
    raise ApiError(400, message, code=f"{kind}_{side}_value", param=path)


def _check_length(path: str, value: str | None, longest: int) -> None:
    if value is not None and len(value) > longest:
        message = f"Invalid '{path}': string too long. Expected a string with maximum length {longest},"
        message += f" but got a string with length {len(value)} instead."
        raise ApiError(400, message, code="string_above_max_length", param=path)


def check_metadata(metadata: dict[str, str]) -> None:
    """Refuse metadata with too many or too long entries."""
    if len(metadata) > METADATA_MAX:
        message = f"Invalid 'metadata': too many properties. Expected an object with at most {METADATA_MAX}"
        message += f" properties, but got an object with {len(metadata)} properties instead."
        raise ApiError(400, message, code="object_above_max_properties", param="metadata")
    for key, value in metadata.items():
        _check_length(f"metadata.{key}", key, KEY_MAX)
        _check_length(f"metadata.{key}", value, VALUE_MAX)
