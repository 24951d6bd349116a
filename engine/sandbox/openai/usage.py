"""What one call has used, in the units that OpenAI bills."""

from __future__ import annotations

from dataclasses import dataclass

from engine.sandbox.openai.wire import JSON


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call, and what is billed beside them. Cached, written, audio and image tokens are inside the
    input or the output, reasoning inside the output."""

    input_tokens: int = 0
    cached_tokens: int = 0
    cache_write_tokens: int = 0
    output_tokens: int = 0
    reasoning_tokens: int = 0
    web_searches: int = 0
    file_searches: int = 0
    audio_input_tokens: int = 0
    image_input_tokens: int = 0
    audio_output_tokens: int = 0
    image_output_tokens: int = 0
    audio_ms: int = 0
    container_minutes: int = 0
    storage_byte_days: int = 0
    """Without what is free."""

    @property
    def total_tokens(self) -> int:
        return self.input_tokens + self.output_tokens

    def as_json(self) -> JSON:
        """As `usage` of a response."""
        return {
            "input_tokens": self.input_tokens,
            "input_tokens_details": {
                "cached_tokens": self.cached_tokens,
                "cache_write_tokens": self.cache_write_tokens,
            },
            "output_tokens": self.output_tokens,
            "output_tokens_details": {"reasoning_tokens": self.reasoning_tokens},
            "total_tokens": self.total_tokens,
        }

    def picture_json(self) -> JSON:
        """As `usage` of a picture, and as `tool_usage.image_gen`."""
        given, made = self.image_input_tokens, self.image_output_tokens
        return {
            "input_tokens": self.input_tokens,
            "input_tokens_details": {"image_tokens": given, "text_tokens": self.input_tokens - given},
            "output_tokens": self.output_tokens,
            "output_tokens_details": {"image_tokens": made, "text_tokens": self.output_tokens - made},
            "total_tokens": self.total_tokens,
        }

    def tools_json(self) -> JSON:
        """As `tool_usage` of a response; its pictures are in no other call's usage."""
        return {"image_gen": Usage().picture_json(), "web_search": {"num_requests": self.web_searches}}
