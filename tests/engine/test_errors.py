"""The errors: one tree, drawn as it is; their text says what is needed to act, and nothing else."""

from __future__ import annotations

import inspect
import re

import pytest

from engine.core import errors
from engine.core.errors import ConfigurationError, GpttgError, RateLimitedError, RefusedError, TransientError


def all_errors() -> list[type[GpttgError]]:
    """Every class of the tree."""
    return [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, GpttgError)]


def test_the_drawing_on_top_is_the_tree_as_it_is() -> None:
    drawn: dict[int, str] = {}
    pairs = set()
    for line in (errors.__doc__ or "").splitlines():
        if found := re.match(r"([│├└─ ]*)(\w+Error)\b", line):
            depth = len(found[1]) // 4
            drawn[depth] = found[2]
            if depth:
                pairs.add((found[2], drawn[depth - 1]))
    assert pairs == {(kind.__name__, kind.__mro__[1].__name__) for kind in all_errors() if kind is not GpttgError}


@pytest.mark.parametrize("kind", [kind for kind in all_errors() if not issubclass(kind, ConfigurationError)])
def test_an_error_without_words_says_its_code_or_its_name(kind: type[GpttgError]) -> None:
    if kind is not GpttgError:
        assert str(kind()) == kind.__name__
        assert str(kind(code="some_code")) == "some_code"  # type: ignore[call-arg]


def test_a_rate_limit_says_when_to_come_back() -> None:
    error = RateLimitedError(code="rate_limit_exceeded", retry_after_s=2.5)
    assert error.retry_after_s == 2.5
    assert isinstance(error, TransientError)
    assert not isinstance(error, RefusedError)


def test_a_configuration_error_keeps_its_remedies_apart() -> None:
    error = ConfigurationError("mend this", "mend that")
    assert error.remedies == ("mend this", "mend that")
    assert str(error) == "mend this\nmend that"
