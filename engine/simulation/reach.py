"""What a process holds on to: the bytes of all objects that can be reached from one."""

from __future__ import annotations

import asyncio
import gc
import sys
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType
from typing import Any

OBJECTS_MOST = 3_000_000
"""So many are looked at."""
_CODE = (ModuleType, type, CodeType, BuiltinFunctionType, asyncio.AbstractEventLoop)
"""What the program consists of, and what all of it runs in: not what it has gathered."""
_WORLD = ("engine.sandbox.", "engine.simulation.")
"""Whose objects are the other end of a wire."""


def reached_bytes(root: object) -> int:
    """Of everything that `root` leads to, without code, and without the world outside of the process."""
    seen = {id(vars(module)) for module in list(sys.modules.values()) if isinstance(module, ModuleType)}
    ahead: list[Any] = [root]
    bytes_ = 0
    while ahead and len(seen) < OBJECTS_MOST:
        one = ahead.pop()
        if id(one) in seen or isinstance(one, _CODE) or type(one).__module__.startswith(_WORLD):
            continue
        seen.add(id(one))
        bytes_ += sys.getsizeof(one, 0)
        ahead += (one.__closure__, one.__defaults__) if isinstance(one, FunctionType) else gc.get_referents(one)
    return bytes_
