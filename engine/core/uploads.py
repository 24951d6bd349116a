"""An upload in parts that is under way at OpenAI: what is written down of it, so that a restart goes on with it."""

from __future__ import annotations

import msgspec


class BegunUpload(msgspec.Struct, frozen=True):
    """One upload. `parts`: OpenAI's ids of the parts that it has, by their number, from 0."""

    id: str
    bytes: int
    part_bytes: int
    lives_s: float
    """how long OpenAI will still take parts, in seconds from now"""
    parts: dict[int, str] = {}
