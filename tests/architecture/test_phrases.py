"""The phrases: both languages say the same things, nothing is missing, nothing is left over."""

from __future__ import annotations

import ast
import re
from typing import Any

import pytest
from fluent.syntax import FluentParser
from fluent.syntax import ast as ftl
from fluent.syntax.visitor import Visitor

from actors.commands import COMMANDS, KEYS
from actors.failures import MEANINGS
from actors.intake import ACTIONS
from actors.phrases import LANGUAGES, language_of, phrases
from actors.preferences import LANGUAGE_CHOICES, TRANSCRIPTS, VOICE_ANSWERS
from actors.steps.pictures import FORMATS
from actors.steps.preferences import OF_CONVERSATION, OF_GROUP, OF_PERSON
from tests.architecture.source import ROOT, beginnings, modules, strings

GROUPS = (
    *("command-", "word-", "failed-", "alert-", "answer-cut-", "stats-", "file-", "sort-", "size-", "found-", "do-"),
    *("spent-", "kind-", "button-span-", "queue-", "job-", "rate-", "use-", "lines-of-", "button-as-"),
    *("ask-", "arriving-", "archive-", "consent-", "errand-", "format-", "setting-", "choice-", "forgotten-"),
    *("role-", "scope-", "period-", "audit-", "about-", "detail-"),
)
"""Phrases whose names are put together in the code."""


LOOKED_AT_LATER = {"no_sound", "packed"}
"""What nobody can find in a document or a table, in an archive or alone."""
FILE_CODES = {"corrupt", "encrypted", "empty", "too_large", "gone", "unsupported", "bomb", "too_many"} | LOOKED_AT_LATER
"""What can be wrong with a file (`engine.core.errors.UnreadableFileError`)."""


class Arguments(Visitor):  # type: ignore[misc]
    """Collects the arguments of a phrase."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def visit_VariableReference(self, node: Any) -> None:  # noqa: N802 - Fluent's name
        """One of them."""
        self.names.add(node.id.name)


def arguments(language: str) -> dict[str, set[str]]:
    """Each phrase of a language and the names of its arguments."""
    source = (ROOT / "actors" / "phrases" / f"{language}.ftl").read_text("utf-8")
    entries = FluentParser().parse(source).body
    assert not [entry for entry in entries if isinstance(entry, ftl.Junk)], f"{language}.ftl can't be parsed"
    found = {}
    for entry in entries:
        if isinstance(entry, ftl.Message):
            assert entry.id.name not in found, f"{entry.id.name} stands twice in {language}.ftl"
            collected = Arguments()
            collected.visit(entry)
            found[entry.id.name] = collected.names
    return found


def named(prefix: str) -> set[str]:
    """What stands behind a prefix in the phrases."""
    return {name.removeprefix(prefix) for name in arguments("en") if name.startswith(prefix)}


def calls_of(function: str) -> list[ast.Call]:
    """All calls of a function in actors/."""
    return [
        node
        for tree in modules("actors").values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == function
    ]


def test_both_languages_have_the_same_phrases_with_the_same_arguments() -> None:
    assert arguments("en") == arguments("ru")


def test_no_phrase_is_left_over() -> None:
    used = strings("actors") | {f"command-{command.names[0]}" for command in COMMANDS}
    put_together = {group for group in GROUPS if any(text.startswith(group) for text in beginnings("actors"))}
    left = {name for name in arguments("en") if name not in used and not name.startswith(tuple(put_together))}
    assert not left


def test_no_phrase_is_missing() -> None:
    places = {"text": 0, "styled": 0, "say": 2, "reply": 3, "button": 1, "wait_for_words": 4}
    places |= {"tell": 3, "answer": 2, "desk_button": 1}
    asked = {
        node.args[places[name]]
        for tree in modules("actors").values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and (name := ast.unparse(node.func).rpartition(".")[2]) in places
        and len(node.args) > places[name]
    }
    named_outright = {node.value for node in asked if isinstance(node, ast.Constant)}
    assert named_outright
    assert named_outright <= set(arguments("en"))


def test_every_reason_of_a_failed_answer_has_its_sentence() -> None:
    by_hand = {
        keyword.value.value
        for call in calls_of("AnswerFailed")
        for keyword in call.keywords
        if keyword.arg == "reason" and isinstance(keyword.value, ast.Constant)
    }
    given = {reason for reason, _ in reasons_and_alerts()} | by_hand
    assert {"quota", "rate", "outage", "crash", "late"} <= given
    assert given | {f"file_{code}" for code in FILE_CODES} == named("failed-")
    assert named("file-") >= FILE_CODES | {"lost"}
    assert named("found-") == FILE_CODES - LOOKED_AT_LATER | {"pages", "rows"}


def test_every_kind_of_file_and_every_button_under_one_has_its_words() -> None:
    actions = {action for offered in ACTIONS.values() for action in offered}
    assert named("do-") == actions
    assert named("ask-") == actions - {"edit", "transcribe", "as_file"} | {"continue"}
    assert named("sort-") == set(ACTIONS) - {"transcript"} | {"program"}
    assert named("format-") == set(FORMATS)


def test_every_setting_and_every_choice_has_its_words() -> None:
    settings = {*OF_PERSON, *OF_CONVERSATION, *OF_GROUP}
    for what in settings:
        assert {what, f"{what}-button", f"{what}-help"} <= named("setting-")
    listed = {"language": LANGUAGE_CHOICES, "voice_answers": VOICE_ANSWERS, "transcripts": TRANSCRIPTS}
    switches = {"web_search": ("on", "off"), "listens": ("on", "off")}
    assert named("choice-") == {f"{what}-{one}" for what, ones in (listed | switches).items() for one in ones}


def test_every_kind_of_alert_has_its_sentence() -> None:
    by_hand = {call.args[0].value for call in calls_of("alerts") if isinstance(call.args[0], ast.Constant)}
    given = {alert for _, alert in reasons_and_alerts() if alert} | by_hand
    assert {"quota", "quarantined", "crash"} <= given
    assert given <= named("alert-")
    assert named("alert-") <= strings("actors")
    assert named("about-") == named("alert-")


def test_everything_that_is_noted_in_the_audit_has_its_words() -> None:
    noted = {
        node.value
        for call in calls_of("note")
        for node in ast.walk(call.args[1])
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert {"pause", "raise", "refuse", "limit"} <= noted
    assert noted | {"approve", "deny", "block", "hold", "unhold"} <= named("audit-")


def test_every_command_and_every_key_has_its_words() -> None:
    assert {command.names[0] for command in COMMANDS} == named("command-")
    assert {word for rows in KEYS.values() for row in rows for word in row} == {
        f"word-{name}" for name in named("word-")
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_phrase_can_be_said_with_its_arguments(language: str) -> None:
    for name, names in arguments(language).items():
        for number in (0, 1, 2, 5, 21):
            said = phrases(language).text(name, **dict.fromkeys(names, number))
            assert said.strip()
            assert "{" not in said


def test_no_phrase_is_said_without_one_of_its_arguments() -> None:
    with pytest.raises(ValueError, match="hello"):
        phrases("en").text("hello")


def test_an_unknown_phrase_is_an_error() -> None:
    with pytest.raises(KeyError):
        phrases("en").text("no-such-phrase")


def test_russian_is_for_those_who_read_it() -> None:
    assert [language_of(tag) for tag in ("ru", "ru-RU", "UK", "be", "kk")] == ["ru"] * 5
    assert [language_of(tag) for tag in ("en", "de", "", "rus", "pt-br")] == ["en"] * 5


def test_commands_can_be_set_as_telegram_wants_them() -> None:
    for command in COMMANDS:
        assert re.fullmatch(r"[a-z0-9_]{1,32}", command.names[0])
        for language in LANGUAGES:
            assert 1 <= len(phrases(language).text(f"command-{command.names[0]}")) <= 256


def reasons_and_alerts() -> set[tuple[str, str]]:
    """What `_reason` in actors/failures.py may return, the faults of files excepted."""
    found = (
        node
        for node in ast.walk(modules("actors")["actors/failures.py"])
        if isinstance(node, ast.FunctionDef) and node.name == "_reason"
    )
    named_there = {
        ast.literal_eval(node)
        for node in ast.walk(next(found))
        if isinstance(node, ast.Tuple) and all(isinstance(one, ast.Constant) for one in node.elts)
    }
    return named_there | {(reason, alert) for _, reason, alert in MEANINGS}


def test_everything_that_admins_do_has_its_words() -> None:
    noted = {call.args[1].value for call in calls_of("note") if isinstance(call.args[1], ast.Constant)}
    assert {"pause", "setmodel", "broadcast"} <= noted
    assert noted <= named("audit-")
