"""Citations: where in an answer's text each source stands, added to the text where it does not stand yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.sandbox.openai.containers import FOLDER, Container, ContainerFile
from engine.sandbox.openai.stored_files import StoredFile
from engine.sandbox.openai.wire import JSON


@dataclass(frozen=True, slots=True)
class Citation:
    """One annotation to be placed: over the first of `anchors` found in the text, else `appended` to its end."""

    fields: JSON
    anchors: tuple[str, ...] = ()
    appended: str = ""


def of_page(title: str, url: str) -> Citation:
    """A page of the web."""
    link = f"[{title}]({url})"
    return Citation({"type": "url_citation", "title": title, "url": url}, (link, url), link)


def of_made_file(container: Container, file: ContainerFile) -> Citation:
    """A file that the code interpreter made."""
    path = f"sandbox:{FOLDER}{file.name}"
    fields = {"type": "container_file_citation", "container_id": container.id}
    fields |= {"file_id": file.id, "filename": file.name}
    return Citation(fields, (path,), f"[{file.name}]({path})")


def of_document(file: StoredFile) -> Citation:
    """A document found by file search: cited by a point in the text, not a stretch of it."""
    return Citation({"type": "file_citation", "file_id": file.id, "filename": file.name})


def placed(text: str, citations: Sequence[Citation]) -> tuple[str, tuple[JSON, ...]]:
    """The text with every source in it, and its annotations; `text[start_index:end_index]` is the source."""
    annotations: list[JSON] = []
    for citation in citations:
        if not citation.anchors:
            annotations.append({**citation.fields, "index": len(text)})
            continue
        anchor = next((anchor for anchor in citation.anchors if anchor in text), None)
        if anchor is None:
            text = f"{text}\n\n{citation.appended}"
            anchor = next(anchor for anchor in citation.anchors if anchor in text)
        start = text.index(anchor)
        annotations.append({**citation.fields, "start_index": start, "end_index": start + len(anchor)})
    return text, tuple(annotations)
