"""The settings: all faults at once, each with its remedy; never a secret in any text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine.core.errors import ConfigurationError
from engine.settings import REMEDIES, Settings, load_settings

TOKEN = "123456:AAF-secret-of-the-bot"
KEY = "sk-proj-abcdefgh12345678"
HASH = "0123456789abcdef0123456789abcdef"
NEEDED = f"BOT_TOKEN={TOKEN}\nOPENAI_API_KEY={KEY}\nADMIN_ID=42\nTELEGRAM_API_ID=12345\nTELEGRAM_API_HASH={HASH}\n"


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment of whoever runs the tests sets nothing."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def env_file(tmp_path: Path) -> Path:
    """A `.env` with what is needed and nothing else."""
    path = tmp_path / ".env"
    path.write_text(NEEDED, "utf-8")
    return path


def loaded(env_file: Path, more: str = "") -> Settings:
    """The settings of `env_file` with more lines behind."""
    env_file.write_text(env_file.read_text("utf-8") + more, "utf-8")
    return load_settings(env_file)


def faults_of(env_file: Path, more: str = "", **values: Any) -> tuple[str, ...]:
    """What is said about them."""
    env_file.write_text(env_file.read_text("utf-8") + more, "utf-8")
    with pytest.raises(ConfigurationError) as caught:
        load_settings(env_file, **values)
    return caught.value.remedies


def test_five_values_are_enough(env_file: Path) -> None:
    settings = loaded(env_file)
    assert settings.bot_id == 123456
    assert settings.admin_id == (42,)
    assert settings.allowed_user_ids == ()
    assert settings.openai_model == "gpt-6.1-terra"
    assert settings.database_path == Path("gpttg.db")
    assert settings.max_file_mb == 2000
    assert settings.server_address is None


@pytest.mark.parametrize(
    ("lines", "directory"),
    [
        ("", "gpttg.db.media"),
        ("DATABASE_PATH=/srv/bot.db\n", "/srv/bot.db.media"),
        ("DATABASE_PATH=/srv/bot.db\nMEDIA_PATH=/var/files\n", "/var/files"),
    ],
)
def test_files_are_kept_beside_the_database_unless_told_otherwise(env_file: Path, lines: str, directory: str) -> None:
    assert loaded(env_file, lines).media_directory == Path(directory)


def test_all_faults_are_told_at_once_each_with_its_remedy(tmp_path: Path) -> None:
    empty = tmp_path / ".env"
    empty.write_text("MAX_FILE_MB=9000\nLOG_LEVEL=loud\nTIMEZONE=Mars/Olympus\nWHISPER_PRICE=cheap\n", "utf-8")
    needed = ("bot_token", "openai_api_key", "admin_id", "telegram_api_id", "telegram_api_hash")
    invalid = ("whisper_price", "max_file_mb", "timezone", "log_level")
    assert set(faults_of(empty)) == {
        *(f"{name.upper()} is missing: {REMEDIES[name]}" for name in needed),
        *(f"{name.upper()} is not valid: {REMEDIES[name]}" for name in invalid),
    }


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("BOT_TOKEN=what-Alice-pasted", "BOT_TOKEN"),
        ("ADMIN_ID=what-Alice-pasted", "ADMIN_ID"),
        ("TELEGRAM_API_HASH=what-Alice-pasted", "TELEGRAM_API_HASH"),
        ("TELEGRAM_API_ID=what-Alice-pasted", "TELEGRAM_API_ID"),
        ("OPENAI_PRICE_PER_1K_TOKENS=what-Alice-pasted", "OPENAI_PRICE_PER_1K_TOKENS"),
        ("TELEGRAM_SERVER=what-Alice-pasted", "TELEGRAM_SERVER"),
    ],
)
def test_a_faulty_value_is_not_repeated(line: str, name: str, env_file: Path) -> None:
    (fault,) = faults_of(env_file, line + "\n")
    assert fault.startswith(f"{name} is not valid: ")
    assert "Alice" not in fault


def test_every_setting_that_can_be_wrong_has_a_remedy() -> None:
    models = {"openai_model", "transcription_model", "image_model", "speech_model", "speech_voice"}
    free = {"system_prompt", "openai_base_url", "database_path"} | models
    assert set(REMEDIES) == set(Settings.model_fields) - free


@pytest.mark.parametrize("written", ["1,2,3", "1, 2, 3", "1 2 3", "1;2;3", " 1,2,3, "])
def test_ids_may_be_written_in_a_list(written: str, env_file: Path) -> None:
    assert loaded(env_file, f"ADMIN_ID={written}\nALLOWED_USER_IDS={written}\n").admin_id == (1, 2, 3)
    assert load_settings(env_file).allowed_user_ids == (1, 2, 3)


def test_figures_of_dollars_may_be_written_in_a_list(env_file: Path) -> None:
    written = loaded(env_file, "\nALERT_USD_DAY=5, 20.5\nALERT_USD_MONTH=50\n")
    assert (written.alert_usd_day, written.alert_usd_month) == ((5.0, 20.5), (50.0,))


@pytest.mark.parametrize("wrong", ["0", "-5", "five", "nan", "inf", ",".join("1" * 11)])
def test_what_is_no_figure_is_refused(wrong: str, env_file: Path) -> None:
    with pytest.raises(ConfigurationError, match="ALERT_USD_DAY is not valid"):
        loaded(env_file, f"\nALERT_USD_DAY={wrong}\n")


def test_a_bot_without_an_admin_does_not_start(env_file: Path) -> None:
    (fault,) = faults_of(env_file, "ADMIN_ID=,\n")
    assert fault.startswith("ADMIN_ID is not valid")


def test_a_value_that_is_empty_is_as_good_as_none(env_file: Path) -> None:
    settings = loaded(env_file, "OPENAI_MODEL=\nALLOWED_USER_IDS=\nOPENAI_PRICE_PER_1K_TOKENS=\n")
    assert settings.openai_model == "gpt-6.1-terra"
    assert settings.openai_price_per_1k_tokens is None


def test_secrets_show_in_no_text(env_file: Path) -> None:
    settings = loaded(env_file)
    for text in (repr(settings), str(settings), str(settings.model_dump()), settings.model_dump_json()):
        assert TOKEN not in text
        assert KEY not in text
        assert HASH not in text


def test_the_environment_comes_before_the_file(env_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_MODEL", "gpt-6.2-sol")
    assert loaded(env_file, "OPENAI_MODEL=gpt-6.1-terra\n").openai_model == "gpt-6.2-sol"


def test_a_private_server_needs_its_key(env_file: Path, tmp_path: Path) -> None:
    (fault,) = faults_of(env_file, "TELEGRAM_SERVER=127.0.0.1:8443\n")
    assert fault.startswith("TELEGRAM_SERVER_KEY is missing")
    (fault,) = faults_of(env_file, f"TELEGRAM_SERVER_KEY={tmp_path / 'nothing.pem'}\n")
    assert fault.startswith("TELEGRAM_SERVER_KEY names no file")
    (tmp_path / "nothing.pem").write_text("a key", "utf-8")
    assert load_settings(env_file).server_address == ("127.0.0.1", 8443)


def test_the_log_level_may_be_written_small(env_file: Path) -> None:
    assert loaded(env_file, "LOG_LEVEL=warning\n").log_level == "WARNING"
