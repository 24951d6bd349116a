"""The settings: environment variables and `.env`, all faults told at once, each with its remedy."""

from __future__ import annotations

import re
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, DotEnvSettingsSource, NoDecode, SettingsConfigDict

from engine.core.errors import ConfigurationError

MTPROTO_FILE_MB = 2000
"""What a bot may receive of most people, and send, over MTProto: 4,000 parts of 512 KiB."""
PREMIUM_FILE_MB = 4000
"""What people with Telegram Premium may send."""
ALIKE = 0.8
"""How much a name must be like a setting's to be taken for a slip of the pen (difflib)."""


def _ids(value: Any) -> Any:
    if isinstance(value, str):
        return [int(part) for part in re.split(r"[\s,;]+", value.strip()) if part]
    return [value] if isinstance(value, int) else value


def _token(value: SecretStr) -> SecretStr:
    if not re.fullmatch(r"\d+:[\w-]{3,}", value.get_secret_value()):
        raise ValueError("not a bot token")
    return value


def _hash(value: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[0-9a-fA-F]{32}", value.get_secret_value()):
        raise ValueError("not an api_hash")
    return value


def _key(value: SecretStr) -> SecretStr:
    if not value.get_secret_value().strip():
        raise ValueError("empty")
    return value


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError("no such time zone") from error
    return value


def _server(value: str) -> str:
    if value and not re.fullmatch(r"[\w.-]+:\d{1,5}", value):
        raise ValueError("not host:port")
    return value


def _hours(value: str) -> str:
    if value and not re.fullmatch(r"([01]?\d|2[0-3])-([01]?\d|2[0-3])", value):
        raise ValueError("not two hours of a day")
    begin, _, end = value.partition("-")
    if value and int(begin) == int(end):
        raise ValueError("no hours at all")
    return value


def _names(value: Any) -> Any:
    return [part for part in re.split(r"[\s,;]+", value.strip()) if part] if isinstance(value, str) else value


def _amounts(value: Any) -> Any:
    return [float(part) for part in re.split(r"[\s,;]+", value.strip()) if part] if isinstance(value, str) else value


def _digests(value: tuple[str, ...]) -> tuple[str, ...]:
    if not set(value) <= {"daily", "weekly", "off"}:
        raise ValueError("no such digest")
    return tuple(name for name in value if name != "off")


Ids = Annotated[tuple[int, ...], NoDecode, BeforeValidator(_ids)]
Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_names)]

Amounts = Annotated[
    tuple[Annotated[float, Field(gt=0, allow_inf_nan=False)], ...],
    NoDecode,
    BeforeValidator(_amounts),
    Field(max_length=10),
]


class Settings(BaseSettings):
    """Everything that can be set. Names and meanings are the seed project's where it has them."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8",
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
        env_ignore_empty=True,
    )

    bot_token: Annotated[SecretStr, AfterValidator(_token)] = Field(description="from @BotFather")
    openai_api_key: Annotated[SecretStr, AfterValidator(_key)] = Field(description="from platform.openai.com/api-keys")
    admin_id: Annotated[Ids, Field(min_length=1)]
    telegram_api_id: Annotated[int, Field(gt=0)]
    telegram_api_hash: Annotated[SecretStr, AfterValidator(_hash)]
    system_prompt: str = "Ты — полезный ассистент."
    openai_price_per_1k_tokens: Annotated[float, Field(ge=0)] | None = None
    whisper_price: Annotated[float, Field(ge=0)] = 0.006
    dalle_price: Annotated[float, Field(ge=0)] = 0.040
    ask_above_usd: Annotated[float, Field(ge=0)] = 0.100
    max_file_mb: Annotated[int, Field(gt=0, le=PREMIUM_FILE_MB)] = MTPROTO_FILE_MB
    admin_max_file_mb: Annotated[int, Field(gt=0, le=PREMIUM_FILE_MB)] = MTPROTO_FILE_MB
    openai_model: str = "gpt-6.1-terra"
    openai_models: Names = ()
    transcription_model: str = "gpt-transcribe"
    image_model: str = "gpt-image-2.6-sunburst"
    speech_model: str = "gpt-audio-1.5"
    speech_voice: str = "marin"
    openai_base_url: str = ""
    openai_background: bool = False
    database_path: Path = Path("gpttg.db")
    media_path: Path | None = None
    record_days: Annotated[int, Field(gt=0)] = 14
    media_cache_mb: Annotated[int, Field(gt=0)] = 8000
    download_connections: Annotated[int, Field(ge=4, le=8)] = 4
    allowed_user_ids: Ids = ()
    access: Annotated[str, BeforeValidator(str.lower), Field(pattern="^(closed|request|open)$")] = "request"
    guest_budget_usd: Annotated[float, Field(ge=0)] = 1.0
    quiet_hours: Annotated[str, AfterValidator(_hours)] = ""
    alert_usd_day: Amounts = ()
    alert_usd_month: Amounts = ()
    rate_per_minute: Annotated[int, Field(ge=0, le=1000)] = 20
    digest: Annotated[Names, AfterValidator(_digests)] = ("daily", "weekly")
    digest_hour: Annotated[int, Field(ge=0, le=23)] = 9
    timezone: Annotated[str, AfterValidator(_zone)] = "UTC"
    log_level: Annotated[str, BeforeValidator(str.upper), Field(pattern="^(DEBUG|INFO|WARNING|ERROR)$")] = "INFO"
    telegram_server: Annotated[str, AfterValidator(_server)] = ""
    telegram_server_key: Path | None = None

    @property
    def bot_id(self) -> int:
        """The bot's own id: what stands before the colon of its token."""
        return int(self.bot_token.get_secret_value().partition(":")[0])

    @property
    def offered_models(self) -> tuple[str, ...]:
        """The models that people may choose among, the default first."""
        return tuple(dict.fromkeys((self.openai_model, *self.openai_models)))

    @property
    def media_directory(self) -> Path:
        """Where files are kept that are on their way: by default beside the database, and named after it."""
        return self.media_path or self.database_path.with_name(f"{self.database_path.name}.media")

    @property
    def server_address(self) -> tuple[str, int] | None:
        """A private MTProto server instead of Telegram's, if one is set."""
        if not self.telegram_server:
            return None
        host, _, port = self.telegram_server.rpartition(":")
        return host, int(port)


class _Whereabouts(BaseSettings):
    """Where the database is: all that whoever only reads it needs to know."""

    model_config = Settings.model_config
    database_path: Path = Settings.model_fields["database_path"].default


class _Models(BaseSettings):
    """The models that are in use: all that whoever only wants their prices needs to know."""

    model_config = Settings.model_config
    openai_model: str = Settings.model_fields["openai_model"].default
    openai_models: Names = ()
    transcription_model: str = Settings.model_fields["transcription_model"].default
    image_model: str = Settings.model_fields["image_model"].default
    speech_model: str = Settings.model_fields["speech_model"].default


REMEDIES = {
    "bot_token": "talk to @BotFather on Telegram, /newbot or /token, and copy the token (123456:ABC-DEF...)",
    "openai_api_key": "make a key at platform.openai.com/api-keys and copy it (sk-...)",
    "admin_id": "your numeric Telegram ID, several separated by commas; @userinfobot tells you yours",
    "telegram_api_id": "log in at my.telegram.org, 'API development tools', and copy api_id (a number)",
    "telegram_api_hash": "log in at my.telegram.org, 'API development tools', and copy api_hash (32 hex digits)",
    "openai_price_per_1k_tokens": "US dollars for 1,000 tokens, as 0.002, or leave it out",
    "whisper_price": "US dollars for a minute of sound, as 0.006",
    "dalle_price": "US dollars for a picture, as 0.040",
    "ask_above_usd": "US dollars for one sound above which people are asked first, as 0.100",
    "max_file_mb": f"whole megabytes, at most {PREMIUM_FILE_MB}",
    "admin_max_file_mb": f"whole megabytes, at most {PREMIUM_FILE_MB}",
    "media_path": "a directory that the bot may write to, or nothing",
    "media_cache_mb": "whole megabytes, as 8000",
    "download_connections": "a number from 4 to 8",
    "openai_models": "names of models separated by commas, or nothing",
    "record_days": "whole days, at least 1",
    "allowed_user_ids": "numeric Telegram IDs separated by commas, or nothing",
    "access": "closed, request or open",
    "guest_budget_usd": "US dollars that all guests together may spend in a month, as 1.000",
    "alert_usd_day": "US dollars, at most ten figures separated by commas, as 5,20, or nothing",
    "alert_usd_month": "US dollars, at most ten figures separated by commas, as 50,100, or nothing",
    "rate_per_minute": "messages, 0 to 1000; 0 is as many as they like",
    "digest": "daily, weekly, both separated by a comma, or off",
    "digest_hour": "an hour of the day, 0 to 23",
    "quiet_hours": "two hours of the day, as 23-8, or nothing",
    "timezone": "an IANA name, as Europe/Moscow",
    "log_level": "one of DEBUG, INFO, WARNING, ERROR",
    "openai_background": "true or false",
    "telegram_server": "host:port of a private MTProto server, or nothing",
    "telegram_server_key": "the path of the server's public key (PKCS#1, PEM)",
}
"""How to mend each setting."""


def load_settings(env_file: str | Path | None = ".env", **values: Any) -> Settings:
    """The settings from the environment and `env_file`.

    Raises ConfigurationError with one remedy for each fault; a faulty value is never repeated in it.
    """
    try:
        settings = Settings(_env_file=env_file, **values)  # type: ignore[call-arg]
    except ValidationError as invalid:
        raise ConfigurationError(*dict.fromkeys(map(_remedy, invalid.errors(include_input=False)))) from None
    faults = []
    if settings.telegram_server and settings.telegram_server_key is None:
        faults.append("TELEGRAM_SERVER_KEY is missing: with TELEGRAM_SERVER, " + REMEDIES["telegram_server_key"])
    if settings.telegram_server_key is not None and not settings.telegram_server_key.is_file():
        faults.append(f"TELEGRAM_SERVER_KEY names no file: {REMEDIES['telegram_server_key']}")
    if faults:
        raise ConfigurationError(*faults)
    return settings


def database_path(env_file: str | Path | None = ".env") -> Path:
    """DATABASE_PATH from the environment and `env_file`; no other setting need be there, or be in order."""
    return _Whereabouts(_env_file=env_file).database_path  # type: ignore[call-arg]


def models_in_use(env_file: str | Path | None = ".env") -> frozenset[str]:
    """The models that the environment and `env_file` name; no other setting need be there, or be in order."""
    named = _Models(_env_file=env_file)  # type: ignore[call-arg]
    single = (named.openai_model, named.transcription_model, named.image_model, named.speech_model)
    return frozenset((*named.openai_models, *single))


def misspelt(env_file: Path) -> list[tuple[str, str]]:
    """Names in `env_file` that are no settings but look like one: (as it stands there, what may be meant)."""
    known = [name.upper() for name in Settings.model_fields]
    found = []
    for name in DotEnvSettingsSource(Settings, env_file=env_file, case_sensitive=True).env_vars:
        close = [] if name.upper() in known else get_close_matches(name.upper(), known, n=1, cutoff=ALIKE)
        found += [(name, meant) for meant in close]
    return found


def _remedy(fault: Any) -> str:
    name = str(fault["loc"][0])
    trouble = "is missing" if fault["type"] == "missing" else "is not valid"
    return f"{name.upper()} {trouble}: {REMEDIES.get(name, 'see .env.example')}"
