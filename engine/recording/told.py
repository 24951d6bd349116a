"""Which settings a recording tells: those that its actors saw, and no secret."""

from __future__ import annotations

from engine.recording.lines import Json
from engine.settings import Settings

NOT_TOLD = frozenset(
    {
        "bot_token",
        "openai_api_key",
        "openai_base_url",
        "telegram_api_id",
        "telegram_api_hash",
        "telegram_server",
        "telegram_server_key",
        "database_path",
        "media_path",
        "log_level",
    }
)
"""Settings that no recording has: secrets, and what says nothing about how actors behave."""


def told(settings: Settings) -> Json:
    """The others, as JSON."""
    return settings.model_dump(mode="json", exclude=set(NOT_TOLD))
