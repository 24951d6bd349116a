"""LaTeX as a chat can show it: Unicode. telegramify-markdown's converter does the work; here is what it leaves ugly."""

from __future__ import annotations

import re
from functools import lru_cache

from telegramify_markdown.latex_escape.helper import LatexToUnicodeHelper

_MATHEMATICAL = re.compile(r"[\\^_=<>+*/|{}-]")
_NAME = re.compile(r"\w{1,2}|\w\(\w\)")
_PRICE = re.compile(r"\d[\d.,]*[^\\^_=]*")
_SMALL_FRACTION = re.compile(r"\\[dtc]frac\b")
_SPACING = re.compile(r"\\(?:displaystyle|textstyle|limits|nolimits|nonumber|notag)\b|&(?==)")
_GAP = re.compile(r"[ \t\u2002-\u200a]{2,}")
_ROOTS = {"": "√", "2": "√", "3": "∛", "4": "∜"}
_EDGES = re.compile(r" *\n\s*")


class _Converter(LatexToUnicodeHelper):
    """The library's converter, with roots that read √(x² + y²) instead of a line over each character."""

    @staticmethod
    def translate_sqrt(command: str, option: str, param: str) -> str:  # noqa: ARG004
        degree, radicand = option.strip(), param.strip()
        radix = _ROOTS.get(degree) or f"{_Converter.make_superscript(degree)}√"  # type: ignore[no-untyped-call]
        return radix + (radicand if radicand.isalnum() else f"({radicand})")


_converter = _Converter()


def is_formula(latex: str, *, after_dollar: bool = False) -> bool:
    """Whether this is mathematics, and not an escaped bracket or (`after_dollar`) a price or a shell variable."""
    if after_dollar and _PRICE.fullmatch(latex):
        return False
    return bool(_MATHEMATICAL.search(latex) or _NAME.fullmatch(latex.strip()))


@lru_cache(maxsize=256)  # a streamed answer shows the same formulas again and again
def formula(latex: str) -> str:
    """`latex` in Unicode, one line per row; what the converter can't read stays as it is."""
    source = _SPACING.sub("", _SMALL_FRACTION.sub(r"\\frac", latex.strip()))
    try:
        shown = str(_converter.parse(source))  # type: ignore[no-untyped-call]
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return latex.strip()
    columns = "matrix" in source or "array" in source
    shown = shown if columns else _GAP.sub(" ", shown)
    return _EDGES.sub("\n", shown).strip() or latex.strip()
