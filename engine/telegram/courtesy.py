"""Words first: what files cost the event loop waits while messages are on their way through the bot.

    update comes, call goes out, answer comes ─► `words` ─► for QUIET_S no part of a file is unpacked
                                                            (for PART_WAITS_S at most: files come, too, where people
                                                            never stop talking)

To unpack a part takes some milliseconds of the loop, and a message goes through the loop a dozen times before it is
answered: without this, each time it would wait for a part, and longer for several.
"""

from __future__ import annotations

import asyncio

QUIET_S = 0.02
"""A message that has come, or a call that is answered, is probably followed by more of the same within this time."""
PART_WAITS_S = 0.05
"""The longest that one part waits. With parts of half a megabyte: 10 MB/s beside a crowd that never stops."""


class Courtesy:
    """Shared by the client, which carries words, and its lines, which carry files."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._quiet_at_s = 0.0

    def words(self) -> None:
        """Something of a conversation has just passed."""
        self._quiet_at_s = asyncio.get_running_loop().time() + QUIET_S

    async def after_words(self) -> None:
        """Returns when a part may be unpacked: one of all lines' at a time, with other tasks in between."""
        loop = asyncio.get_running_loop()
        async with self._turn:
            latest_s = loop.time() + PART_WAITS_S
            await asyncio.sleep(0)
            while (now_s := loop.time()) < (until_s := min(self._quiet_at_s, latest_s)):  # noqa: ASYNC110 - it moves on
                await asyncio.sleep(until_s - now_s)
