"""The hosted tools of a response: which of them run, the items they leave, and the text and citations that follow."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from engine.sandbox.openai.attachments import attachments_of, check_attachments, described, last_attachments
from engine.sandbox.openai.citations import Citation, of_document, of_page, placed
from engine.sandbox.openai.file_told import FilesTold, WebSearch
from engine.sandbox.openai.ids import Ids
from engine.sandbox.openai.interpreter import Interpreter
from engine.sandbox.openai.limits import Limits
from engine.sandbox.openai.prompt import Prompt
from engine.sandbox.openai.requests import check_number
from engine.sandbox.openai.searching import Found, passes, search
from engine.sandbox.openai.stored_files import Files
from engine.sandbox.openai.told import Says
from engine.sandbox.openai.tool_calls import code_interpreter_call, file_search_call, web_search_call
from engine.sandbox.openai.vector_operations import RESULTS_MAX
from engine.sandbox.openai.vector_stores import VectorStores
from engine.sandbox.openai.wire import JSON

FOUND_USUAL = 20
CITED_MAX = 5
WEB = re.compile(r"\b(search|look up|news)\b|найди в интернете|поищи|новост", re.IGNORECASE)
RUSSIAN = re.compile(r"[а-яё]", re.IGNORECASE)
MADE_UP_SOURCES = (
    ("Sandbox News", "https://example.com/news"),
    ("Sandbox Encyclopedia", "https://example.org/wiki"),
)


@dataclass(slots=True)
class _Work:
    """What the tools of one response have done so far."""

    items: list[JSON] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    citations: list[Citation] = field(default_factory=list)


class Tools:
    """Checks the files and tools of a call, and does the tools' work when it is accepted."""

    def __init__(
        self, ids: Ids, files: Files, stores: VectorStores, interpreter: Interpreter, told: FilesTold, limits: Limits
    ) -> None:
        self._ids = ids
        self._files = files
        self._stores = stores
        self._interpreter = interpreter
        self._told = told
        self._limits = limits

    def check(self, body: JSON) -> None:
        """Refuse a call whose files, vector stores or container are not there to be used."""
        check_attachments(body.get("input"), self._files, self._limits.inputs)
        for index, tool in enumerate(body.get("tools") or ()):
            if tool["type"] == "file_search":
                check_number(f"tools[{index}].max_num_results", tool.get("max_num_results", 1), 1, RESULTS_MAX)
                for store_id in tool["vector_store_ids"]:
                    self._stores.use(store_id)
            elif tool["type"] == "code_interpreter":
                self._interpreter.check(tool)

    def arrived(self, body: JSON, question: str) -> list[str]:
        """What can be said about each file of the last message, in the language of the question."""
        in_russian = bool(RUSSIAN.search(question))
        return [described(each, in_russian=in_russian) for each in last_attachments(body.get("input"), self._files)]

    def work(
        self, body: JSON, prompt: Prompt, question: str, told: Says | None, improvise: Callable[[list[str]], Says]
    ) -> Says:
        """What the response says and did: the told text with the tools' citations in it, or a text that `improvise`
        makes of what the tools found."""
        if told is not None and told.kind != "text":
            return told
        work = _Work()
        for tool, is_forced in _usable(body):
            if len(work.items) == body.get("max_tool_calls"):
                break
            if tool["type"] == "file_search":
                self._search_files(work, tool, body, question)
            elif tool["type"] == "code_interpreter":
                self._interpret(work, tool, body, prompt, question, is_forced=is_forced)
            elif tool["type"].startswith("web_search"):
                self._search_web(work, body, question, is_forced=is_forced)
        says = told or improvise(work.said)
        if not work.items:
            return says
        is_plain = (body.get("text") or {}).get("format", {"type": "text"})["type"] == "text"
        text, annotations = placed(says.text, work.citations) if is_plain else (says.text, ())
        return replace(says, text=text, items=tuple(work.items), annotations=annotations)

    def _search_files(self, work: _Work, tool: JSON, body: JSON, question: str) -> None:
        if not question.strip():
            return
        entries = [entry for store_id in tool["vector_store_ids"] for entry in self._searchable(store_id)]
        entries = [entry for entry in entries if passes(entry[1], tool.get("filters"))]
        threshold = (tool.get("ranking_options") or {}).get("score_threshold", 0.0)
        found = search(question, entries, tool.get("max_num_results", FOUND_USUAL), threshold)
        results = [hit.as_result() for hit in found]
        work.items.append(file_search_call(self._ids.new("fs"), question, results, body.get("include")))
        work.said.append(_found(found, question))
        work.citations += [of_document(hit.file) for hit in found[:1]]

    def _searchable(self, store_id: str) -> list[Any]:
        return list(self._stores.searchable(self._stores.use(store_id)))

    def _interpret(
        self, work: _Work, tool: JSON, body: JSON, prompt: Prompt, question: str, *, is_forced: bool
    ) -> None:
        attached = attachments_of(body.get("input"), self._files)
        container = self._interpreter.container(tool, prompt.context, attached)
        run = self._interpreter.run(container, question, attached, is_forced=is_forced)
        if run is None:
            return
        item_id = self._ids.new("ci")
        work.items.append(code_interpreter_call(item_id, container.id, run.code, run.logs, body.get("include")))
        work.said.append(run.text)
        work.citations += run.citations

    def _search_web(self, work: _Work, body: JSON, question: str, *, is_forced: bool) -> None:
        if self._told.searches:
            search_told = self._told.searches.popleft()
        elif is_forced or WEB.search(question):
            search_told = WebSearch(question, MADE_UP_SOURCES)
        else:
            return
        urls = [url for _, url in search_told.sources]
        work.items.append(web_search_call(self._ids.new("ws"), search_told.query, urls, body.get("include")))
        pages = [of_page(title, url) for title, url in search_told.sources[:CITED_MAX]]
        work.said.append(_pages(pages, question))
        work.citations += pages


def _usable(body: JSON) -> Iterator[tuple[JSON, bool]]:
    """The tools that the response may use, each with whether it has to."""
    choice = body.get("tool_choice") or "auto"
    tools = body.get("tools") or []
    if choice == "none":
        return
    wanted = choice.get("type") if isinstance(choice, dict) else None
    for index, tool in enumerate(tools):
        yield tool, tool["type"] == wanted or (choice == "required" and index == 0)


def _found(found: list[Found], question: str) -> str:
    in_russian = bool(RUSSIAN.search(question))
    if not found:
        return "В документах об этом ничего нет." if in_russian else "There is nothing about it in the documents."
    best = found[0]
    if in_russian:
        return f"В файле **{best.file.name}** сказано: «{best.line}»"
    return f"**{best.file.name}** says: “{best.line}”"


def _pages(pages: list[Citation], question: str) -> str:
    links = [f"- {page.appended}" for page in pages]
    if RUSSIAN.search(question):
        return "\n".join(["Вот что нашлось в интернете:", *links]) if links else "В интернете ничего не нашлось."
    return "\n".join(["This is what I found on the web:", *links]) if links else "I found nothing on the web."
