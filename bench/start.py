"""What starting costs: the time of the imports, by library, and the memory that they leave."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

_LINE = re.compile(r"import time: +(\d+) \| +(\d+) \| ( *)(\S+)")
_ASK_MEMORY = (
    "import engine.bot, time; print(time.process_time());"
    "print([l.split()[1] for l in open('/proc/self/status') if l.startswith('VmRSS')][0])"
)


@dataclass
class Start:
    """Of `import engine.bot`, which is nearly all of a start."""

    cpu_s: float
    rss_mb: float
    libraries_ms: dict[str, float]
    """each library's own modules, without what they import of others; slower than without being watched"""


def imports() -> Start:
    """Imports in processes of their own."""
    plain = _python("-c", _ASK_MEMORY).stdout.split()
    own: Counter[str] = Counter()
    for line in _python("-X", "importtime", "-c", "import engine.bot").stderr.splitlines():
        if found := _LINE.match(line):
            own[_library(found[4])] += int(found[1])
    return Start(float(plain[0]), int(plain[1]) * 1024 / 1e6, {name: us / 1000 for name, us in own.most_common()})


def _library(module: str) -> str:
    top = module.partition(".")[0]
    return "the standard library" if top in sys.stdlib_module_names else top


def _python(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
    return subprocess.run(  # noqa: S603 - our own interpreter and our own words
        [sys.executable, *arguments], env=environment, capture_output=True, text=True, check=True
    )
