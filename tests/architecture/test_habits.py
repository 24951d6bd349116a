"""Our habits, where a test can see them. Each test lists what breaks the habit; the list is to be empty."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.architecture.source import ROOT, modules

LINES_MOST = 400
LINES_OF_A_FUNCTION_MOST = 50
PRODUCT = ("engine", "actors")
EVERYTHING = (*PRODUCT, "tests")
SUPERVISOR = "engine/supervisor.py"
NOT_NAMES = {"manager", "handler", "helper", "helpers", "util", "utils", "service", "data", "info", "process"}
NAMES_WITH_A_REASON = {"engine/sandbox/openai/service.py": "OpenAI's own word for what it stands for"}


def text(path: str) -> str:
    """A file of ours."""
    return (ROOT / path).read_text("utf-8")


def nodes(*packages: str) -> Iterator[tuple[str, ast.AST]]:
    """Every node of every module, with the module's path."""
    return ((path, node) for path, tree in modules(*packages).items() for node in ast.walk(tree))


def test_a_file_has_one_idea() -> None:
    lengths = {path: text(path).count("\n") for path in modules(*PRODUCT)}
    assert not {path: lines for path, lines in lengths.items() if lines > LINES_MOST}


def test_a_function_fits_on_a_screen() -> None:
    assert not [
        f"{path}:{node.lineno} {node.name} has {length} lines"
        for path, node in nodes(*PRODUCT)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (node.end_lineno or 0) - node.lineno) > LINES_OF_A_FUNCTION_MOST
    ]


def test_a_module_begins_with_the_sentence_that_places_it() -> None:
    assert not [path for path, tree in modules(*PRODUCT).items() if tree.body and not ast.get_docstring(tree)]


def test_nobody_sleeps_in_real_time() -> None:
    calls = [(path, node) for path, node in nodes(*EVERYTHING) if isinstance(node, ast.Call)]
    assert not [f"{path}:{node.lineno}" for path, node in calls if ast.unparse(node.func) == "time.sleep"]


def test_nothing_is_mocked() -> None:
    assert not [
        f"{path}:{node.lineno}"
        for path, node in nodes(*EVERYTHING)
        if isinstance(node, ast.Import | ast.ImportFrom) and "mock" in ast.unparse(node).replace(".", " ").split()
    ]


def test_only_the_supervisor_catches_everything() -> None:
    """Elsewhere what is caught is passed on, or the line says why not."""
    assert not [
        f"{path}:{node.lineno}"
        for path, node in nodes(*PRODUCT)
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or ast.unparse(node.type) in ("Exception", "BaseException"))
        and path != SUPERVISOR
        and not isinstance(node.body[-1], ast.Raise)
        and not re.search(r"# (noqa: BLE001 - )?\w+ \w+", text(path).splitlines()[node.lineno - 1])
    ]


def test_a_module_is_named_after_what_it_is() -> None:
    named = {path: NOT_NAMES & set(path.removesuffix(".py").split("/")) for path in modules(*PRODUCT)}
    assert not {path: words for path, words in named.items() if words and path not in NAMES_WITH_A_REASON}


def test_an_exception_from_the_rules_says_from_which() -> None:
    unnamed = re.compile(r"#\s*noqa(?!:)|#\s*type:\s*ignore(?!\[)")
    assert not [path for path in modules(*EVERYTHING) if path not in __file__ and unnamed.search(text(path))]


def test_no_test_is_left_out() -> None:
    marks = ("skip", "skipif", "xfail", "importorskip")
    attributes = [(path, node) for path, node in nodes("tests") if isinstance(node, ast.Attribute)]
    assert not [f"{path}:{node.lineno}" for path, node in attributes if node.attr in marks]
