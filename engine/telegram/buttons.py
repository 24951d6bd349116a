"""Buttons and keyboards: ours become Telegram's, and what a tap brings back becomes ours again."""

from __future__ import annotations

import re
from collections.abc import Sequence

from telethon import types

from engine.core.effects import Button, Keyboard

BUTTON_BYTES = 64
"""The most that Telegram keeps for a button."""
TOPIC_MOST = 2**31 - 1
_KEPT = re.compile(r"([0-9]{0,10})\|(.*)", re.DOTALL)


def inline_markup(rows: Sequence[Sequence[Button]], topic_id: int | None) -> types.ReplyInlineMarkup | None:
    """Buttons under a message. A tap does not tell its topic, so the button carries it."""
    if not rows:
        return None
    return types.ReplyInlineMarkup(
        [
            types.KeyboardInlineButtonRow(
                [
                    types.KeyboardInlineButton(
                        button.label, type=types.InlineButtonTypeCallback(data=write_button(topic_id, button.name))
                    )
                    for button in row
                ]
            )
            for row in rows
        ]
    )


def reply_markup(keyboard: Keyboard) -> types.ReplyKeyboardMarkup | types.ReplyKeyboardHide:
    """Words under the input field; no words take the keyboard away."""
    if not keyboard:
        return types.ReplyKeyboardHide()
    return types.ReplyKeyboardMarkup(
        [
            types.KeyboardButtonRow([types.KeyboardButton(word, type=types.ButtonTypeDefault()) for word in row])
            for row in keyboard
        ],
        resize=True,
        persistent=True,
    )


def reply_wanted() -> types.ReplyKeyboardForceReply:
    """Begins a reply, for the one whose message is replied to."""
    return types.ReplyKeyboardForceReply(single_use=True, selective=True)


def write_button(topic_id: int | None, name: str) -> bytes:
    """What Telegram keeps for a button. Raises ValueError beyond 64 bytes."""
    kept = f"{topic_id or ''}|{name}".encode()
    if len(kept) > BUTTON_BYTES:
        raise ValueError(f"a button's name may have {BUTTON_BYTES} bytes with its topic: {len(kept)}")
    return kept


def read_button(kept: bytes) -> tuple[int | None, str]:
    """The topic and the name; a client can send whatever it likes. What is not ours gives an empty name, which no chart
    knows."""
    found = _KEPT.fullmatch(kept.decode("utf-8", "replace"))
    if found is None or (topic := int(found[1] or 0)) > TOPIC_MOST:
        return None, ""
    return topic or None, found[2]
