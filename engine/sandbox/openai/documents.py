"""What can be read out of a file: the text of plain text, PDF and Word documents, and how long it is."""

from __future__ import annotations

import io
import re
import zipfile
from html import unescape

from pypdf import PdfReader
from pypdf.errors import PyPdfError

PAGES_MAX = 200
"""So many pages of a PDF are read at most, for the sake of the event loop."""
DOCX_MAX_BYTES = 20_000_000
"""The text of a bigger Word document is not unpacked."""


def text_of(name: str, content: bytes) -> str | None:
    """The text of a document; None when it is none."""
    if content.startswith(b"%PDF"):
        return _pdf_text(content)
    if content.startswith(b"PK\x03\x04"):
        return _docx_text(content) if name.lower().endswith(".docx") else None
    if b"\x00" in content[:8192]:
        return None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None


def pages_of(content: bytes) -> int | None:
    """The number of pages of a PDF; None when it is none, or broken."""
    if not content.startswith(b"%PDF"):
        return None
    try:
        return len(PdfReader(io.BytesIO(content)).pages)
    except (PyPdfError, ValueError, KeyError):
        return None


def lines_in(text: str) -> list[str]:
    """The lines that say anything."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def _pdf_text(content: bytes) -> str | None:
    try:
        return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages[:PAGES_MAX])
    except (PyPdfError, ValueError, KeyError):
        return None


def _docx_text(content: bytes) -> str | None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if archive.getinfo("word/document.xml").file_size > DOCX_MAX_BYTES:
                return None
            xml = archive.read("word/document.xml").decode(errors="replace")
    except (zipfile.BadZipFile, KeyError):
        return None
    return unescape(re.sub(r"<[^>]+>", "", xml.replace("</w:p>", "\n")))
