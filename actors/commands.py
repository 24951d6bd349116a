"""What people can ask for by command or by a word on the keyboard: one list, read by the interpreter, the keyboards
and Telegram's command menus."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from actors.events import (
    Asked,
    ExportRequested,
    ForgetRequested,
    HandedOver,
    HelpRequested,
    PictureRequested,
    ResetRequested,
    RetryRequested,
    SettingsRequested,
    StartRequested,
    StatsRequested,
    StopRequested,
)
from actors.phrases import LANGUAGES, Phrases, phrases
from engine.core.effects import Keyboard
from engine.core.roles import Role


@dataclass(frozen=True, slots=True)
class Command:
    """One thing to ask for. `names`: the first is shown in the menu, all are understood."""

    names: tuple[str, ...]
    asks: type[Asked]
    word: str = ""
    """the phrase on the keyboard, if it has a key there"""
    in_menu: bool = True
    role: Role = Role.MEMBER
    """who may use it"""


COMMANDS = (
    Command(("start",), StartRequested, in_menu=False),
    Command(("stop", "cancel", "стоп", "отмена"), StopRequested, word="word-stop"),
    Command(("reset", "new"), ResetRequested, word="word-reset"),
    Command(("retry",), RetryRequested),
    Command(("img", "image", "draw"), PictureRequested, word="word-img"),
    Command(("settings",), SettingsRequested, word="word-settings"),
    Command(("stats",), StatsRequested, word="word-stats"),
    Command(("export",), ExportRequested),
    Command(("forget",), ForgetRequested),
    Command(("help",), HelpRequested, word="word-help"),
    Command(("stat",), HandedOver, word="word-stat", role=Role.ADMIN),
    Command(("users",), HandedOver, word="word-users", role=Role.ADMIN),
    Command(("models",), HandedOver, role=Role.ADMIN),
    Command(("setmodel",), HandedOver, in_menu=False, role=Role.ADMIN),
    Command(("pricing",), HandedOver, role=Role.ADMIN),
    Command(("limits",), HandedOver, role=Role.ADMIN),
    Command(("status",), HandedOver, word="word-status", role=Role.ADMIN),
    Command(("invite",), HandedOver, role=Role.ADMIN),
    Command(("broadcast",), HandedOver, role=Role.ADMIN),
    Command(("quarantine",), HandedOver, role=Role.ADMIN),
    Command(("ledger",), HandedOver, role=Role.ADMIN),
    Command(("audit",), HandedOver, role=Role.ADMIN),
    Command(("pause",), HandedOver, role=Role.ADMIN),
    Command(("resume",), HandedOver, role=Role.ADMIN),
)
"""In the order of the menu. Those of admins are answered by the desk (actors/desk)."""

_KEYS = (("word-reset", "word-stop"), ("word-img", "word-settings"), ("word-stats", "word-help"))
KEYS = {Role.MEMBER: _KEYS, Role.GUEST: _KEYS, Role.ADMIN: (*_KEYS, ("word-stat", "word-users", "word-status"))}
"""The keyboard under the input field, by role."""


def keyboard(role: Role, words: Phrases) -> Keyboard:
    """The keyboard of this role in this language; none for strangers."""
    return tuple(tuple(words.text(word) for word in row) for row in KEYS.get(role, ()))


@cache
def by_name() -> dict[str, Command]:
    """Commands by each of their names."""
    return {name: command for command in COMMANDS for name in command.names}


@cache
def by_word() -> dict[str, Command]:
    """Commands by the word on the keyboard, in all languages: someone may have switched since."""
    return {
        phrases(language).text(command.word): command for command in COMMANDS if command.word for language in LANGUAGES
    }


def menu(role: Role, words: Phrases) -> list[tuple[str, str]]:
    """Telegram's command menu for a role: (name, description)."""
    allowed = {Role.MEMBER, role}
    return [
        (command.names[0], words.text(f"command-{command.names[0]}"))
        for command in COMMANDS
        if command.in_menu and command.role in allowed
    ]
