"""How the model's Markdown looks in a chat: text and marks."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core.styled import Mark, Styled
from engine.telegram.text import faults, styled, utf16_length
from engine.telegram.text.units import from_units, to_units


def marked(shown: Styled) -> list[tuple[str, str]]:
    units = to_units(shown.text)
    return [(mark.kind, from_units(units[mark.offset : mark.offset + mark.length])) for mark in shown.marks]


def look(markdown: str) -> tuple[str, list[tuple[str, str]]]:
    shown = styled(markdown)
    assert faults(shown) == []
    return shown.text, marked(shown)


def test_length_counts_what_telegram_counts() -> None:
    assert utf16_length("abc") == 3
    assert utf16_length("Привет") == 6
    assert utf16_length("🚀") == 2
    assert utf16_length("👩‍👩‍👧‍👦") == 11


def test_inline_styles_become_marks() -> None:
    text, marks = look("**жирный** *курсив* ~~старое~~ `код` ||тайна|| <u>черта</u>")
    assert text == "жирный курсив старое код тайна черта"
    assert marks == [
        ("bold", "жирный"),
        ("italic", "курсив"),
        ("strike", "старое"),
        ("code", "код"),
        ("spoiler", "тайна"),
        ("underline", "черта"),
    ]


def test_offsets_count_an_emoji_twice() -> None:
    assert look("🚀🚀 **жир 🚀** и `код`")[1] == [("bold", "жир 🚀"), ("code", "код")]


def test_headings_are_bold_and_blank_lines_stay_as_they_were() -> None:
    assert look("# Title\ntext\n\n## Next\n\nmore") == (
        "Title\ntext\n\nNext\n\nmore",
        [("bold", "Title"), ("bold", "Next")],
    )


def test_lists_nest_with_their_own_bullets() -> None:
    text, _ = look("1. один\n   - два\n     - три\n2. четыре\n- [x] готово\n- [ ] нет")
    assert text == "1. один\n   ◦ два\n      ▪ три\n2. четыре\n✅ готово\n⬜ нет"


def test_a_list_keeps_its_numbers() -> None:
    assert look("7. seven\n8. eight")[0] == "7. seven\n8. eight"


def test_a_code_block_in_a_list_is_a_code_block() -> None:
    text, marks = look("1. Run:\n\n   ```bash\n   ls -l\n   ```\n\n   then wait\n")
    assert text == "1. Run:\n\nls -l\n\n   then wait"
    assert marks == [("pre", "ls -l")]


def test_code_keeps_its_language_and_every_character() -> None:
    code = 'if a < b and "$x_1$" != "\\*":\n\n    print("<b>", "<br/>", a || b)  # ~1'
    shown = styled(f"```python title=x\n{code}\n```")
    assert shown.text == code
    assert [(mark.kind, mark.argument) for mark in shown.marks] == [("pre", "python")]


def test_inline_code_keeps_every_character() -> None:
    assert look(r"`<br> \* $a_b$ ~1 ||x|| \(y\)`")[0] == r"<br> \* $a_b$ ~1 ||x|| \(y\)"


def test_bold_stops_for_code_since_they_can_not_overlap() -> None:
    assert look("**set `x` now**") == ("set x now", [("bold", "set"), ("code", "x"), ("bold", "now")])


def test_a_link_around_code_stays_a_link() -> None:
    assert look("[`f()`](https://example.com)") == ("f()", [("link", "f()")])


def test_a_quote_is_one_mark_and_a_long_one_is_folded() -> None:
    assert look("> один\n> > два\n>\n> - три")[1] == [("quote", "один\nдва\n\n• три")]
    assert look("> " + "слово " * 300)[1][0][0] == "collapsed_quote"


def test_a_narrow_table_is_aligned() -> None:
    text, marks = look("| Язык | Год |\n|:--|--:|\n| Python | 1991 |\n| 猫 | 5 |")
    assert text == "Язык   │  Год\n───────┼─────\nPython │ 1991\n猫     │    5"
    assert marks == [("pre", text)]


def test_a_wide_table_becomes_lists() -> None:
    text, marks = look("| Plan | Price | About |\n|-|-|-|\n| Free | $0 | " + "much text " * 5 + "|\n| Pro | **$9** | |")
    assert text == f"Plan: Free\n• Price: $0\n• About: {'much text ' * 5}".rstrip() + "\n\nPlan: Pro\n• Price: $9"
    assert ("bold", "Free") in marks


def test_a_table_of_two_wide_columns_is_one_line_a_row() -> None:
    text, marks = look("| Команда | Смысл |\n|-|-|\n| `/start` | " + "приветствие " * 4 + "|")
    assert text == "Команда — Смысл\n• /start — " + ("приветствие " * 4).rstrip()
    assert marks == [("italic", "Команда — Смысл"), ("code", "/start")]


def test_links_in_tables_stay_links() -> None:
    assert ("link", "docs") in look("| a | b |\n|-|-|\n| x | [docs](https://e.com) |")[1]


def test_an_image_becomes_a_link() -> None:
    assert look("![Кот](https://e.com/c.png)") == ("🖼 Кот", [("link", "🖼 Кот")])


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "tg://user?id=1", "data:text/html,x", "docs/a.md", "file:///etc/passwd", "https://"],
)
def test_only_web_and_mail_addresses_become_links(address: str) -> None:
    assert look(f"[here]({address})") == (f"here ({address})", [("code", address)])


def test_a_refused_autolink_can_not_be_tapped() -> None:
    assert look("<tg://resolve?domain=x>")[1] == []
    assert look("<https://e.com>")[1] == [("link", "https://e.com")]


def test_mail_addresses_are_links() -> None:
    shown = styled("<a@b.cc> and [mail](mailto:a@b.cc)")
    assert {mark.argument for mark in shown.marks} == {"mailto:a@b.cc"}


@pytest.mark.parametrize(
    "html",
    [
        "<script>alert(1)</script>",
        "<div>\n<p>x</p>\n</div>",
        "<!-- note -->",
        "if a<b and b>c",
        '<a href="x">y</a>',
        "<?php",
    ],
)
def test_html_is_shown_as_text(html: str) -> None:
    assert look(html) == (html, [])


def test_markdown_inside_html_is_still_markdown() -> None:
    assert look("<div>\n**bold**\n</div>") == ("<div>\nbold\n</div>", [("bold", "bold")])


def test_a_html_break_is_a_break() -> None:
    assert look("one<br>two<br/>three")[0] == "one\ntwo\nthree"


def test_formulas_are_readable() -> None:
    assert look(r"\( E = mc^2 \), $\frac{a}{b}$ и $x_1$")[0] == "E = mc², a/b и x₁"
    assert look("\\[\n\\int_0^1 x^2 \\, dx = \\frac{1}{3}\n\\]")[0] == "∫₀¹ x² dx = ⅓"
    assert look("$$\\begin{aligned} a &= b \\\\ c &= \\sqrt{x+1} \\end{aligned}$$")[0] == "a = b\nc = √(x+1)"


@pytest.mark.parametrize(
    "text",
    [
        "$5 or $10",
        "$5-$10",
        "US$5 + A$6",
        "$HOME/bin:$PATH",
        "~5 to ~10",
        "H~2~O",
        "a || b || c",
        "2 * 3 * 4",
        "snake_case_name",
    ],
)
def test_what_only_looks_like_markup_stays(text: str) -> None:
    assert look(text) == (text, [])


def test_escaped_brackets_are_brackets() -> None:
    assert look(r"\[citation needed\] and 5 \* 3")[0] == "[citation needed] and 5 * 3"


def test_log_lines_are_not_lost_as_reference_definitions() -> None:
    assert look("[INFO]: started\n\n[12:30]: done")[0] == "[INFO]: started\n\n[12:30]: done"


def test_references_are_resolved() -> None:
    assert look("see [docs][1]\n\n[1]: https://e.com") == ("see docs", [("link", "docs")])


def test_bold_next_to_a_letter_is_bold() -> None:
    assert look("**Note:**text") == ("Note:text", [("bold", "Note:")])


def test_marks_that_cross_are_cut_so_that_they_nest() -> None:
    assert look("**a ||b** c||") == ("a b c", [("bold", "a b"), ("spoiler", "b"), ("spoiler", "c")])


def test_a_rule_is_a_line_and_an_alert_a_quote_with_its_name() -> None:
    assert look("a\n\n---\n\nb")[0] == "a\n\n──────────\n\nb"
    assert look("> [!WARNING]\n> hot") == ("Warning\nhot", [("quote", "Warning\nhot"), ("bold", "Warning")])


def test_a_hard_break_is_a_break() -> None:
    assert look("one  \ntwo\\\nthree")[0] == "one\ntwo\nthree"


def test_a_formula_that_can_not_be_read_stays() -> None:
    assert "unknown" in look(r"\( \unknown{x} + 1 \)")[0]


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        (Styled(" \u200b"), "nothing to see"),
        (Styled("x" * 4097), "4097 units"),
        (Styled("x" * 200, tuple(Mark("bold", place, 1) for place in range(101))), "101 marks"),
        (Styled("ab", (Mark("bold", 0, 3),)), "out of bounds"),
        (Styled("ab", (Mark("bold", 0, 0),)), "out of bounds"),
        (Styled("🚀", (Mark("bold", 1, 1),)), "splits an emoji"),
        (Styled("ab", (Mark("bold", 1, 1), Mark("code", 0, 1))), "not in order"),
        (Styled("abc", (Mark("bold", 0, 2), Mark("italic", 1, 2))), "crosses"),
        (Styled("abc", (Mark("bold", 0, 2), Mark("code", 0, 1))), " in "),
        (Styled("abc", (Mark("quote", 0, 2), Mark("quote", 0, 1))), " in "),
    ],
)
def test_what_telegram_would_not_take_is_named(wrong: Styled, fault: str) -> None:
    assert any(fault in found for found in faults(wrong))


def test_an_unclosed_fence_is_code_to_the_end() -> None:
    assert look("```py\nx = 1\n\ny = 2") == ("x = 1\n\ny = 2", [("pre", "x = 1\n\ny = 2")])


def test_right_to_left_text_is_kept() -> None:
    assert look("**שלום** عالم `x`") == ("שלום عالم x", [("bold", "שלום"), ("code", "x")])


def test_unsendable_characters_are_dropped() -> None:
    assert look("a\x00b\r\nc\ud83d\ude80\ufdd0 \ud800!")[0] == "ab\nc🚀 \ufffd!"


def test_what_breaks_the_parser_is_shown_as_written(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: str) -> None:
        raise IndexError

    monkeypatch.setattr("engine.telegram.text.answer.rendered", broken)
    assert styled("**x**\n") == Styled("**x**")


def test_deep_nesting_does_not_break_it() -> None:
    assert "x" in styled("> " * 500 + "x").text
    assert "x" in styled("".join("  " * depth + "- a\n" for depth in range(300)) + "x").text
    assert styled("\\(" + "{" * 480 + "\\)").text
    assert styled("[" * 5000).text == "[" * 5000


ALPHABET = st.sampled_from(
    [
        *"*_`~|<>[]()#-+!$\\\n: a1яש",
        "**",
        "```",
        "\n\n",
        "\n- ",
        "\n> ",
        "🚀",
        "👩‍👩‍👧",
        "é",
        "||",
        "<u>",
        "</u>",
        "$$",
        "| a |\n|-|\n",
    ]
)


@settings(deadline=None, max_examples=150, database=None)
@given(st.lists(ALPHABET, max_size=40).map("".join))
def test_whatever_the_model_writes_the_marks_are_valid(markdown: str) -> None:
    shown = styled(markdown)
    assert [fault for fault in faults(shown) if fault != "nothing to see"] == []


@settings(deadline=None, max_examples=150, database=None)
@given(st.text(alphabet=st.characters(categories=["L", "N", "So"]), max_size=60))
def test_plain_words_pass_unchanged(words: str) -> None:
    assert styled(f"«{words}»") == Styled(f"«{words}»")
