"""The messages of POST /v1/chat/completions, as far as the local OpenAI has that path: to speak and to be spoken to."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

from openai.types.chat.completion_create_params import CompletionCreateParamsNonStreaming

from engine.sandbox.openai.prompt import IMAGE_TOKENS, MESSAGE_TOKENS, tokens_of
from engine.sandbox.openai.shapes import check_of, missing
from engine.sandbox.openai.wire import JSON, ApiError
from engine.sandbox.sounds import listen

AUDIO_TOKENS_PER_S = 10
INSTRUCTING = ("system", "developer")


@dataclass(frozen=True, slots=True)
class Conversation:
    """All that was said before the answer; what was spoken stands there in its words."""

    turns: tuple[tuple[str, str], ...]
    """role and text"""
    tokens: int
    audio_tokens: int

    @property
    def instructions(self) -> str:
        return "\n".join(text for role, text in self.turns if role in INSTRUCTING)

    @property
    def question(self) -> str:
        """The last thing that the person says."""
        return next((text for role, text in reversed(self.turns) if role == "user"), "")


def check_chat(body: JSON) -> None:
    """Check a body; 400 for what this API does not know, and for what the sandbox does not do."""
    if body.get("stream"):
        message = "The sandbox does not stream chat completions."
        raise ApiError(400, message, code="unsupported_value", param="stream")
    check_of(CompletionCreateParamsNonStreaming)(body, "")
    if not body["messages"]:
        message = "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array."
        raise ApiError(400, f"{message}", code="empty_array", param="messages")
    if "audio" in (body.get("modalities") or ()) and body.get("audio") is None:
        raise missing("audio")
    if (body.get("n") or 1) != 1:
        raise ApiError(400, "Invalid 'n': only 1 is supported with audio.", code="invalid_value", param="n")


def read_chat(messages: list[JSON]) -> Conversation:
    """Read checked messages, listening to those that are spoken; works in a thread."""
    turns: list[tuple[str, str]] = []
    tokens = heard = 0
    for number, message in enumerate(messages):
        texts: list[str] = []
        for part in _parts(message.get("content")):
            text, more, sounding = _part(part, f"messages[{number}].content")
            texts.append(text)
            tokens += more
            heard += sounding
        tokens += MESSAGE_TOKENS
        turns.append((message["role"], "\n".join(text for text in texts if text)))
    return Conversation(tuple(turns), tokens, heard)


def _parts(content: Any) -> list[JSON]:
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    return content or []


def _part(part: JSON, path: str) -> tuple[str, int, int]:
    """A part's text, its text tokens, and its audio tokens."""
    if part["type"] == "input_audio":
        try:
            heard = listen(base64.b64decode(part["input_audio"]["data"], validate=True))
        except ValueError as error:
            message = "The data provided for 'input_audio' is not of a valid audio format."
            raise ApiError(400, message, code="invalid_value", param=path) from error
        return heard.words or "", 0, -(-round(heard.duration_s * 1000) * AUDIO_TOKENS_PER_S // 1000)
    if part["type"] == "image_url":
        return "", IMAGE_TOKENS["auto"], 0
    text = str(part.get("text") or part.get("refusal") or "")
    return text, tokens_of(text), 0
