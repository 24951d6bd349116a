"""Every sentence that people read, in Russian and in English (Fluent files beside this one).

A person gets the language of their Telegram: Russian for ru, uk, be, kk and their regions, English for all others. A
test fails when a sentence is missing in one language, or used nowhere.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from babel import Locale
from fluent.runtime import FluentBundle, FluentResource

from engine.core.styled import Styled

LANGUAGES = ("en", "ru")
_READ_RUSSIAN = frozenset({"ru", "uk", "be", "kk"})


class Phrases:
    """The sentences of one language."""

    def __init__(self, language: str) -> None:
        self.language = language
        ordinal = Locale(
            language
        ).ordinal_form  # 2nd is "two", 22nd, too; fluent.runtime has no NUMBER(type: "ordinal")
        self._bundle = FluentBundle([language], use_isolating=False, functions={"ORDINAL": ordinal})
        source = (files("actors.phrases") / f"{language}.ftl").read_text("utf-8")
        self._bundle.add_resource(FluentResource(source))
        self._fixed: dict[str, str] = {}
        """sentences without arguments, once formatted"""

    def text(self, name: str, /, **arguments: object) -> str:
        """The sentence `name` with its arguments. Raises KeyError for an unknown sentence, ValueError if an
        argument is missing."""
        if not arguments and name in self._fixed:
            return self._fixed[name]
        message = self._bundle.get_message(name)
        formatted, errors = self._bundle.format_pattern(message.value, arguments)
        if errors:
            raise ValueError(f"the phrase {name} ({self.language}): {errors[0]}")
        if not arguments:
            self._fixed[name] = str(formatted)
        return str(formatted)

    def styled(self, name: str, /, **arguments: object) -> Styled:
        """The same as a message: plain text, whatever is in the arguments."""
        return Styled(self.text(name, **arguments))


def language_of(tag: str) -> str:
    """Which of our languages someone with this IETF tag reads."""
    return "ru" if tag.lower().partition("-")[0] in _READ_RUSSIAN else "en"


@cache
def phrases(language: str) -> Phrases:
    """The sentences of "en" or "ru"."""
    return Phrases(language)
