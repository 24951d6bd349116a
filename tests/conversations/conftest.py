"""In conversations nothing may block the event loop: a call of ours that does fails the test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from blockbuster import blockbuster_ctx

AT_THE_START = {
    "engine/settings.py": {"load_settings", "_zone"},
    "engine/ai/prices.py": {"__init__", "_overrides", "_library_rates", "_look_up"},
    "actors/phrases/__init__.py": {"__init__"},
    "actors/preferences.py": {"zone_named"},
    "engine/store/database.py": {"schema"},
}
"""Where files are read once: at the start, and for a model's price when it is first booked."""
UPLOADING = {"httpx2/_multipart.py": {"render_data", "render_headers", "get_length"}}
"""Where httpx2 reads what is uploaded, in pieces of 64 KiB, from a file that was just written (docs/why.md)."""


@pytest.fixture(autouse=True)
def no_blocking_calls() -> Iterator[None]:
    """Watches all that engine/ and actors/ do."""
    with blockbuster_ctx(scanned_modules=["engine", "actors"]) as guard:
        for function in guard.functions.values():
            for file, names in (AT_THE_START | UPLOADING).items():
                function.can_block_in(file, names)
        yield
