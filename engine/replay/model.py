"""Whose answers a replay gives: a module of its own, so that `--help` is quick."""

from __future__ import annotations

from enum import StrEnum


class Model(StrEnum):
    """Whose answers a replay gives."""

    RECORDED = "recorded"
    SANDBOX = "sandbox"
    LIVE = "live"
