"""A long answer in parts that Telegram takes, cut where a reader would cut it."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from wcwidth import iter_graphemes

from engine.core.styled import Mark, Styled
from engine.telegram.text import answer_parts, faults, split, styled, utf16_length


def visible(text: str) -> str:
    return "".join(text.split())


def checked(markdown: str, limit: int = 4096) -> list[Styled]:
    parts = answer_parts(markdown, limit)
    assert [faults(part, limit) for part in parts if faults(part, limit)] == []
    assert visible("".join(part.text for part in parts)) == visible(styled(markdown).text)
    return parts


@pytest.mark.parametrize("nothing", ["", " \n\t\n ", "\u200b", "\u2060\ufeff", "\x00"])
def test_nothing_to_see_is_no_message(nothing: str) -> None:
    assert answer_parts(nothing) == []


def test_a_short_answer_is_one_part() -> None:
    assert checked("**Да.**") == [Styled("Да.", (Mark("bold", 0, 3),))]


def test_exactly_the_limit_is_one_part() -> None:
    assert len(checked("я" * 4096)) == 1
    assert len(checked("я" * 4097)) == 2


def test_it_cuts_at_a_blank_line_first() -> None:
    parts = checked("one two\nthree\n\nfour. five", limit=20)
    assert [part.text for part in parts] == ["one two\nthree", "four. five"]


def test_then_at_a_line_then_a_sentence_then_a_word() -> None:
    assert [part.text for part in checked("one two\nthree four", limit=12)] == ["one two", "three four"]
    assert [part.text for part in checked("Hi you. What now?", limit=12)] == ["Hi you.", "What now?"]
    assert [part.text for part in checked("alpha beta gamma", limit=12)] == ["alpha beta", "gamma"]


def test_an_early_blank_line_does_not_waste_a_message() -> None:
    parts = checked("Intro.\n\n" + "word " * 1500)
    assert len(parts) == 2
    assert utf16_length(parts[0].text) > 4000


def test_long_code_goes_on_as_code_with_its_language() -> None:
    parts = checked("```python\n" + "".join(f"line_{n:04} = {n:>12}\n" for n in range(340)) + "```")
    assert len(parts) == 3
    assert [mark for part in parts for mark in part.marks] == [
        Mark("pre", 0, utf16_length(part.text), "python") for part in parts
    ]
    assert all(part.text.startswith("line_") for part in parts)


def test_the_indent_of_continued_code_is_kept() -> None:
    parts = checked("```\n" + "    x = 1\n" * 10 + "```", limit=50)
    assert all(line == "    x = 1" for part in parts for line in part.text.split("\n"))


def test_code_that_fits_into_a_message_is_not_cut() -> None:
    code = "x = 1\n" * 300
    parts = checked("слово " * 500 + f"\n\n```py\n{code}```")
    assert parts[-1].text == code.rstrip()


def test_a_heading_goes_with_what_it_heads() -> None:
    parts = checked("слово " * 600 + "\n\n## Код\n\n```py\n" + "x = 1\n" * 300 + "```")
    assert parts[1].text.startswith("Код\n\nx = 1")


def test_a_mark_across_a_cut_is_continued() -> None:
    first, second = checked("**" + "слово " * 20 + "конец**", limit=100)
    assert [mark.kind for mark in (*first.marks, *second.marks)] == ["bold", "bold"]
    assert first.marks[0].length == utf16_length(first.text)


def test_more_than_a_hundred_marks_make_another_part() -> None:
    parts = checked("\n".join(f"- `{number}`" for number in range(250)))
    assert [len(part.marks) for part in parts] == [100, 100, 50]


def test_emoji_are_never_torn() -> None:
    assert [part.text for part in checked("🚀" * 4096)] == ["🚀" * 2048] * 2
    family, flag = "👩‍👩‍👧‍👦", "🇺🇦"
    assert {visible(part.text).replace(family, "") for part in checked(family * 700)} == {""}
    assert {part.text.replace(flag, "") for part in checked(flag * 3000, limit=4095)} == {""}


def test_accents_stay_with_their_letter() -> None:
    assert not any(part.text.startswith("\u0301") for part in checked("e\u0301" * 4000, limit=4095))


def test_one_endless_character_is_cut_all_the_same() -> None:
    assert len(checked("a" + "\u0301" * 9000)) == 3


def test_a_long_word_is_cut_hard() -> None:
    assert [len(part.text) for part in checked("x" * 10_000)] == [4096, 4096, 1808]


def test_the_cost_grows_with_the_length_only() -> None:
    def seconds(lines: int) -> float:
        markdown = "".join(f"- **пункт {n}**: `значение` и [ссылка](https://e.com/{n})\n" for n in range(lines))
        began = time.perf_counter()
        assert answer_parts(markdown)
        return time.perf_counter() - began

    small, large = min(seconds(1000) for _ in range(3)), min(seconds(10_000) for _ in range(2))
    assert large < 40 * small  # ten times the lines: linear is 10, quadratic 100


def test_ten_thousand_lines_lose_nothing() -> None:
    checked("\n".join(f"строка {number} **{number}**" for number in range(10_000)))


def test_marks_made_by_hand_are_split_too() -> None:
    one, two = split(Styled("aaaa bbbb", (Mark("link", 0, 9, "https://e.com"),)), limit=5)
    assert one == Styled("aaaa", (Mark("link", 0, 4, "https://e.com"),))
    assert two == Styled("bbbb", (Mark("link", 0, 4, "https://e.com"),))


PIECES = st.sampled_from(
    [
        "слово",
        " ",
        " ",
        "\n",
        "\n\n",
        ". ",
        "🚀",
        "👩‍👩‍👧‍👦",
        "🇺🇦",
        "e\u0301",
        "**жир**",
        "`код`",
        "\n```py\nx = 1\n\ny\n```\n",
        "שלום",
        "\n- a",
        "\n> q",
        "👍🏽",
    ]
)


@settings(deadline=None, max_examples=150, database=None)
@given(st.lists(PIECES, max_size=60).map("".join), st.integers(16, 120))
@example("```\n" + "x" * 40 + "\n```", 16)
def test_no_part_is_invalid_and_nothing_is_lost(markdown: str, limit: int) -> None:
    whole = {grapheme for grapheme in iter_graphemes(styled(markdown).text) if not grapheme.isspace()}
    for part in checked(markdown, limit):
        assert {grapheme for grapheme in iter_graphemes(part.text) if not grapheme.isspace()} <= whole


@settings(deadline=None, max_examples=150, database=None)
@given(st.text(alphabet="ab *_`>#-|\n🙂~", max_size=200))
@example("> a\n\n**b** `c`")
@example("  \n **a** \n ")
def test_what_fits_into_one_message_is_what_splitting_makes_of_it(markdown: str) -> None:
    assert answer_parts(markdown) == split(styled(markdown))
