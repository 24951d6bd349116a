"""Rich messages on arrival: checked against the documented limits, turned into the form that is received."""

from __future__ import annotations

from typing import Any

from telethon.tl import types
from telethon.tl.tlobject import TLObject

from engine.sandbox.telegram.refusal import Refusal

CHARACTER_LIMIT, BLOCK_LIMIT, DEPTH_LIMIT = 32_768, 500, 16
_REFUSED_BLOCKS = (
    types.PageBlockTitle,
    types.PageBlockSubtitle,
    types.PageBlockHeader,
    types.PageBlockSubheader,
    types.PageBlockKicker,
    types.PageBlockCover,
)
"""Instant View's own blocks have no place in a message."""


def arrive(given: Any) -> tuple[Any, str]:
    """The RichMessage that people see, and its bare text. Raises `Refusal`.

    Markdown and HTML are not parsed here: they arrive as one paragraph with their source.
    """
    if isinstance(given, types.InputRichMessage):
        blocks = given.blocks
    else:
        source = given.markdown if isinstance(given, types.InputRichMessageMarkdown) else given.html
        blocks = [types.PageBlockParagraph(types.TextPlain(source))]
    texts: list[str] = []
    count = sum(_walk(block, texts, 0) for block in blocks)
    bare = "\n".join(text for text in texts if text)
    if not bare.strip():
        raise Refusal("MESSAGE_EMPTY")
    if len(bare) > CHARACTER_LIMIT or count > BLOCK_LIMIT:
        raise Refusal("MESSAGE_TOO_LONG")
    return types.RichMessage(blocks, [], [], rtl=given.rtl), bare


def _walk(node: Any, texts: list[str], depth: int) -> int:
    """Collect the texts below a block or text; returns the number of blocks."""
    if isinstance(node, _REFUSED_BLOCKS):
        raise Refusal("RICH_VALIDATE_CTOR_NOT_ALLOWED")
    if isinstance(node, list | tuple):
        return sum(_walk(child, texts, depth) for child in node)
    if not isinstance(node, TLObject):
        return 0
    is_block = int(type(node).__name__.startswith("PageBlock"))
    blocks = is_block
    if is_block and depth > DEPTH_LIMIT:
        raise Refusal("RICH_VALIDATE_DEPTH_EXCEEDED")
    for name, child in vars(node).items():
        if isinstance(child, str):
            if name in ("text", "source"):
                texts.append(child)
        else:
            blocks += _walk(child, texts, depth + is_block)
    return blocks
