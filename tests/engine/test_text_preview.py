"""A half-written answer, shown while it is being written: nothing flickers, nothing is torn."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.telegram.text import faults, preview, styled

ANSWER = """# Ответ

Вот **важное слово**, *курсив* и `код`, см. [документацию](https://docs.python.org/3/).

- первый пункт
- второй: \\( x^2 \\) и $\\frac{a}{b}$

```python
def double(x):
    return x * 2
```
Готово, ~~старое~~ новое.

1. раз
2. два

Конец.
"""


def kinds(markdown: str) -> list[str]:
    return [mark.kind for mark in preview(markdown).marks]


@pytest.mark.parametrize(
    ("so_far", "text", "marks"),
    [
        ("Это **важ", "Это важ", ["bold"]),
        ("Это **важно*", "Это важно", ["bold"]),
        ("Это **", "Это", []),
        ("***both", "both", ["bold", "italic"]),
        ("see `co", "see co", ["code"]),
        ("see `", "see", []),
        ("~~old", "old", ["strike"]),
        ("see [docs", "see docs", []),
        ("see [docs](https://e.c", "see docs", []),
        ("items[0", "items[0", []),
        ("![кот](https://e", "🖼 кот", []),
        ("```py", "", []),
        ("```py\nx = 1\n``", "x = 1", ["pre"]),
        ("```py\nx = 1\n```\nand **so", "x = 1\nand so", ["pre", "bold"]),
        ("Title\n-", "Title", []),
        ("Title\n#", "Title", []),
        ("a\n12", "a", []),
        ("42", "42", []),
        ("2 * 3", "2 * 3", []),
        ("so \\( x^", "so", []),
        ("so $\\fra", "so", []),
        ("for $5", "for $5", []),
        ("T\n\n| a | b |\n|---|-", "T", []),
        ("| a | b |\n|---|---|\n| 1 | 2 |\n| 3", "a │ b\n──┼──\n1 │ 2", ["pre"]),
        ("- [ ", "", []),
        ("", "", []),
    ],
)
def test_what_is_open_is_closed_or_held_back(so_far: str, text: str, marks: list[str]) -> None:
    shown = preview(so_far)
    assert (shown.text, sorted(mark.kind for mark in shown.marks)) == (text, sorted(marks))


def test_what_was_shown_never_changes_while_the_answer_grows() -> None:
    final = styled(ANSWER).text
    for end in range(len(ANSWER) + 1):
        assert final.startswith(preview(ANSWER[:end]).text)


def test_the_finished_answer_looks_as_it_will_be_sent() -> None:
    assert preview(ANSWER) == styled(ANSWER)


def test_of_a_long_answer_the_end_is_shown() -> None:
    shown = preview("\n".join(f"строка {number}" for number in range(2000)))
    assert shown.text.startswith("…\nстрока ")
    assert shown.text.endswith("строка 1999")
    assert faults(shown) == []


def test_of_long_code_the_end_is_code() -> None:
    shown = preview("Intro\n\n```py\n" + "x = 1\n" * 3000)
    assert [(mark.kind, mark.argument) for mark in shown.marks] == [("pre", "py")]
    assert "```" not in shown.text


def test_the_cost_of_a_long_answer_is_that_of_what_is_shown() -> None:
    def calls(length: int) -> int:
        counted = 0

        def count(*_: object) -> None:
            nonlocal counted
            counted += 1

        text = ("слово **жир** " * 10_000)[:length]
        sys.setprofile(count)
        try:
            preview(text)
        finally:
            sys.setprofile(None)
        return counted

    calls(6_000)  # what is imported or cached at first does not count
    assert calls(60_000) < 2 * calls(6_000)


@settings(deadline=None, max_examples=150, database=None)
@given(
    st.lists(
        st.sampled_from(
            [
                *"*_`~|[]()#-!$\\\n: a1я",
                "**",
                "```",
                "\n\n",
                "\n- ",
                "\n> ",
                "🚀",
                "[x](https://e.com)",
                "|a|\n|-|\n|b|",
            ]
        ),
        max_size=60,
    ).map("".join),
    st.integers(20, 200),
)
def test_whatever_was_written_so_far_can_be_shown(so_far: str, limit: int) -> None:
    assert [fault for fault in faults(preview(so_far, limit), limit) if fault != "nothing to see"] == []
