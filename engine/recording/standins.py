"""Stand-ins: what takes the place of a word, a number, or bytes in a redacted recording. The same for the same, of the
same shape: a letter is a letter of its script and case, a digit a digit; every length stays, in UTF-16 units, too."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from hashlib import blake2b
from itertools import islice

SMALL = 100_000
"""Numbers below it stay where they are no part of a text: places in a text, counts, the ids of few messages."""
SIZE_DIGITS = 3
"""Of a file's size, that stay."""
ROUNDS = 6
"""Of the permutation."""
CHANNELS = 10**12
"""Marked ids of channels are -(10^12 + id)."""

_ALPHABETS = ("абвгдежзийклмнопрстуфхцчшщъыьэюя", "АБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ")
"""Where the letters around one are of many languages."""
_SIGNS = (
    "\u2100-\u214f\u2460-\u24ff\u2776-\u2793\u2800-\u28ff\u2e80-\u2fdf\u3200-\u33ff"
    "\U0001f100-\U0001f2ff\U000e0020-\U000e007e"
)
"""Letters and numbers in all but name: circled, squared, of flags, braille, radicals, tags."""
_MARKS = "".join(
    chr(code)
    for code in (*range(0x300, 0x370), *range(0x483, 0x1E00), *range(0xA66F, 0xAC00), *range(0x11000, 0x12000))
    if unicodedata.category(chr(code)) in ("Mn", "Mc")
)
"""Accents, vowel signs and points that belong to the letter before them (those of emoji do not)."""
_LETTER = rf"(?:[^\W\d_]|[{_SIGNS}])[{_MARKS}]*+"
_LETTERS = rf"(?:{_LETTER})+"
_BETWEEN = rf"(?:(?![{_SIGNS}])[\W_])++"
_SPELLED = rf"{_LETTER}(?:{_BETWEEN}{_LETTER})+(?!{_LETTER})|\d(?:{_BETWEEN}\d)+(?!\d)"
"""A word or a number with blanks or anything else between its letters: "A n n a", "А-н-н-а", "7.9.1.6"."""
_RUNS = re.compile(rf"(?P<spelled>{_SPELLED})|{_LETTERS}|\d+")
_NUMBER = re.compile(rf"(?P<spelled>{_LETTER}(?:(?![{_SIGNS}:/|-])[\W_]{_LETTER})+(?!{_LETTER}))|-?\d+|{_LETTERS}")
_ONE = re.compile(rf"{_LETTER}|\d")
_MODEL = re.compile(r"(?<![\w./-])(?:ft:[\w./:-]+|[^\W_][\w./-]*)")
"""What may be a model's name in what the program has named; that of a fine-tuned one is always the last part."""
_TUNED = re.compile(r"(ft:[^:]+:|(?!ft:)[^:]+:)(.+)", re.DOTALL)
"""A fine-tuned model's name: its base, and what says whose it is."""
_SCHEMES = frozenset({"http", "https", "tg", "mailto", "tel"})


class StandIns:
    """`key` makes them: who does not have it can't tell what was there before."""

    def __init__(self, key: bytes, kept: frozenset[str] = frozenset()) -> None:
        self._key = key
        self._kept = kept
        self._ordered: dict[int, int] = {}
        self._inbox: frozenset[int] = frozenset()
        self._models: dict[str, str] = {}

    def keep_order(self, ids: Iterable[int]) -> None:
        """From now on the stand-ins of these ids (all positive) are in their order. They are the same numbers as
        without it, dealt out otherwise: that tells the order, and nothing of how far they are apart."""
        real = sorted({one for one in ids if SMALL <= one < 2**63})
        self._ordered = dict(zip(real, sorted(map(self._unkept, real)), strict=True))

    def keep_ids(self, ids: Iterable[int]) -> None:
        """From now on these stay, where they are no part of a text, and are no other number's stand-in. Before
        `keep_order`."""
        self._inbox = frozenset(ids)

    def keep_models(self, names: Iterable[str]) -> None:
        """From now on these stay as `model` has them, also in what the program has named."""
        self._models.update((name, self.model(name)) for name in names)

    def known_model(self, text: str) -> str | None:
        """What stands for a text that is such a model's name; None if it is none."""
        return self._models.get(text)

    def model(self, name: str) -> str:
        """Of a model's name: a fine-tuned one is called after its owners, and only its base stays."""
        tuned = _TUNED.fullmatch(name)
        return name if tuned is None else tuned[1] + self.text(tuned[2])

    def text(self, text: str) -> str:
        """Of what people (or models) have written: every word and every number. A letter or a digit alone has the
        same as all others: else whoever collects them has the alphabet."""
        return _RUNS.sub(self._in_text, text)

    def again(self, standin: str, place: int, salt: str) -> str:
        """A stand-in whose word (or number) at a place is another one, of the same shape; the rest stays."""
        found = next((run for run in _RUNS.finditer(standin) if run.start() <= place < run.end()), None)
        if found is None:
            return standin
        run = found[0]
        made = "".join(_again(char, byte) for char, byte in zip(run, self._bytes_of(f"again/{salt}", run), strict=True))
        return standin[: found.start()] + made + standin[found.end() :]

    def name(self, name: str) -> str:
        """Of what the program has named (keys, refs, buttons): its own words, models and small numbers stay."""
        made, at = "", 0
        for found in _MODEL.finditer(name) if self._models else ():
            if (model := self._models.get(found[0])) is not None:
                made, at = made + _NUMBER.sub(self._in_name, name[at : found.start()]) + model, found.end()
        return made + _NUMBER.sub(self._in_name, name[at:])

    def number(self, number: int) -> int:
        """Of an id: one with the same sign and as many digits, another one for each."""
        return number if number in self._inbox else self._id(number)

    def _id(self, number: int) -> int:
        if -2 * CHANNELS < number <= -CHANNELS:
            return -(CHANNELS + self._id(-number - CHANNELS))
        if abs(number) < SMALL:
            return number
        return (1 if number > 0 else -1) * self._standin(min(abs(number), 2**63 - 1))

    def size(self, size: int) -> int:
        """Of a file: about as large, since that says what is done with it."""
        kept = 10 ** max(0, len(str(size)) - SIZE_DIGITS)
        return size // kept * kept + self._permuted(kept + size % kept) % kept if kept > 1 else size

    def fraction(self, fraction: float) -> float:
        """Of a place on the map: another one, of the same sign."""
        if not fraction or fraction != fraction:  # noqa: PLR0124 - not a number
            return fraction
        share = int.from_bytes(self._digest("fraction", repr(fraction), 6), "big") / 2**48
        return min(abs(fraction), 90.0) * (0.1 + 0.8 * share) * (1 if fraction > 0 else -1)

    def named(self, content: bytes) -> bytes:
        """Of bytes in which the program has named something (a button): as `name`, if that can be read."""
        try:
            named = self.name(content.decode()).encode()
        except UnicodeDecodeError:
            named = b""
        return named if len(named) == len(content) else self.content(content)

    def content(self, content: bytes) -> bytes:
        """Of bytes: as many."""
        return b"".join(self._stream("content", content.hex(), len(content)))

    def _in_text(self, found: re.Match[str]) -> str:
        run = found[0]
        if found["spelled"]:
            return self._spelled(run)
        if _ONE.fullmatch(run):
            return "".join(map(_plain, run))
        if run[0].isdecimal():
            return self._digits(run)
        return run if run in _SCHEMES and found.string.startswith("://", found.end()) else self._word(run)

    def _in_name(self, found: re.Match[str]) -> str:
        run = found[0]
        if found["spelled"]:
            return self._spelled(run)
        if not run[-1].isdecimal():
            return run if run in self._kept else self._word(run)
        if not run.lstrip("-").isascii() or run.lstrip("-").startswith("0"):
            return run if len(run.lstrip("-")) == 1 else self._digits(run)
        return str(self.number(int(run)))

    def _spelled(self, run: str) -> str:
        """As of the word or the number without what is between its letters, which stays."""
        letters = "".join(_ONE.findall(run))
        made = iter(self._digits(letters) if letters[0].isdecimal() else self._word(letters))
        return _ONE.sub(lambda one: "".join(islice(made, len(one[0]))), run)

    def _digits(self, run: str) -> str:
        """A run of digits in a text; a number that is an id elsewhere has the same stand-in there."""
        if run.isascii() and not run.startswith("0") and len(run) >= len(str(SMALL)) and len(run) < 19:
            return str(self._standin(int(run)))
        shown = []
        for place, (char, byte) in enumerate(zip(run, self._bytes("digits", run), strict=False)):
            if not char.isdecimal():
                shown.append(char)  # a sign
                continue
            value = byte % 9 + 1 if place == 0 else byte % 10
            shown.append(chr(ord(char) - unicodedata.decimal(char) + value))
        return _other("".join(shown), run)

    def _word(self, run: str) -> str:
        written = lowered if len(lowered := run.lower()) == len(run) else run  # names are found in any case
        pairs = zip(run, self._bytes("word", written), strict=False)
        return _other("".join(_letter(char, byte) for char, byte in pairs), run)

    def _bytes(self, what: str, of: str) -> Iterator[int]:
        return (byte for chunk in self._stream(what, of, len(of)) for byte in chunk)

    def _bytes_of(self, what: str, run: str) -> bytes:
        return b"".join(self._stream(what, run, len(run)))

    def _stream(self, what: str, of: str, length: int) -> Iterator[bytes]:
        for number in range(0, length, 64):
            yield self._digest(f"{what}{number}", of, min(64, length - number))

    def _digest(self, what: str, of: str, length: int) -> bytes:
        told = f"{what}:{of}".encode("utf-8", "surrogatepass")
        return blake2b(told, key=self._key, digest_size=max(1, length)).digest()[:length]

    def _standin(self, number: int) -> int:
        return self._ordered.get(number) or self._unkept(number)

    def _unkept(self, number: int) -> int:
        """One that is no id that stays: of the next one in the permutation."""
        made = self._permuted(number)
        while made in self._inbox and made != number:
            made = self._permuted(made)
        return made

    def _permuted(self, number: int) -> int:
        """A permutation of the numbers with as many digits (and on the same side of what fits into 32 and 64 bits)."""
        low, high = _range_of(number)
        size = high - low + 1
        half = ((size - 1).bit_length() + 1) // 2
        at = number - low
        while True:  # walks until it is inside again: at most a few steps, since size > 4^half / 8
            left, right = at >> half, at & ((1 << half) - 1)
            for turn in range(ROUNDS):
                mixed = int.from_bytes(self._digest(f"turn{turn}/{size}", str(right), 8), "big") & ((1 << half) - 1)
                left, right = right, left ^ mixed
            at = left << half | right
            if at < size:
                return low + at


def _range_of(number: int) -> tuple[int, int]:
    digits = len(str(number))
    low, high = 10 ** (digits - 1), 10**digits - 1
    for border in (2**31, 2**63):
        if low < border <= high:
            low, high = (low, border - 1) if number < border else (border, high)
    return low, high


def _other(made: str, run: str) -> str:
    """A stand-in is never what it stands for, as long as there is another one."""
    return made if made != run else "".join(_next_digit(char) if char.isdecimal() else _letter(char, 1) for char in run)


def _next_digit(char: str) -> str:
    value = int(unicodedata.decimal(char))
    return chr(ord(char) - value + (value + 1) % 10)


def _letter(char: str, byte: int) -> str:
    """Another letter (or sign) of the same script, case and length."""
    if char.isascii():
        first = ord("a") if char.islower() else ord("A")
        return chr(first + (ord(char) - first + 1 + byte % 25) % 26)
    letters = _alphabet_of(char)
    if len(letters) < 2:
        return "x" if ord(char) < 0x10000 else "\N{MATHEMATICAL BOLD ITALIC SMALL X}"
    return letters[(letters.index(char) + 1 + byte % (len(letters) - 1)) % len(letters)]


def _again(char: str, byte: int) -> str:
    """Another letter or digit (never 0); what is neither stays."""
    if char.isdecimal():
        value = int(unicodedata.decimal(char))
        return chr(ord(char) - value + (value + byte % 8) % 9 + 1)
    return _letter(char, byte) if _ONE.fullmatch(char) else char


def _plain(char: str) -> str:
    """What stands for a letter or a digit alone, whichever it is: it tells the script and the case."""
    if char.isdecimal():
        return chr(ord(char) - int(unicodedata.decimal(char)) + 1)
    if char.isascii():
        return "x" if char.islower() else "X"
    return _alphabet_of(char)[:1] or char


def _alphabet_of(char: str) -> str:
    return next((letters for letters in _ALPHABETS if char in letters), "") or _letters_like(char)


@cache
def _page(number: int) -> tuple[str, ...]:
    return tuple(chr(code) for code in range(number * 256, number * 256 + 256))


@cache
def _letters_like(char: str) -> str:
    """The letters around a letter, of its script, category and shape, itself included; of any script where it is the
    only one of its own (℞)."""
    category, shape = unicodedata.category(char), (char.isalpha(), char.isdigit(), char.isupper())
    alike = [
        other
        for other in _page(ord(char) >> 8)
        if unicodedata.category(other) == category
        and len(other.encode()) == len(char.encode())
        and (other.isalpha(), other.isdigit(), other.isupper()) == shape
    ]
    own = [other for other in alike if _script(other) == _script(char)]
    return "".join(own if len(own) > 1 else alike)


def _script(char: str) -> str:
    return unicodedata.name(char, "?").partition(" ")[0]
