"""What a finished response brings besides its words, and that nothing in it can lose an answer that is paid for."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from engine.ai.finished import ContainerFile, FinishedResponse, read_response
from engine.core.styled import Source

PAGE = {"type": "url_citation", "start_index": 0, "end_index": 4, "url": "https://example.org/a", "title": "A page"}
FILE = {"type": "container_file_citation", "container_id": "cntr_1", "file_id": "cfile_1", "filename": "table.csv"}


def read(*annotations: Any, output: list[Any] | None = None) -> FinishedResponse:
    part = {"type": "output_text", "text": "Words", "annotations": list(annotations)}
    message = {"type": "message", "content": [part]}
    return read_response(msgspec.json.encode({"id": "resp_1", "output": [*(output or []), message]}))


def test_cited_pages_come_in_the_order_of_the_text() -> None:
    other = PAGE | {"url": "https://example.org/b", "title": None}
    cited = read(PAGE, FILE, other, PAGE).citations
    assert cited == (
        Source("A page", "https://example.org/a"),
        Source("", "https://example.org/b"),
        Source("A page", "https://example.org/a"),
    )


def test_files_of_the_code_interpreter_come_each_once() -> None:
    other = FILE | {"file_id": "cfile_2", "filename": None}
    assert read(FILE, FILE, other, PAGE).container_files == (
        ContainerFile("cntr_1", "cfile_1", "table.csv"),
        ContainerFile("cntr_1", "cfile_2", "file"),
    )


def test_a_picture_that_code_has_drawn_is_a_file_where_its_address_names_one() -> None:
    address = "https://api.openai.com/v1/containers/cntr_1/files/{}/content"
    call = {
        "type": "code_interpreter_call",
        "container_id": "cntr_1",
        "outputs": [
            {"type": "logs", "logs": "42"},
            {"type": "image", "url": address.format("cfile_9")},
            {"type": "image", "url": address.format("cfile_1")},
            {"type": "image", "url": "https://elsewhere.example/x.png"},
        ],
    }
    assert read(FILE, output=[call]).container_files == (
        ContainerFile("cntr_1", "cfile_9", "picture.png"),
        ContainerFile("cntr_1", "cfile_1", "table.csv"),
    )


@pytest.mark.parametrize(
    "annotation",
    [
        None,
        7,
        {},
        {"type": None},
        {"type": "url_citation"},
        {"type": "url_citation", "url": None, "title": "x"},
        {"type": "url_citation", "url": {"href": "https://example.org"}},
        {"type": "container_file_citation", "container_id": "cntr_1"},
        {"type": "file_citation", "file_id": "file-1", "filename": "a.pdf", "index": 0},
        {"type": "of_tomorrow", "title": ["a", "b"]},
    ],
)
def test_an_annotation_that_says_nothing_is_left_out(annotation: Any) -> None:
    response = read(annotation, PAGE)
    assert (response.text, response.container_files) == ("Words", ())
    assert response.citations == (Source("A page", "https://example.org/a"),)


@pytest.mark.parametrize("annotations", [None, "none", {"a": 1}, 3])
def test_annotations_that_are_no_list_are_none(annotations: Any) -> None:
    part = {"type": "output_text", "text": "Words", "annotations": annotations}
    message = {"type": "message", "content": [part]}
    response = read_response(msgspec.json.encode({"id": "resp_1", "output": [message]}))
    assert (response.text, response.citations, response.container_files) == ("Words", (), ())


@pytest.mark.parametrize("outputs", [None, "x", [None], [{"type": "image"}], [{"type": "image", "url": 3}], {"a": 1}])
def test_outputs_that_say_nothing_are_left_out(outputs: Any) -> None:
    for kind in ("code_interpreter_call", "shell_call", "of_tomorrow"):
        assert read(PAGE, output=[{"type": kind, "outputs": outputs}]).container_files == ()
