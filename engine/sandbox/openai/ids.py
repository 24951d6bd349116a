"""Ids that look like OpenAI's, never repeat, and are the same in every run with the same seed."""

from __future__ import annotations

from hashlib import blake2b


class Ids:
    """A counter behind a keyed hash: `ids.new("resp")` → `resp_…` with 48 hexadecimal digits."""

    def __init__(self, seed: int) -> None:
        self._key = f"gpttg-sandbox-{seed}".encode()
        self._count = 0

    def new(self, prefix: str) -> str:
        self._count += 1
        digest = blake2b(self._count.to_bytes(8, "big"), key=self._key, digest_size=24)
        return f"{prefix}_{digest.hexdigest()}"
