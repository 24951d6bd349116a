"""Which buttons people tap in a simulation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from engine.sandbox.telegram import Button, Chat, Message

MENUS = 40
"""They press buttons under the last so many messages of a chat."""
RECENT = 6
"""Among so many buttons of a kind they choose."""

Shown = tuple[Message, Button]
"""A button, and what it stands under."""


def button_to_tap(chat: Chat, pick: int) -> Shown | None:
    """Under the newest message that has any, if `pick` is odd; else one that is chosen by its purpose."""
    purposes: dict[bytes, list[Shown]] = defaultdict(list)
    under: list[Shown] = []
    for shown in _menus(chat):
        under = shown or under
        for one in shown:
            purposes[_purpose(one[1].data or b"")].append(one)
    if not under:
        return None
    chosen = under if pick & 1 else purposes[sorted(purposes)[(pick >> 1) % len(purposes)]][-RECENT:]
    return chosen[(pick >> 8) % len(chosen)]


def button_that_says(chat: Chat, names: tuple[str, ...], pick: int) -> Shown | None:
    """One that begins with one of these, under the newest message that has any."""
    found: list[Shown] = []
    for shown in _menus(chat):
        found = [one for one in shown if name_of(one[1]).startswith(names)] or found
    return found[(pick >> 8) % len(found)] if found else None


def name_of(button: Button) -> str:
    """What a button says to the bot: its data, behind the topic that it is in."""
    return (button.data or b"").decode().partition("|")[2]


def _menus(chat: Chat) -> Iterator[list[Shown]]:
    for message in chat.messages[-MENUS:]:
        yield [(message, button) for button in message.buttons if message.out and button.data]


def _purpose(data: bytes) -> bytes:
    """What a button is for: its name's first word, and in menus the next ones without the numbers of the menu."""
    first, *more = data.split(b":")
    return b":".join([first, *(word for word in more if word.isalpha())][:2])
