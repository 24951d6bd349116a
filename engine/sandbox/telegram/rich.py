"""Rich messages on arrival: checked against the documented limits, turned into the form that is received."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from telethon.tl import types
from telethon.tl.tlobject import TLObject

from engine.sandbox.telegram.refusal import Refusal

CHARACTER_LIMIT, BLOCK_LIMIT, DEPTH_LIMIT = 32_768, 500, 16
COLUMN_LIMIT, MEDIA_LIMIT = 20, 50
_REFUSED_BLOCKS = (
    types.PageBlockTitle,
    types.PageBlockSubtitle,
    types.PageBlockHeader,
    types.PageBlockSubheader,
    types.PageBlockKicker,
    types.PageBlockCover,
)
"""Instant View's own blocks have no place in a message."""
_MEDIA_BLOCKS = (types.PageBlockPhoto, types.PageBlockVideo, types.PageBlockAudio, types.PageBlockDocument)


def arrive(given: Any) -> tuple[Any, str]:
    """The RichMessage that people see, and its bare text. Raises `Refusal`; of its words only CTOR_NOT_ALLOWED,
    MESSAGE_EMPTY and MESSAGE_TOO_LONG are the real ones, for the other limits no word is documented.

    Markdown and HTML are not parsed here: they arrive as one paragraph with their source.
    """
    if isinstance(given, types.InputRichMessage):
        blocks = given.blocks
    else:
        source = given.markdown if isinstance(given, types.InputRichMessageMarkdown) else given.html
        blocks = [types.PageBlockParagraph(types.TextPlain(source))]
    found = _Found()
    _walk(blocks, found, 0)
    bare = "\n".join(text for text in found.texts if text)
    if not bare.strip():
        raise Refusal("MESSAGE_EMPTY")
    if sum(map(len, found.texts)) > CHARACTER_LIMIT or found.blocks > BLOCK_LIMIT:
        raise Refusal("MESSAGE_TOO_LONG")
    if found.media > MEDIA_LIMIT:
        raise Refusal("RICH_VALIDATE_MEDIA_EXCEEDED")
    return types.RichMessage(blocks, [], [], rtl=given.rtl), bare


@dataclass(slots=True)
class _Found:
    texts: list[str] = field(default_factory=list)
    blocks: int = 0
    media: int = 0


def _walk(node: Any, found: _Found, depth: int) -> None:
    """Collect what is below a block, a text, or a list of them; `depth`: how many blocks are around it."""
    if isinstance(node, _REFUSED_BLOCKS):
        raise Refusal("RICH_VALIDATE_CTOR_NOT_ALLOWED")
    if isinstance(node, list | tuple):
        for child in node:
            _walk(child, found, depth)
    if not isinstance(node, TLObject):
        return
    if type(node).__name__.startswith("PageBlock"):
        depth += 1
        found.blocks += 1
        found.media += isinstance(node, _MEDIA_BLOCKS)
    if depth > DEPTH_LIMIT:
        raise Refusal("RICH_VALIDATE_DEPTH_EXCEEDED")
    if isinstance(node, types.PageTableRow) and sum(cell.colspan or 1 for cell in node.cells) > COLUMN_LIMIT:
        raise Refusal("RICH_VALIDATE_COLUMNS_EXCEEDED")
    for name, child in vars(node).items():
        if isinstance(child, str):
            if name in ("text", "source"):
                found.texts.append(child)
        else:
            _walk(child, found, depth)
