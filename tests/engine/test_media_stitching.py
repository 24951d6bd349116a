"""Pieces' transcripts become one: nothing lost at a border, nothing doubled."""

from __future__ import annotations

import re
from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from engine.core.outline import Outline
from engine.media.stitching import Segment, Words, as_markdown, as_srt, as_text, clock, common_run, stitched

WORD = st.from_regex(r"[a-zа-яё]{1,9}", fullmatch=True)
SPOKEN = st.lists(WORD, min_size=12, max_size=60, unique=True)
ENDS = st.sampled_from(["", "", "", ",", ".", "?"])


def minute(number: int, text: str | None, overlap_ms: int = 0) -> Words:
    return Words(number * 60_000, (number + 1) * 60_000, text, overlap_ms=overlap_ms)


def words_of(said: list[Segment]) -> list[str]:
    return " ".join(segment.text for segment in said).split()


@given(SPOKEN, st.data())
def test_cut_at_silences_all_words_stand_as_they_were_said(spoken: list[str], data: st.DataObject) -> None:
    spoken = [word + data.draw(ENDS) for word in spoken]
    cuts = sorted(data.draw(st.sets(st.integers(1, len(spoken) - 1), max_size=4)))
    parts = [spoken[start:end] for start, end in pairwise([0, *cuts, len(spoken)])]
    pieces = [minute(number, " ".join(part)) for number, part in enumerate(parts)]
    assert words_of(stitched(pieces)) == spoken


@given(SPOKEN, st.integers(1, 8), st.booleans(), st.data())
def test_what_two_pieces_share_stands_once(spoken: list[str], shared: int, is_loud: bool, data: st.DataObject) -> None:
    cut = data.draw(st.integers(shared, len(spoken) - 1))
    first = " ".join(spoken[:cut])
    again = [word + data.draw(ENDS) for word in spoken[cut - shared :]]
    second = " ".join(again).upper() if is_loud else " ".join(again)
    heard = words_of(stitched([minute(0, first), minute(1, second, overlap_ms=3_000)]))
    assert [word.rstrip(",.?").casefold() for word in heard] == spoken


@given(SPOKEN, st.integers(3, 6), st.data())
def test_words_torn_by_the_cut_are_believed_to_who_heard_them_whole(
    spoken: list[str], shared: int, data: st.DataObject
) -> None:
    cut = data.draw(st.integers(shared, len(spoken) - 2))
    first = [*spoken[:cut], "#torn"]
    second = ["#half", *spoken[cut - shared + 1 :]]
    heard = words_of(stitched([minute(0, " ".join(first)), minute(1, " ".join(second), overlap_ms=3_000)]))
    assert heard == spoken


@given(st.lists(st.text(max_size=40), max_size=6), st.sampled_from([0, 3_000]))
def test_whatever_was_heard_times_run_forward_within_the_whole(texts: list[str], overlap_ms: int) -> None:
    said = stitched([minute(number, text, overlap_ms) for number, text in enumerate(texts)])
    assert all(0 <= one.start_ms <= one.end_ms <= len(texts) * 60_000 for one in said)
    assert [one.start_ms for one in said] == sorted(one.start_ms for one in said)


def test_without_an_overlap_a_word_said_twice_stays_said_twice() -> None:
    assert as_text(stitched([minute(0, "It is very"), minute(1, "very good.")])) == "It is very very good."


def test_with_nothing_in_common_both_stay_whole() -> None:
    said = stitched([minute(0, "one two three"), minute(1, "four five six", overlap_ms=3_000)])
    assert words_of(said) == ["one", "two", "three", "four", "five", "six"]


def test_a_longer_run_with_a_torn_word_beats_a_chance_meeting() -> None:
    assert common_run(["we", "go", "home", "to", "the"], ["the", "go", "home", "to", "there", "now"]) == (1, 4)


def test_segments_of_the_model_keep_their_times() -> None:
    heard = Words(60_000, 120_000, "Yes. No.", (Segment(500, 900, " Yes."), Segment(2_000, 2_500, "No. ")))
    assert stitched([heard]) == [Segment(60_500, 60_900, "Yes."), Segment(62_000, 62_500, "No.")]


def test_a_piece_that_nobody_heard_is_said_with_its_times() -> None:
    said = stitched([minute(0, "Before."), minute(1, None), minute(2, "After.", overlap_ms=3_000)])
    assert as_text(said) == "Before. [… 1:00–2:00 …] After."


def test_markdown_has_the_times_as_headings() -> None:
    said = stitched([Words(0, 360_000, "One. Two."), Words(3_600_000, 3_660_000, "Three.")])
    links = "- [0:00](#000) One. Two.\n- [1:00:00](#10000) Three.\n\n"
    assert as_markdown(said) == f"{links}## 0:00\n\nOne. Two.\n\n## 1:00:00\n\nThree.\n\n"
    assert as_markdown(said[:1]) == "## 0:00\n\nOne.\n\n"


MARKUP = st.sampled_from(
    [
        *("#", "-", "---", "===", "+", "*", "**", "_", "1.", "2)", "`", "~~~", "|", ">", "\\", "![", "]:", "[a](b)"),
        *("<b>", "<!--", "&lt;", "&#42;", "http://a.b", "www.a.b"),
        *("a", " ", "    x", "\t", "\n", "\n\n", "\u00a0", "\u2028"),
    ]
)
ANYTHING = st.lists(MARKUP | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))).map("".join)
OURS = {"text", "link_open", "link_close", "strong_open", "strong_close"}


@given(ANYTHING, ANYTHING, ANYTHING)
@example("<b>&lt;b&gt;</b>", "1. x", "+ x\n===")
def test_nothing_that_a_model_writes_or_hears_is_markup(summary: str, title: str, heard: str) -> None:
    said = [Segment(0, 1, f"a {heard}"), Segment(3_600_000, 3_600_001, f"{heard} z")]
    text = as_markdown(said, Outline(summary, (title, "b")))
    shown = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)
    about, head, first, last = (" ".join(one.split()) for one in (summary, title, f"a {heard}", f"{heard} z"))
    about_p, head_p = ["p"] * bool(about), ["p"] * bool(head)
    tags = [*about_p, "ul", "li", "p", "li", "p", "h2", *head_p, "p", "h2", "p", "p"]
    assert [token.tag for token in shown if token.nesting == 1] == tags
    lines = [token.children or [] for token in shown if token.type == "inline"]
    assert {child.type for line in lines for child in line} <= OURS
    links = [f"0:00 {head or beginning(first)}", "1:00:00 b"]
    words = [about, *links, "0:00", head, first, "1:00:00", "b", last]
    assert ["".join(child.content for child in line) for line in lines] == [one for one in words if one]
    assert not re.search(r"(?<!\\)://|www\.", text)


def beginning(text: str) -> str:
    """The first words, as they stand in a list."""
    return text if len(text) <= 60 else f"{text[:60].rpartition(' ')[0]} …"


def test_subtitles_are_short_and_numbered_and_skip_what_nobody_heard() -> None:
    said = stitched([minute(0, "Yes."), minute(1, None), minute(60, "word " * 40)])
    cues = as_srt(said).strip().split("\n\n")
    assert cues[0] == "1\n00:00:00,000 --> 00:01:00,000\nYes."
    assert cues[1].startswith("2\n01:00:00,000 --> 01:00:")
    assert all(len(cue.splitlines()[2]) <= 84 for cue in cues)
    assert sum(cue.count("word") for cue in cues) == 40


def test_speech_without_blanks_is_cut_into_subtitles_too() -> None:
    cues = as_srt(stitched([minute(0, "これは日本語の文章です。" * 30)])).strip().split("\n\n")
    texts = [cue.splitlines()[2] for cue in cues]
    assert all(len(text) <= 84 for text in texts)
    assert "".join(texts) == "これは日本語の文章です。" * 30


def test_sentences_take_the_time_that_their_letters_do() -> None:
    said = stitched([Words(0, 1_000, "aaa. aaaaaaaaaaaaaaa.")])
    assert [one.start_ms for one in said] == [0, 200]


def test_the_clock_shows_hours_only_where_there_are_some() -> None:
    assert (clock(0), clock(754_000), clock(3_723_999)) == ("0:00", "12:34", "1:02:03")
