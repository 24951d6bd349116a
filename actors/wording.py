"""How the parts of a question become the words that the model gets: who speaks, what is quoted, what is forwarded.

The frames around people's words are English and in square brackets. Names in them are made by people: they are cut,
and cannot close the bracket.
"""

from __future__ import annotations

from collections.abc import Sequence

from actors.context import Replied
from actors.memory import Part

PASTE_UNITS = 3_800
"""A text of at least this length (UTF-16 units) may be a piece of a paste that Telegram has split at 4,096."""
NAME_SHOWN = 64
REPLY_SHOWN = 4_000
"""The most characters of a message that is replied to and that the thread does not have."""


def worded(parts: Sequence[Part], *, speaker: str = "", above: str = "") -> str:
    """The words of a question. `speaker` names who asks (in a group), `above` is what it replies to."""
    pieces: list[str] = []
    is_pasted = False
    for part in parts:
        text = _part(part)
        if not text:
            continue
        if pieces and is_pasted and part.forwarded_from is None:
            pieces[-1] += "\n" + text
        else:
            pieces.append(text)
        is_pasted = part.length >= PASTE_UNITS and part.forwarded_from is None
    words = "\n\n".join(pieces)
    if speaker and words:
        words = f"{one_line(speaker)}: {words}"
    return f"{above}\n\n{words}".strip() if above else words


def one_line(name: str) -> str:
    """A name as it may stand in a frame."""
    shown = " ".join(name.split())[:NAME_SHOWN]
    return shown.translate({ord("["): "(", ord("]"): ")"})


def reply_frame(replied: Replied | None, quote: str) -> str:
    """What a message replies to, as far as the model can't know it; "" where it does not matter."""
    if quote:
        return _framed("In reply to", quote)
    if replied is None:
        return ""
    if replied.theirs is not None and replied.theirs.text:
        name = one_line(replied.theirs.person.name) or "someone"
        return _framed(f"In reply to {name}", replied.theirs.text)
    if replied.turn is not None and replied.turn.response_id is None and replied.turn.answer:
        return _framed("In reply to your earlier answer", replied.turn.answer)
    return ""


def _framed(title: str, text: str) -> str:
    shown = text if len(text) <= REPLY_SHOWN else text[:REPLY_SHOWN] + " …"
    return f"[{title}:]\n" + "\n".join(f"> {line}" for line in shown.splitlines())


def _part(part: Part) -> str:
    text = part.text
    if part.attachment is not None and part.attachment.kind == "sticker":
        text = f"[Sticker: {part.attachment.emoji}] {text}".strip()
    if part.forwarded_from is None:
        return text
    title = (
        f"Forwarded from {one_line(part.forwarded_from)}" if part.forwarded_from else "Forwarded, from someone hidden"
    )
    return f"[{title}:]\n{text}" if text else f"[{title}]"
