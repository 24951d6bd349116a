"""What a long recording is about, in few words."""

from __future__ import annotations

import msgspec


class Outline(msgspec.Struct, frozen=True, array_like=True):
    """A summary, and a title for each section of the transcript, in its order; "" where there is none."""

    summary: str
    titles: tuple[str, ...] = ()
