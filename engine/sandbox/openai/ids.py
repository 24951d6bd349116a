"""Ids that look like OpenAI's, never repeat, and are the same in every run with the same seed."""

from __future__ import annotations

from hashlib import blake2b


class Ids:
    """A counter per prefix behind a keyed hash: `ids.new("resp")` → `resp_…` with 48 hexadecimal digits."""

    def __init__(self, seed: int) -> None:
        self._key = f"gpttg-sandbox-{seed}".encode()
        self._counts: dict[str, int] = {}

    def new(self, prefix: str) -> str:
        self._counts[prefix] = count = self._counts.get(prefix, 0) + 1
        digest = blake2b(f"{prefix}{count}".encode(), key=self._key, digest_size=24)
        return f"{prefix}_{digest.hexdigest()}"
