"""Everything that can go wrong, as one tree; each wire translates the outside's errors into it in one place.

GpttgError
├── ConfigurationError          mend the settings or the code, then start again
│   └── NewerDatabaseError
├── RefusedError                tell the person and go on; asking again unchanged gives the same
│   ├── ContextTooLongError
│   ├── ContentRefusedError
│   ├── ThreadLostError
│   ├── UnreadableFileError
│   ├── OverBudgetError
│   └── UndeliverableError
├── TransientError              ask again later; `retry_after_s` says when, where the outside said it
│   ├── RateLimitedError
│   ├── OutageError
│   ├── FloodWaitError
│   ├── NotFetchedError
│   └── CutStreamError
└── ExhaustedError              stop asking until an admin acts
    ├── QuotaExhaustedError
    └── CredentialsRefusedError

Sentences for people are in the locales, never here: what an error says goes to the log.
"""

from __future__ import annotations


class GpttgError(Exception):
    """The root of the tree: nothing else of ours is raised across a module's border."""


class ConfigurationError(GpttgError):
    """The settings or the installation are wrong; `remedies` holds one sentence for each fault."""

    def __init__(self, *remedies: str) -> None:
        super().__init__("\n".join(remedies))
        self.remedies = remedies


class NewerDatabaseError(ConfigurationError):
    """The database was written by a newer version of the program: install that version or use another file."""


class RefusedError(GpttgError):
    """The outside will not do this, however often it is asked."""

    def __init__(self, message: str = "", *, code: str = "") -> None:
        super().__init__(message or code or type(self).__name__)
        self.code = code


class ContextTooLongError(RefusedError):
    """The thread and the question together do not fit into the model's context."""


class ContentRefusedError(RefusedError):
    """OpenAI's policy refuses this request (invalid_prompt, content filter, ...)."""


class ThreadLostError(RefusedError):
    """OpenAI no longer knows the previous response: rebuild the thread from the turns kept here."""


class UnreadableFileError(RefusedError):
    """A file is not what it says it is. `code`: corrupt, encrypted, empty, no_sound, too_large, gone; of archives also
    unsupported, bomb, too_many and packed (larger than OpenAI takes, as long as it is shut). `name` is the file's own,
    where whoever raises it knows it."""

    def __init__(self, message: str = "", *, code: str = "", name: str = "") -> None:
        super().__init__(message, code=code)
        self.name = name


class OverBudgetError(RefusedError):
    """A limit does not allow the call. `limit` names it: its scope and its period ("person:42:month")."""

    def __init__(self, message: str = "", *, code: str = "", limit: str = "") -> None:
        super().__init__(message, code=code)
        self.limit = limit


class UndeliverableError(RefusedError):
    """Telegram will never take this message: the bot is blocked, the chat is gone, the message is invalid."""


class TransientError(GpttgError):
    """It may work later; `may_have_run` says whether the outside may have done (and billed) the work."""

    def __init__(
        self,
        message: str = "",
        *,
        code: str = "",
        retry_after_s: float | None = None,
        may_have_run: bool = False,
    ) -> None:
        super().__init__(message or code or type(self).__name__)
        self.code = code
        self.retry_after_s = retry_after_s
        self.may_have_run = may_have_run


class RateLimitedError(TransientError):
    """OpenAI's rate limit (HTTP 429 that is not the quota)."""


class OutageError(TransientError):
    """OpenAI or Telegram answers with 5xx, cannot be reached, or does not answer in time."""


class FloodWaitError(TransientError):
    """Telegram wants this request not before `retry_after_s` seconds have passed."""


class NotFetchedError(TransientError):
    """A file could not be brought from Telegram. `code` is what Telegram said, or the disk (ENOSPC)."""


class CutStreamError(TransientError):
    """The stream of an answer ended without its terminal event; the response id, if known, may still be fetched."""


class ExhaustedError(GpttgError):
    """Nothing will work until an admin acts."""

    def __init__(self, message: str = "", *, code: str = "") -> None:
        super().__init__(message or code or type(self).__name__)
        self.code = code


class QuotaExhaustedError(ExhaustedError):
    """The OpenAI account has no money left (429 insufficient_quota)."""


class CredentialsRefusedError(ExhaustedError):
    """A key or token is refused (401, 403, ACCESS_TOKEN_INVALID)."""
