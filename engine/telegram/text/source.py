"""What is done to the model's Markdown before the parser reads it: formulas become Unicode, HTML becomes text.

Nothing is escaped with backslashes, since those would show wherever the parser doesn't take them. A character that the
parser must not read as markup is replaced by a *stand-in*, one of Unicode's 32 noncharacters (U+FDD0 to U+FDEF), which
`units.clean` took out of the text first; the renderer puts the character back.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pyromark

from engine.telegram.text.formula import formula, is_formula

OPTIONS = (
    pyromark.Options.ENABLE_TABLES
    | pyromark.Options.ENABLE_STRIKETHROUGH
    | pyromark.Options.ENABLE_TASKLISTS
    | pyromark.Options.ENABLE_GFM
)

_MARKUP = "\\`*_[]<>|~&#+-="
_STAND_IN = {ord(char): 0xFDD0 + place for place, char in enumerate(_MARKUP)}
_ESCAPED_STAR = "\ufddf"
BREAK, SPOILER, SPOILER_END, UNDERLINE, UNDERLINE_END = "\ufde0", "\ufde1", "\ufde2", "\ufde3", "\ufde4"
SWITCHES = re.compile(f"([{SPOILER}-{UNDERLINE_END}])")
"""The stand-ins that turn a mark on or off."""
MATH, MATH_END, DISPLAY, DISPLAY_END = "\ufde5", "\ufde6", "\ufde7", "\ufde8"
"""What stands around a formula that is kept: one within a line, and one on lines of its own."""

_BACK = {stand_in: char for char, stand_in in _STAND_IN.items()} | {ord(BREAK): "\n", ord(_ESCAPED_STAR): "*"}
_BACK |= {ord(MATH): "$", ord(MATH_END): "$", ord(DISPLAY): "$$", ord(DISPLAY_END): "$$"}
_BACK_AS_WRITTEN = _BACK | {
    ord(_ESCAPED_STAR): "\\*",
    ord(SPOILER): "||",
    ord(SPOILER_END): "||",
    ord(UNDERLINE): "<u>",
    ord(UNDERLINE_END): "</u>",
}
_HTML_BREAK = re.compile(f"{'<'.translate(_STAND_IN)}br\\s*/?>", re.IGNORECASE)
_ANY_STAND_IN = re.compile("[\ufdd0-\ufdef]")

_PAIRS = re.compile(
    r"(?<![\w|\\])\|\|(?=[^\s|])(?P<spoiler>[^|\n]{1,1000}?)(?<=\S)\|\|(?![\w|])"
    r"|<u>(?P<underline>[^<\n]{1,1000}?)</u>"
)
# Each branch begins with a character of its own: a text without them is passed at the speed of a search for one.
_TOKEN = re.compile(
    r"""
      \\(?: (?P<escaped>[*\\]) | \[ (?P<display>(?:[^\n]|\n(?!\s*\n)){1,2000}?) \\\]
                             | \( (?P<inline>[^\n]{1,500}?) \\\) )
    | \$(?: \$ (?P<dollars>(?:[^$\n]|\n(?!\s*\n)){1,2000}?) \$\$
                             | (?<!\w\$)(?P<dollar>[^\s$](?:[^$\n]{0,300}[^\s$])?) \$ (?![\w$]) )
    | ~(?<!~~)(?P<tilde>)(?!~)
    | <(?<!\]\(<)(?P<tag>)(?=[a-zA-Z/!?])
                   (?![a-zA-Z][\w+.-]{1,31}:[^\s<>]{0,2000}>|[\w.+-]{1,64}@[\w.-]{1,255}>)
    """,
    re.VERBOSE,
)
_DEFINITION = re.compile(r"^[ \t>]*\[([^\]\n]{1,200})\]:[ \t]*(\S*)", re.MULTILINE)
_LABEL = re.compile(r"\[([^\]\[\n]{1,200})\]")
_Shown = Callable[[str, str], str]
"""The kind of a formula and its LaTeX: what the parser is to read instead."""
_ADDRESS = re.compile(r"<?(?:https?://|mailto:)", re.IGNORECASE)


def prepared(markdown: str, *, keeps_formulas: bool = False) -> tuple[str, bool]:
    """Markdown for the parser, and whether it holds stand-ins. `markdown` has been through `clean`. Formulas become
    Unicode, or stay as they are (`keeps_formulas`) between `MATH` and `MATH_END`, `DISPLAY` and `DISPLAY_END`.
    """
    if not (any(char in markdown for char in "<$~\\") or "||" in markdown or "]:" in markdown):
        return markdown, False
    if "]:" in markdown:
        markdown = _with_visible_definitions(markdown)
    shown = _kept if keeps_formulas else _in_unicode
    pieces = [piece if is_code else _protected(piece, shown) for piece, is_code in _apart_from_code(markdown)]
    return "".join(pieces), True


def restored(text: str) -> str:
    """`text` with its characters in the places of their stand-ins; switches stay."""
    return _HTML_BREAK.sub("\n", text).translate(_BACK) if _ANY_STAND_IN.search(text) else text


def restored_as_written(text: str) -> str:
    """`text` as the model wrote it, switches included: for code and addresses."""
    return text.translate(_BACK_AS_WRITTEN) if _ANY_STAND_IN.search(text) else text


def _apart_from_code(markdown: str) -> Iterator[tuple[str, bool]]:
    """The text in pieces: code or not. Where code is, only the parser knows, so it is asked; but only formulas
    matter, since every other stand-in turns back in code into what was written.
    """
    if not ("$" in markdown or "\\(" in markdown or "\\[" in markdown):
        yield markdown, False
        return
    source, done = markdown.encode(), 0
    event: Any
    for event, span in pyromark.events_with_range(markdown, options=OPTIONS, merge_text=True):
        if "Code" in event or ("Start" in event and "CodeBlock" in event["Start"]):
            start, end = span["start"], span["end"]
            yield source[done:start].decode(), False
            yield source[start:end].decode(), True
            done = end
    yield source[done:].decode(), False


def _protected(text: str, shown: _Shown) -> str:
    text = _PAIRS.sub(_switched, text) if "||" in text or "<u>" in text else text
    pieces, done = [], 0
    while found := _TOKEN.search(text, done):
        replacement = _replacement(found, shown)
        if replacement is None:  # a character that only looked like markup: go on right behind it
            pieces.append(text[done : found.start() + 1])
            done = found.start() + 1
        else:
            pieces += (text[done : found.start()], replacement)
            done = found.end()
    return "".join([*pieces, text[done:]])


def _switched(found: re.Match[str]) -> str:
    if (spoiler := found["spoiler"]) is not None:
        return SPOILER + spoiler + SPOILER_END
    return UNDERLINE + str(found["underline"]) + UNDERLINE_END


def _replacement(found: re.Match[str], shown: _Shown) -> str | None:
    """What stands for the token; None if it is ordinary text."""
    kind = str(found.lastgroup)
    match kind:
        case "escaped":
            return _ESCAPED_STAR if found[kind] == "*" else found[0]
        case "tilde" | "tag":
            return found[0].translate(_STAND_IN)
    latex = str(found[kind])
    if not is_formula(latex, after_dollar=kind == "dollar"):
        return None
    return shown(kind, restored_as_written(latex)).replace("\n", BREAK)


def _in_unicode(_: str, latex: str) -> str:
    return formula(latex).translate(_STAND_IN)


def _kept(kind: str, latex: str) -> str:
    opening, closing = (DISPLAY, DISPLAY_END) if kind in ("display", "dollars") else (MATH, MATH_END)
    return f"{opening}{latex.strip().translate(_STAND_IN)}{closing}"


def _with_visible_definitions(markdown: str) -> str:
    """Keeps lines like `[INFO]: started`: the parser takes them for definitions of references and drops them."""
    labels = Counter(_LABEL.findall(markdown.lower()))

    def visible(found: re.Match[str]) -> str:
        label, target = found.groups()
        if labels[label.lower()] > 1 and _ADDRESS.match(target):
            return found[0]
        return found[0].replace("[", "[".translate(_STAND_IN), 1)

    return _DEFINITION.sub(visible, markdown)
