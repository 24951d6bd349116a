"""The sandbox's code interpreter: the container it works in, when it runs, what it computes, which file it makes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from engine.sandbox.openai.attachments import Attachment
from engine.sandbox.openai.charts import bar_chart
from engine.sandbox.openai.citations import Citation, of_made_file
from engine.sandbox.openai.containers import FOLDER, Container, ContainerFile, Containers
from engine.sandbox.openai.file_told import FilesTold
from engine.sandbox.openai.prompt import Piece
from engine.sandbox.openai.stored_files import Files
from engine.sandbox.openai.tables import Table, is_table, summary_csv, table_of
from engine.sandbox.openai.wire import JSON

CHART = re.compile(r"\b(chart|plot|graph)\b|график|диаграмм", re.IGNORECASE)
FILE = re.compile(
    r"\bas a (csv )?file\b|\b(make|create|give) (me )?a (csv )?file\b|файлом|в (виде )?файл", re.IGNORECASE
)
COMPUTE = re.compile(
    r"\b(csv|rows?|columns?|means?|average|compute|calculate|analy[sz]e|run)\b|"
    r"строк|столб|средн|посчита|вычисл|проанализ|сколько",
    re.IGNORECASE,
)


class Run(NamedTuple):
    """One run of code: what it was, what it printed, and what to say and cite of it."""

    container: Container
    code: str
    logs: str
    text: str
    citations: list[Citation]


class Interpreter:
    """Runs no code: it computes what the question plainly asks for."""

    def __init__(self, containers: Containers, files: Files, told: FilesTold) -> None:
        self._containers = containers
        self._files = files
        self._told = told

    def check(self, tool: JSON) -> None:
        """Refuse a container that is unknown or has expired, or files that are not there."""
        container = tool["container"]
        if isinstance(container, str):
            self._containers.use(container)
            return
        for file_id in container.get("file_ids") or ():
            self._files.find(file_id)

    def container(self, tool: JSON, thread: Iterable[Piece], attached: Iterable[Attachment]) -> Container:
        """The container of a call, with the call's files in it. `auto` goes on in that of the thread, or makes one,
        whether any code runs or not."""
        wanted = tool["container"]
        container = self._containers.use(wanted) if isinstance(wanted, str) else self._auto(wanted, thread)
        for each in attached:
            if each.content is not None and not _holds(container, each.name, each.content):
                self._containers.put(container, each.name, each.content)
        return container

    def run(self, container: Container, question: str, attached: list[Attachment], *, is_forced: bool) -> Run | None:
        """Compute and make what is wanted; None when nothing is."""
        in_russian = bool(re.search(r"[а-яё]", question, re.IGNORECASE))
        files = list(container.files.values())
        tables = [table_of(file.name, file.content) for file in files if is_table(file.name)]
        wants_chart, wants_file = bool(CHART.search(question)), bool(FILE.search(question))
        computes = bool(tables) and (bool(COMPUTE.search(question)) or any(is_table(each.name) for each in attached))
        if not (self._told.makes or wants_chart or wants_file or computes or is_forced):
            return None
        made = self._make(container, tables, wants_chart=wants_chart, wants_file=wants_file)
        logs = "\n".join(table.line() for table in tables)
        citations = [of_made_file(container, file) for file in made]
        said = [_said(table, in_russian) for table in tables]
        said += [citation.appended for citation in citations]
        text = "\n\n".join(said) or ("Готово." if in_russian else "Done.")
        return Run(container, _code(tables, made), logs, text, citations)

    def _auto(self, wanted: JSON, thread: Iterable[Piece]) -> Container:
        used: list[Any] = [piece.item.get("container_id") for piece in thread]
        for container_id in reversed(used):
            if self._containers.is_running(container_id):
                return self._containers.use(container_id)
        container = self._containers.add("auto", wanted.get("memory_limit"))
        for file_id in wanted.get("file_ids") or ():
            file = self._files.find(file_id)
            self._containers.put(container, file.name, file.content)
        return container

    def _make(
        self, container: Container, tables: list[Table], *, wants_chart: bool, wants_file: bool
    ) -> list[ContainerFile]:
        made: list[tuple[str, bytes]] = []
        if self._told.makes:
            told = self._told.makes.popleft()
            made.append((told.name, told.content))
        elif wants_chart:
            values = [mean for table in tables for mean in table.means.values()]
            made.append(("chart.png", bar_chart(values or [3, 5, 2, 4])))
        elif wants_file:
            made.append(("result.csv", summary_csv(tables)))
        return [self._containers.put(container, name, content, "assistant") for name, content in made]


def _holds(container: Container, name: str, content: bytes) -> bool:
    return any(file.name == name and file.content == content for file in container.files.values())


def _said(table: Table, in_russian: bool) -> str:
    means = ", ".join(f"{name} = {mean:g}" for name, mean in table.means.items())
    if in_russian:
        return f"**{table.name}**: строк {table.rows}, столбцов {len(table.columns)}; средние: {means or 'нет'}."
    return f"**{table.name}**: {table.rows} rows, {len(table.columns)} columns; means: {means or 'none'}."


def _code(tables: list[Table], made: list[ContainerFile]) -> str:
    lines = ["import pandas as pd"]
    for table in tables:
        lines += [f"df = pd.read_csv('{FOLDER}{table.name}')", "print(len(df), list(df.columns))", "print(df.mean())"]
    lines += [f"make_file('{FOLDER}{file.name}')" for file in made]
    return "\n".join(lines)
