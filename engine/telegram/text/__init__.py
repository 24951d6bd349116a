"""What the model writes (Markdown, never trusted) becomes what Telegram shows: text and marks, in parts that fit.

- units: counting and cutting in UTF-16 units
- source, formula: before the parser: formulas, HTML and lone tildes, which Markdown would take amiss
- render, canvas, table: the parser's events become text and marks: how each piece of Markdown looks in a chat
- split: a long text in parts
- answer: all of that in one step, which never raises
- runs, shapes, blocks: the same events as texts and blocks of a rich message
- rich: an answer as one rich message, or as plain ones with its sources and notes
- preview: a half-written answer, while it is being written
- rules: what Telegram demands, to check a message against
- entities: our marks as Telethon's entities, and formatted messages as Markdown for the model
"""

from engine.telegram.text.answer import answer_parts, styled
from engine.telegram.text.entities import from_telethon, to_telethon
from engine.telegram.text.preview import preview, unfinished_parts
from engine.telegram.text.rich import plain_parts, rich_message, sources_quote, wants_rich
from engine.telegram.text.rules import faults
from engine.telegram.text.split import CAPTION_UNITS, MESSAGE_UNITS, split
from engine.telegram.text.units import utf16_length

__all__ = [
    "CAPTION_UNITS",
    "MESSAGE_UNITS",
    "answer_parts",
    "faults",
    "from_telethon",
    "plain_parts",
    "preview",
    "rich_message",
    "sources_quote",
    "split",
    "styled",
    "to_telethon",
    "unfinished_parts",
    "utf16_length",
    "wants_rich",
]
