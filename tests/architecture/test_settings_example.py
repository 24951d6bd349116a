"""`.env.example` and the README name exactly the settings that there are, with their defaults."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engine.settings import Settings
from tests.architecture.source import ROOT

NEEDED = {name for name, field in Settings.model_fields.items() if field.is_required()}


def lines() -> dict[str, str]:
    """The variables of .env.example; what has a default stands behind a `#`, what is needed does not."""
    found = re.findall(r"^(#? ?)([A-Z_0-9]+)=(.*)$", (ROOT / ".env.example").read_text("utf-8"), re.MULTILINE)
    assert {name.lower() for mark, name, _ in found if not mark} == NEEDED
    return {name.lower(): value for _, name, value in found}


def shown(default: object) -> str:
    """A default as one writes it into a `.env`."""
    if isinstance(default, bool):
        return str(default).lower()
    if default is None or default == ():
        return ""
    if isinstance(default, tuple):
        return ",".join(map(str, default))
    return f"{default:.3f}" if isinstance(default, float) else str(default)


def test_the_example_names_exactly_the_settings_in_their_order() -> None:
    assert list(lines()) == list(Settings.model_fields)


def test_the_example_shows_the_defaults() -> None:
    expected = {name: shown(field.default) for name, field in Settings.model_fields.items() if name not in NEEDED}
    assert {name: value for name, value in lines().items() if name not in NEEDED} == expected


@pytest.mark.parametrize("page", ["README.md", "README.ru.md"])
def test_the_readme_has_a_row_for_each_setting_with_its_default(page: str) -> None:
    rows = dict(
        re.findall(r"^\| `([A-Z_0-9]+)` \|.*\| ([^|]*) \|$", Path(ROOT / page).read_text("utf-8"), re.MULTILINE)
    )
    assert list(rows) == [name.upper() for name in Settings.model_fields]
    for name, field in Settings.model_fields.items():
        if name not in NEEDED and (default := shown(field.default)):
            assert rows[name.upper()] == f"`{default}`"


def test_what_is_needed_is_left_for_everyone_to_fill_in() -> None:
    assert {lines()[name] for name in NEEDED} == {""}


def test_every_variable_is_explained_in_both_languages() -> None:
    blocks = (ROOT / ".env.example").read_text("utf-8").split("\n\n")
    for block in blocks:
        comment = "".join(line for line in block.splitlines() if not re.match(r"(# )?[A-Z_0-9]+=", line))
        assert re.search(r"[A-Z]", comment)
        assert re.search("[а-я]", comment) or "DEBUG" in comment
