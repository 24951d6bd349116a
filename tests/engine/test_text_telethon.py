"""Our marks as Telethon's entities and back: what Telegram marks is what the model meant."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from telethon.helpers import add_surrogate, del_surrogate
from telethon.tl import types

from engine.core.styled import Styled
from engine.telegram.text import answer_parts, from_telethon, styled, to_telethon

EVERYTHING = """# Заголовок 🚀

**жир 👩‍👩‍👧** *кур*, ~~зач~~, ||тайна||, <u>черта</u>, `код` и [ссылка](https://e.com/?q=1).

> цитата 🇺🇦

```python
print("🚀")
```
"""


def inner(text: str, entity: Any) -> str:
    """The substring as Telethon itself computes it."""
    units = add_surrogate(text)
    return str(del_surrogate(units[entity.offset : entity.offset + entity.length]))


def test_telethon_sees_the_right_substrings() -> None:
    shown = styled(EVERYTHING)
    found = [(type(entity), inner(shown.text, entity)) for entity in to_telethon(shown.marks)]
    assert found == [
        (types.MessageEntityBold, "Заголовок 🚀"),
        (types.MessageEntityBold, "жир 👩‍👩‍👧"),
        (types.MessageEntityItalic, "кур"),
        (types.MessageEntityStrike, "зач"),
        (types.MessageEntitySpoiler, "тайна"),
        (types.MessageEntityUnderline, "черта"),
        (types.MessageEntityCode, "код"),
        (types.MessageEntityTextUrl, "ссылка"),
        (types.MessageEntityBlockquote, "цитата 🇺🇦"),
        (types.MessageEntityPre, 'print("🚀")'),
    ]


def test_arguments_arrive_and_every_entity_can_be_sent() -> None:
    entities = to_telethon(styled(EVERYTHING + "\n> " + "long " * 300).marks)
    by_type = {type(entity): entity for entity in entities}
    assert by_type[types.MessageEntityPre].language == "python"
    assert by_type[types.MessageEntityTextUrl].url == "https://e.com/?q=1"
    assert by_type[types.MessageEntityBlockquote].collapsed
    assert all(bytes(entity) for entity in entities)


def test_a_styled_text_survives_the_outbox() -> None:
    shown = styled(EVERYTHING)
    assert msgspec.json.decode(msgspec.json.encode(shown), type=Styled) == shown


def test_a_formatted_message_becomes_markdown() -> None:
    shown = styled(EVERYTHING)
    assert from_telethon(shown.text, to_telethon(shown.marks)) == (
        "**Заголовок 🚀**\n\n**жир 👩‍👩‍👧** *кур*, ~~зач~~, ||тайна||, <u>черта</u>, `код` и [ссылка](https://e.com/?q=1).\n\n"
        '> цитата 🇺🇦\n\n```python\nprint("🚀")\n```'
    )


def test_marks_over_the_same_words_nest() -> None:
    entities = [types.MessageEntityBold(0, 4), types.MessageEntityStrike(0, 4), types.MessageEntityItalic(0, 9)]
    assert from_telethon("slow fast", entities) == "***~~slow~~** fast*"


def test_blanks_at_the_edge_of_a_mark_stay_outside() -> None:
    assert from_telethon("so bold then", [types.MessageEntityBold(2, 6)]) == "so **bold** then"


def test_a_quote_of_two_lines_is_quoted_twice() -> None:
    assert from_telethon("a\nb\nc", [types.MessageEntityBlockquote(0, 3)]) == "> a\n> b\nc"


def test_what_the_model_needs_no_markup_for_is_left_alone() -> None:
    entities = [
        types.MessageEntityMention(0, 4),
        types.MessageEntityUrl(5, 13),
        types.MessageEntityCustomEmoji(0, 2, 1),
    ]
    assert from_telethon("@bob https://e.com", entities) == "@bob https://e.com"
    assert from_telethon("plain", None) == "plain"
    assert from_telethon("odd", [types.MessageEntityBold(5, 9)]) == "odd"


@settings(deadline=None, max_examples=150, database=None)
@given(
    st.lists(st.sampled_from(["**жир** ", "`код🚀` ", "слово ", "👩‍👩‍👧‍👦", "\n\n", "*к 🇺🇦* "]), max_size=60).map(
        "".join
    ),
    st.integers(16, 80),
)
def test_in_every_part_the_entities_hold_whole_words(markdown: str, limit: int) -> None:
    for part in answer_parts(markdown, limit):
        for entity in to_telethon(part.marks):
            text = inner(part.text, entity)
            assert text == text.strip() != ""
            assert "\ufffd" not in text
