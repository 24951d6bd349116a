"""How the sandbox Telegram says no: an RPC error, with the code and the words of the real one."""

from __future__ import annotations

_CODES = {
    "USER_IS_BLOCKED": 403,
    "CHAT_WRITE_FORBIDDEN": 403,
    "MESSAGE_DELETE_FORBIDDEN": 403,
    "MESSAGE_AUTHOR_REQUIRED": 403,
    "AUTH_KEY_UNREGISTERED": 401,
    "RANDOM_ID_DUPLICATE": 500,
}


class Refusal(Exception):  # noqa: N818 - it is a refusal, named after what it is
    """The request is answered with an RPC error: `code` (400 unless known otherwise) and `message`."""

    def __init__(self, message: str, code: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code if code is not None else _CODES.get(message, 400)
