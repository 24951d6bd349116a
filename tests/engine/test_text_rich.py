"""An answer as one rich message: each kind of block, the limits, what is never trusted; and the same in plain parts."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from telethon import types

from engine.core.styled import Mark, Rich, Source, Styled
from engine.sandbox.telegram import rich as telegrams_own
from engine.sandbox.telegram.rich_text import readable
from engine.telegram.text import (
    MESSAGE_UNITS,
    faults,
    plain_parts,
    rich_message,
    sources_quote,
    utf16_length,
    wants_rich,
)
from engine.telegram.text.rich import RICH_BLOCKS, RICH_UNITS, SOURCES_SHOWN

SOURCES = (Source("Fox", "https://e.com/fox"), Source("Bear\n\n 🐻", "https://e.com/bear"))
NOTE = Styled("Cut 🙂 here", (Mark("bold", 4, 2),))


def made(markdown: str, **others: Any) -> types.InputRichMessage:
    shown = rich_message(Rich(markdown=markdown, **others))
    assert shown is not None
    telegrams_own.arrive(shown)
    return shown


def look(markdown: str, **others: Any) -> str:
    """The rich message as LocalTelegram shows it."""
    return readable(telegrams_own.arrive(made(markdown, **others))[0])


def plain(text: str) -> Any:
    return types.TextPlain(text)


def test_headings_keep_their_level() -> None:
    markdown = "# One\n## **Two**\n###### Six\ntext"
    assert look(markdown) == "# One\n## **Two**\n###### Six\ntext"


def test_a_paragraph_has_the_looks_of_its_words() -> None:
    assert look("a **b *c*** ~~d~~ `e` ||f|| <u>g</u>") == "a **b _c_** ~~d~~ `e` ||f|| __g__"
    assert look("**Note:**text") == "**Note:**text"
    assert look("one\ntwo  \nthree") == "one\ntwo\nthree"


def test_looks_that_cross_are_nested() -> None:
    (block,) = made("||a **b|| c**").blocks
    assert block.text == types.TextConcat(
        [
            types.TextSpoiler(types.TextConcat([plain("a "), types.TextBold(plain("b"))])),
            types.TextBold(plain(" c")),
        ]
    )


def test_lists_are_nested_numbered_and_ticked() -> None:
    markdown = "3. three\n4. four\n   - [x] done\n   - [ ] open\n\n     more"
    assert look(markdown) == "3. three\n4. four\n  - [x] done\n  - [ ] open\n    more"
    (numbered,) = made(markdown).blocks
    assert numbered.start == 3
    assert type(numbered.items[1].blocks[1]) is types.PageBlockList


def test_code_keeps_its_language_and_its_indent() -> None:
    (block,) = made("```python x\n\n  x = '$y_1$' # **\n\n```").blocks
    assert block == types.PageBlockPreformatted(plain("  x = '$y_1$' # **"), "python")
    assert made("    indented").blocks == [types.PageBlockPreformatted(plain("indented"), "")]


def test_a_table_has_a_head_and_alignments() -> None:
    (table,) = made("| a | b | **c** |\n|-|:-:|-:|\n| 1 | $x|y$ | |").blocks
    head, row = table.rows
    assert [cell.header for cell in (*head.cells, *row.cells)] == [True] * 3 + [None] * 3
    assert [(cell.align_center, cell.align_right) for cell in row.cells] == [(None, None), (True, None), (None, True)]
    assert head.cells[2].text == types.TextBold(plain("c"))
    assert [cell.text for cell in row.cells] == [plain("1"), types.TextMath("x|y"), types.TextEmpty()]


def test_a_head_without_words_is_not_shown() -> None:
    (table,) = made("| | |\n|-|-|\n| 1 | 2 |").blocks
    assert [[cell.text.text for cell in row.cells] for row in table.rows] == [["1", "2"]]


def test_a_formula_stays_latex() -> None:
    assert made(r"so \(a_1\) is").blocks[0].text.texts[1] == types.TextMath("a_1")
    before, formula, after = made("Before\n$$\\frac{a}{b}\n= c$$\nafter").blocks
    assert (before.text, after.text) == (plain("Before"), plain("after"))
    assert formula == types.PageBlockMath("\\frac{a}{b}\n= c")
    assert made(r"\[x^2\]").blocks == [types.PageBlockMath("x^2")]


def test_a_formula_in_bold_or_in_a_heading_stays_in_the_line() -> None:
    assert look("**a $$x^2$$**") == "**a $x^2$**"
    assert look("# On $$x^2$$") == "# On $x^2$"


def test_money_and_shell_variables_are_no_formulas() -> None:
    assert made("$5 and $6, `$a_1$`").blocks[0].text.texts[0] == plain("$5 and $6, ")
    assert not wants_rich("It costs $5, or $6 with tax. `echo $HOME_1$PATH`")


def test_quotes_fold_where_they_are_long() -> None:
    (short,) = made("> a\n>\n> **b**").blocks
    assert (short.text.texts[1], short.collapsed) == (plain("\n\n"), None)
    assert made("> " + "word " * 300).blocks[0].collapsed
    (with_list,) = made("> [!NOTE]\n> - a").blocks
    assert [type(block) for block in with_list.blocks] == [types.PageBlockParagraph, types.PageBlockList]


def test_a_rule_is_a_divider() -> None:
    assert look("a\n\n***\n\nb") == "a\n---\nb"


def test_links_lead_to_the_web_or_to_a_mailbox() -> None:
    text = made("[docs](https://e.com/a_b) <me@e.com> [mail](mailto:a@e.com?subject=x)").blocks[0].text.texts
    assert text[0] == types.TextUrl(plain("docs"), "https://e.com/a_b", 0)
    assert (text[2], text[4].email) == (types.TextEmail(plain("me@e.com"), "me@e.com"), "a@e.com")


def test_dollars_in_an_address_stay_dollars() -> None:
    address = "https://e.com/?q=$a_1$&r=$$b_2$$"
    assert made(f"[x]({address})").blocks[0].text.url == address


def test_a_mail_address_that_is_none_is_text() -> None:
    assert made("[mail](mailto:a@localhost)").blocks[0].text == plain("mail")


def test_an_image_is_a_link_and_no_link_lies_in_another() -> None:
    assert look("![Fox](https://e.com/f.png)") == "[🖼 Fox](https://e.com/f.png)"
    assert look("[![Fox](https://e.com/f.png)](https://e.com)") == "[🖼 Fox](https://e.com)"


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "tg://user?id=1", "data:text/html,x", "docs/a.md", "file:///etc/passwd", "https://"],
)
@pytest.mark.parametrize("around", ["{}", "- {}", "> {}", "# {}", "| a |\n|-|\n| {} |"])
def test_what_the_model_must_not_link_to_is_shown(address: str, around: str) -> None:
    shown = made(around.format(f"[here]({address})"))
    assert "TextUrl" not in shown.stringify()
    assert f"here (`{address}`)" in look(around.format(f"[here]({address})"))


def test_html_is_text() -> None:
    assert look("<script>x</script> a<br>b") == "<script>x</script> a\nb"


def test_the_sources_are_folded_under_their_title_and_the_notes_come_last() -> None:
    shown = made("Yes.", sources=SOURCES, sources_title="2 sources", notes=(NOTE, Styled("end")))
    _, sources, note, end = shown.blocks
    assert sources.collapsed
    assert look("Yes.", sources=SOURCES, sources_title="2 sources").split("\n")[1:] == [
        "> **2 sources**",
        "> • [Fox](https://e.com/fox)",
        "> • [Bear 🐻](https://e.com/bear)",
    ]
    assert note.text == types.TextConcat([plain("Cut "), types.TextBold(plain("🙂")), plain(" here")])
    assert end.text == plain("end")


def test_only_notes_are_a_message_too() -> None:
    assert made("", notes=(NOTE,)).blocks[0].text.texts[0] == plain("Cut ")
    assert plain_parts(Rich(markdown=" ", notes=(NOTE,))) == [NOTE]


@pytest.mark.parametrize("nothing", ["", " \n", "\u200b", "```\n```", "- \n- "])
def test_nothing_to_see_is_no_rich_message(nothing: str) -> None:
    assert rich_message(Rich(markdown=nothing)) is None
    assert plain_parts(Rich(markdown="\u200b")) == []


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ("שלום world", True),
        ("**12.** مرحبا", True),
        ("- 🙂 שלום", True),
        ("Hello שלום", None),
        ("Да", None),
        ("1 + 1", None),
    ],
)
def test_the_first_letter_says_from_where_it_is_read(markdown: str, expected: bool | None) -> None:
    assert made(markdown).rtl is expected


def test_the_text_is_counted_in_utf16_units_formulas_among_it() -> None:
    assert made("🙂" * (RICH_UNITS // 2)).blocks
    assert rich_message(Rich(markdown="🙂" * (RICH_UNITS // 2) + "!")) is None
    assert rich_message(Rich(markdown="a" * (RICH_UNITS - 3) + " $x_1$")) is None
    assert rich_message(Rich(markdown="a" * RICH_UNITS, notes=(NOTE,))) is None


def test_addresses_are_no_text() -> None:
    assert made(f"[a](https://e.com/{'x' * 1900})\n\n" * 20)


def test_items_and_rows_are_counted_as_blocks() -> None:
    assert made("a\n\n" * RICH_BLOCKS)
    assert rich_message(Rich(markdown="a\n\n" * (RICH_BLOCKS + 1))) is None
    assert made("- a\n" * (RICH_BLOCKS - 1))
    assert rich_message(Rich(markdown="- a\n" * RICH_BLOCKS)) is None
    table = "| a |\n|-|\n"
    assert made(table + "| b |\n" * (RICH_BLOCKS - 2))
    assert rich_message(Rich(markdown=table + "| b |\n" * (RICH_BLOCKS - 1))) is None


def test_a_table_of_more_than_twenty_columns_is_said_in_plain_parts() -> None:
    for columns, fits in ((20, True), (21, False)):
        rich = Rich(markdown=f"{'| a ' * columns}|\n{'|-' * columns}|\n{'| b ' * columns}|")
        assert (rich_message(rich) is not None, wants_rich(rich.markdown)) == (fits, fits)
        assert "a" in plain_parts(rich)[0].text


def test_what_is_nested_too_deep_is_said_in_plain_parts() -> None:
    assert made("> " * 6 + "- x")
    for depth in (20, 5000):
        assert rich_message(Rich(markdown="> " * depth + "- x")) is None
        assert "x" in plain_parts(Rich(markdown="> " * depth + "- x"))[0].text


def test_more_changes_of_look_than_can_be_counted_in_time_are_not_rich() -> None:
    assert not wants_rich("`a`b" * 6000)


def test_what_breaks_the_parser_is_said_in_plain_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ValueError

    monkeypatch.setattr("pyromark.events", broken)
    assert rich_message(Rich(markdown="**a**")) is None
    assert not wants_rich("| a |\n|-|\n| b |")


@pytest.mark.parametrize(
    "markdown",
    [
        "Look:\n\n| a | b |\n|-|-|\n| 1 | 2 |",
        "By $E = mc^2$ it is",
        "$$x^2$$",
        "- item\n\n  \\[x_1\\]",
        "## Part\n\n" + "words " * 300,
        "words " * 1000,
        "🙂" * (MESSAGE_UNITS // 2 + 1),
    ],
)
def test_tables_math_and_long_answers_gain_by_being_rich(markdown: str) -> None:
    assert wants_rich(markdown)


@pytest.mark.parametrize(
    "markdown",
    [
        "",
        "Yes, **of course**.",
        "## Part\n\nA short answer.",
        "- a\n- b\n\n```py\nx\n```\n\n> q",
        "words " * 600,
        "🙂" * (MESSAGE_UNITS // 2),
        f"[a](https://e.com/{'x' * 1900}) " * 3,
        "words " * 6000,
        "x" * 200_000,
    ],
)
def test_a_chatty_answer_and_one_that_is_too_long_stay_plain(markdown: str) -> None:
    assert not wants_rich(markdown)


def test_sources_and_notes_stand_under_the_last_plain_part() -> None:
    (part,) = plain_parts(Rich(markdown="🙂 **Yes**", sources=SOURCES, sources_title="Sources", notes=(NOTE,)))
    assert part.text == "🙂 Yes\n\nSources\n• Fox\n• Bear 🐻\n\nCut 🙂 here"
    assert faults(part) == []
    cited = {
        part.text.encode("utf-16-le")[2 * m.offset : 2 * (m.offset + m.length)].decode("utf-16-le") for m in part.marks
    }
    assert cited == {"Yes", "Sources\n• Fox\n• Bear 🐻", "Sources", "Fox", "Bear 🐻", "🙂"}


def test_where_the_last_part_is_full_they_are_a_part_of_their_own() -> None:
    full = "a" * MESSAGE_UNITS
    rich = Rich(markdown=full, sources=SOURCES, sources_title="Sources", notes=(NOTE,))
    assert [part.text for part in plain_parts(rich)] == [full, "Sources\n• Fox\n• Bear 🐻\n\nCut 🙂 here"]
    marked = Rich(markdown="`a` " * 98, sources=SOURCES, notes=(NOTE,))
    assert [len(part.marks) for part in plain_parts(marked)] == [98, 4]


def test_many_sources_with_endless_titles_are_bounded() -> None:
    many = tuple(Source("слово " * 500, f"https://e.com/{number}") for number in range(300))
    quote = sources_quote("Sources", many)
    assert quote.text.count("•") == SOURCES_SHOWN
    parts = plain_parts(Rich(markdown="Yes.", sources=many, sources_title="Sources"))
    assert [fault for part in parts for fault in faults(part)] == []
    assert made("Yes.", sources=many, sources_title="Sources")


def test_a_source_without_a_title_or_with_an_address_that_is_none_is_shown_as_it_is() -> None:
    quote = sources_quote("", (Source(" ", "https://e.com"), Source("bad", "javascript:x"), Source("", "")))
    assert quote == Styled(
        "• https://e.com\n• bad", (Mark("collapsed_quote", 0, 21), Mark("link", 2, 13, "https://e.com"))
    )
    assert sources_quote("Sources", ()) == Styled("")


def test_an_answer_longer_than_any_message_is_whole_in_plain_parts() -> None:
    rich = Rich(markdown="слово 🙂 " * 6000, sources=SOURCES, sources_title="Sources", notes=(NOTE,))
    assert rich_message(rich) is None
    parts = plain_parts(rich)
    assert [fault for part in parts for fault in faults(part)] == []
    assert "".join(part.text for part in parts).count("слово 🙂") == 6000
    assert parts == plain_parts(rich)


PIECES = st.sampled_from(
    [
        *"*_`~|<>[]()#-+!$\\\n: a1яש\x00\ufde5\ufde8",
        *("**", "```", "\n\n", "\n- ", "\n1. ", "\n> ", "🚀", "👩‍👩‍👧", "||", "<u>", "</u>", "$$", "\n\n# ", "\n***\n"),
        *("$x_1$", "\n$$\ny^2\n$$\n", "\\(a_1\\)", "\\[b^2\\]", "[x] ", "[l](https://e.com)", "[j](javascript:1)"),
        *("| a |\n|-|\n", "| a | b |\n|:-:|-:|\n| 1 | 2 |\n", "    ", "![i](https://e.com/i.png)", "\n> [!TIP]\n> "),
    ]
)


@settings(deadline=None, max_examples=300, database=None)
@given(
    st.lists(PIECES, max_size=50).map("".join) | st.text(max_size=100),
    st.integers(1, 60),
    st.lists(
        st.builds(Source, st.text(max_size=30), st.sampled_from(["https://e.com", "x:y", "", "\ud800"])), max_size=4
    ),
)
@example("> " * 14 + "- - - x", 1, [])
@example("- " * 40 + "$$x^2$$", 1, [])
def test_whatever_the_model_writes_telegram_takes_it_rich_or_plain(
    markdown: str, times: int, sources: list[Source]
) -> None:
    rich = Rich(markdown=markdown * times, sources=tuple(sources), sources_title="Sources", notes=(NOTE,))
    shown = rich_message(rich)
    if shown is not None:
        _, bare = telegrams_own.arrive(shown)
        assert bytes(shown)
        assert utf16_length(bare.replace("\n", "")) <= RICH_UNITS
        assert "\ufde5" not in bare
    assert wants_rich(rich.markdown) <= (rich_message(Rich(markdown=rich.markdown)) is not None)
    assert [fault for part in plain_parts(rich) for fault in faults(part)] == []
