"""What was heard in the pieces of a long sound, put together: one text, and the same with times."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import pairwise

import msgspec

from engine.core.outline import Outline

WORDS_PER_S = 6
"""More than anybody speaks: bounds how many words an overlap holds."""
TORN_MOST = 2
"""Words at the end of an overlap that may be heard wrongly, because the cut went through them."""
CUE_CHARACTERS = 84
"""Two lines of a subtitle (Netflix: 42 each)."""
BEGINNING_CHARACTERS = 60
"""Of a section's words, in the list of links."""
SECTION_MS = 5 * 60 * 1000
"""How far apart the headings are."""

_SENTENCE_END = re.compile(r"(?<=[.!?…。！？])\s+|\n+")
_LETTERS = re.compile(r"[^\w]+")
_MARKUP = re.compile(r"[\\`*_\[\]<>#|~&]|:(?=//)|(?<=www)\.", re.IGNORECASE)
"""What Markdown would take for more than words, wherever it stands; with GitHub's, a bare address too."""
_BEGINNING = re.compile(r"^(\d*)([-+=.)])")
"""The same at the beginning of a line: a list, with numbers or without, or a line under what is above."""


class Segment(msgspec.Struct, frozen=True):
    """Something that was said, and when: in a piece's own time within `Words`, in the whole's in results."""

    start_ms: int
    end_ms: int
    text: str


class Words(msgspec.Struct, frozen=True):
    """What was heard in one piece, whose place is in the whole's time. `text` is None where nobody could hear it.

    Without `segments` the times of its sentences are those that an even flow of letters would give."""

    start_ms: int
    end_ms: int
    text: str | None
    segments: tuple[Segment, ...] = ()
    overlap_ms: int = 0


def stitched(pieces: Sequence[Words]) -> list[Segment]:
    """All that was said, in order: sentences (or the model's segments) with the whole's times, nothing doubled.

    What no piece gives is a segment without a text.
    """
    said: list[Segment] = []
    for piece in pieces:
        if piece.text is None:
            said.append(Segment(piece.start_ms, piece.end_ms, ""))
            continue
        fresh = list(_placed(piece))
        if piece.overlap_ms and said and said[-1].text:
            said, fresh = without_overlap(said, fresh, piece.overlap_ms)
        said += fresh
    return said


def without_overlap(
    before: Sequence[Segment], after: Sequence[Segment], overlap_ms: int
) -> tuple[list[Segment], list[Segment]]:
    """Two neighbours without the words that both have: the longest run of words that ends the one and begins the
    other, whatever their case and punctuation. Up to TORN_MOST words around it may differ, for the cut went through
    them: there the run's side that heard them whole is believed. Where there is no such run, both stay as they are."""
    most = max(1, round(overlap_ms / 1000 * WORDS_PER_S)) + TORN_MOST
    left = _last_words(before, most)
    right = _first_words(after, most)
    run = common_run(left, right)
    if run is None:
        return list(before), list(after)
    torn_left, skipped = run
    return _without_last(before, torn_left), _without_first(after, skipped)


def common_run(left: Sequence[str], right: Sequence[str]) -> tuple[int, int] | None:
    """How many words to leave out at the left one's end (torn ones) and at the right one's start (doubled ones)."""
    a, b = [_folded(word) for word in left], [_folded(word) for word in right]
    whole = next((length for length in range(min(len(a), len(b)), 0, -1) if a[-length:] == b[:length]), 0)
    found = SequenceMatcher(None, a, b, autojunk=False).find_longest_match()
    torn = len(a) - found.a - found.size
    if found.size > max(1, whole) and torn <= TORN_MOST and found.b <= TORN_MOST:
        return torn, found.b + found.size
    return (0, whole) if whole else None


class Section(msgspec.Struct, frozen=True):
    """Some minutes of it: what is missing stands as its times in brackets."""

    start_ms: int
    text: str


def sections(said: Sequence[Segment]) -> list[Section]:
    """All that was said, in sections of SECTION_MS."""
    return [Section(part[0].start_ms, " ".join(map(_shown, part))) for part in _sections(said)]


def as_text(said: Sequence[Segment]) -> str:
    """One text, a paragraph for each section."""
    return "\n\n".join(section.text for section in sections(said))


def as_markdown(said: Sequence[Segment], outline: Outline | None = None) -> str:
    """The summary, links to the chapters, and the text with times as headings. Nothing in it is markup but ours."""
    parts = sections(said)
    titles = [_plain(title) for title in outline.titles[: len(parts)]] if outline else []
    titles += [""] * (len(parts) - len(titles))
    chapters = list(zip(parts, titles, strict=True))
    summary = f"{_plain(outline.summary)}\n\n" if outline and outline.summary else ""
    links = "".join(_link(part, title) for part, title in chapters if len(parts) > 1)
    return "".join([summary, links, "\n" if links else "", *(_chapter(part, title) for part, title in chapters)])


def _link(section: Section, title: str) -> str:
    at = clock(section.start_ms)
    return f"- [{at}](#{at.replace(':', '')}) {title or _plain(_beginning(section.text))}\n"


def _chapter(section: Section, title: str) -> str:
    bold = f"**{title}**\n\n" if title else ""
    return f"## {clock(section.start_ms)}\n\n{bold}{_plain(section.text)}\n\n"


def _plain(text: str) -> str:
    """Words, in one line, as Markdown that shows them as they are."""
    return _BEGINNING.sub(r"\1\\\2", _MARKUP.sub(r"\\\g<0>", " ".join(text.split())))


def _beginning(text: str) -> str:
    """The first words of a section, as they may stand in a list."""
    words = " ".join(text.split())
    return words if len(words) <= BEGINNING_CHARACTERS else f"{words[:BEGINNING_CHARACTERS].rpartition(' ')[0]} …"


def as_srt(said: Sequence[Segment]) -> str:
    """Subtitles: SubRip, as players read it."""
    cues = [cue for segment in said for cue in _cues(segment)]
    return "".join(
        f"{number}\n{_srt_time(cue.start_ms)} --> {_srt_time(cue.end_ms)}\n{cue.text}\n\n"
        for number, cue in enumerate(cues, 1)
    )


def clock(ms: int) -> str:
    """1:02:03, or 2:03 within the first hour."""
    minutes, seconds = divmod(ms // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def _placed(piece: Words) -> Iterator[Segment]:
    """A piece's segments in the whole's time."""
    if piece.segments:
        for one in piece.segments:
            if text := one.text.strip():
                yield Segment(piece.start_ms + one.start_ms, piece.start_ms + one.end_ms, text)
        return
    sentences = [text for part in _SENTENCE_END.split(piece.text or "") if (text := part.strip())]
    yield from _spread(sentences, piece.start_ms, piece.end_ms)


def _spread(texts: Sequence[str], start_ms: int, end_ms: int) -> Iterator[Segment]:
    """Texts one after another over a time, each as long as its share of the letters."""
    letters = [0]
    for text in texts:
        letters.append(letters[-1] + len(text))
    for text, (begin, end) in zip(texts, pairwise(letters), strict=True):
        long = end_ms - start_ms
        yield Segment(start_ms + long * begin // letters[-1], start_ms + long * end // letters[-1], text)


def _cues(segment: Segment) -> Iterator[Segment]:
    """A segment in parts that fit under a picture."""
    if not segment.text:
        return
    words = " ".join(segment.text.split())  # in some languages one word without an end
    lines = textwrap.wrap(words, CUE_CHARACTERS, break_on_hyphens=False)
    yield from _spread(lines, segment.start_ms, segment.end_ms)


def _sections(said: Sequence[Segment]) -> Iterator[list[Segment]]:
    section: list[Segment] = []
    for segment in said:
        if section and segment.start_ms - section[0].start_ms >= SECTION_MS:
            yield section
            section = []
        section.append(segment)
    if section:
        yield section


def _shown(one: Segment) -> str:
    return one.text or f"[… {clock(one.start_ms)}–{clock(one.end_ms)} …]"


def _last_words(said: Sequence[Segment], most: int) -> list[str]:
    words: list[str] = []
    for segment in reversed(said):
        if not segment.text or len(words) >= most:
            break
        words = segment.text.split() + words
    return words[-most:]


def _first_words(said: Sequence[Segment], most: int) -> list[str]:
    words: list[str] = []
    for segment in said:
        if len(words) >= most:
            break
        words += segment.text.split()
    return words[:most]


def _without_last(said: Sequence[Segment], count: int) -> list[Segment]:
    left = list(said)
    while count and left:
        words = left[-1].text.split()
        if count < len(words):
            last = left[-1]
            left[-1] = Segment(last.start_ms, last.end_ms, " ".join(words[:-count]))
            return left
        left.pop()
        count -= len(words)
    return left


def _without_first(said: Sequence[Segment], count: int) -> list[Segment]:
    for place, segment in enumerate(said):
        words = segment.text.split()
        if count < len(words):
            return [Segment(segment.start_ms, segment.end_ms, " ".join(words[count:])), *said[place + 1 :]]
        count -= len(words)
    return []


def _folded(word: str) -> str:
    return _LETTERS.sub("", word.casefold()) or word


def _srt_time(ms: int) -> str:
    seconds, ms = divmod(ms, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02},{ms:03}"
