"""Our own source, as these tests read it."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
"""The checkout."""


@cache
def modules(*packages: str) -> dict[str, ast.Module]:
    """Every module of these packages, parsed, by its path in the checkout."""
    found = sorted(path for package in packages for path in (ROOT / package).rglob("*.py"))
    return {path.relative_to(ROOT).as_posix(): ast.parse(path.read_text("utf-8")) for path in found}


def strings(*packages: str) -> set[str]:
    """Every string that stands in the code of these packages; f-strings as their constant beginnings."""
    return {
        node.value
        for tree in modules(*packages).values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def beginnings(*packages: str) -> set[str]:
    """What the f-strings of these packages begin with."""
    return {
        str(node.values[0].value)
        for tree in modules(*packages).values()
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr) and node.values and isinstance(node.values[0], ast.Constant)
    }
