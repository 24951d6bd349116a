"""What redacted recordings keep of these actors: their names, their keyboard, what decides about a file, and what comes
behind an admin's command."""

from __future__ import annotations

from actors.commands import COMMANDS, by_word
from actors.intake import ENDINGS
from engine.core.roles import Role
from engine.recording.vocabulary import Vocabulary

FREE = frozenset({"broadcast", "users"})
"""Commands of admins that anything may follow."""

VOCABULARY = Vocabulary(
    packages=("actors",),
    labels=frozenset(by_word()),
    endings=ENDINGS,
    argued=frozenset(name for command in COMMANDS if command.role is Role.ADMIN for name in command.names) - FREE,
)
