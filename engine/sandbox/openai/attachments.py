"""The files in a call's input: checked before it is accepted, and described so that one sees that they arrived."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from typing import Any, NamedTuple

from engine.sandbox.openai.charts import png_size
from engine.sandbox.openai.documents import lines_in, pages_of, text_of
from engine.sandbox.openai.limits import MIB
from engine.sandbox.openai.prompt import items_of
from engine.sandbox.openai.stored_files import Files, StoredFile
from engine.sandbox.openai.wire import JSON, ApiError

PURPOSES = {"input_file": ("user_data", "assistants"), "input_image": ("vision", "user_data")}
"""What a file must have been uploaded for, to stand in a call's input."""
SHOWN_CHARS = 80


class Attachment(NamedTuple):
    """One file in the input; `content` is None when only its address was given."""

    name: str
    content: bytes | None
    path: str
    stored: StoredFile | None = None


def check_attachments(given: Any, files: Files, most: int) -> None:
    """Refuse an input with unknown files, files of another purpose, or more than `most` bytes of files."""
    total = 0
    for path, part in _parts(given):
        file_id = part.get("file_id")
        if not file_id:
            total += len(part.get("file_data") or "") * 3 // 4
            continue
        file = files.get(file_id)
        if file is None:
            raise ApiError(404, f"File with id '{file_id}' not found.", param=f"{path}.file_id")
        wanted = PURPOSES[part["type"]]
        if file.purpose not in wanted:
            message = f"Invalid file purpose: '{file.purpose}'. Supported purposes for '{part['type']}' are:"
            message += f" {', '.join(repr(each) for each in wanted)}."
            raise ApiError(400, message, code="invalid_value", param=f"{path}.file_id")
        total += len(file.content)
    if total > most:
        message = f"The total size of the files in the input exceeds the limit of {most // MIB} MB."
        raise ApiError(400, message, code="invalid_value", param="input")


def attachments_of(given: Any, files: Files) -> list[Attachment]:
    """Every file in a checked input."""
    return [_attachment(part, path, files) for path, part in _parts(given)]


def last_attachments(given: Any, files: Files) -> list[Attachment]:
    """The files in the last message of the input."""
    items = items_of(given)
    return attachments_of(items[-1:], files)


def described(attachment: Attachment, *, in_russian: bool) -> str:
    """`**notes.txt** (1.2 KB, 34 lines: “The first of them”)`."""
    content = attachment.content
    if content is None:
        return f"**{attachment.name}**"
    words = [_size(len(content), in_russian)]
    pages, pixels = pages_of(content), png_size(content)
    if pages is not None:
        words.append(f"{'страниц' if in_russian else 'pages'}: {pages}")
    elif pixels is not None:
        words.append(f"{pixels[0]}×{pixels[1]}")
    elif text := text_of(attachment.name, content):
        lines = text.splitlines()
        first = next(iter(lines_in(text)), "")[:SHOWN_CHARS]
        quoted = f"«{first}»" if in_russian else f"“{first}”"
        words.append(f"{'строк' if in_russian else 'lines'}: {len(lines)}, {quoted}")
    return f"**{attachment.name}** ({', '.join(words)})"


def _parts(given: Any) -> Iterator[tuple[str, JSON]]:
    """Every file and picture of the input, with its path."""
    for index, item in enumerate(items_of(given)):
        for field in ("content", "output"):
            parts = item.get(field)
            for inner, part in enumerate(parts if isinstance(parts, list) else ()):
                if isinstance(part, dict) and part.get("type") in PURPOSES:
                    yield f"input[{index}].{field}[{inner}]", part


def _attachment(part: JSON, path: str, files: Files) -> Attachment:
    usual = "image" if part["type"] == "input_image" else "file"
    stored = files.get(part.get("file_id") or "")
    if stored is not None:
        return Attachment(stored.name, stored.content, path, stored)
    address = part.get("image_url") or part.get("file_data") or ""
    name = part.get("filename") or (part.get("file_url") or usual).rsplit("/", 1)[-1]
    return Attachment(name, _inline(address), path)


def _inline(address: str) -> bytes | None:
    """The bytes of a data URL or of plain base64; None when it is neither."""
    encoded = address.partition(";base64,")[2] if address.startswith("data:") else address
    try:
        return base64.b64decode(encoded, validate=True) or None
    except (binascii.Error, ValueError):
        return None


def _size(count: int, in_russian: bool) -> str:
    units = ("Б", "КБ", "МБ") if in_russian else ("bytes", "KB", "MB")
    if count < 1000:
        return f"{count} {units[0]}"
    return f"{count / 1e3:.1f} {units[1]}" if count < 1_000_000 else f"{count / 1e6:.1f} {units[2]}"
