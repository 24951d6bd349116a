"""Text as Telegram shows it: characters and marks over them, counted in UTF-16 units. No parse mode anywhere."""

from __future__ import annotations

import msgspec


class Mark(msgspec.Struct, frozen=True, array_like=True):
    """A stretch of a text that looks different. `offset` and `length` in UTF-16 code units (Telegram's rule)."""

    kind: str
    """bold, italic, underline, strike, spoiler, code, pre, link, quote, collapsed_quote"""
    offset: int
    length: int
    argument: str = ""
    """the language of a `pre`, the address of a `link`"""


class Styled(msgspec.Struct, frozen=True, omit_defaults=True):
    """A text and its marks; what the outbox stores and the sender turns into Telegram's entities."""

    text: str
    marks: tuple[Mark, ...] = ()


class Source(msgspec.Struct, frozen=True, array_like=True):
    """A page on the web that an answer leans on."""

    title: str
    url: str


class Rich(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """An answer as Telegram's rich message: tables, headings, math, up to 32,768 characters. Where Telegram refuses
    it, the same is said in plain messages (`engine.telegram.text.plain_parts`)."""

    markdown: str
    sources: tuple[Source, ...] = ()
    sources_title: str = ""
    """what stands over the collapsed list of sources"""
    notes: tuple[Styled, ...] = ()
    """our own sentences under the answer"""
