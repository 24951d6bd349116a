"""The terminal chat: what a typed line does, what is seen of it, and what a script's exit code says."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from io import StringIO
from pathlib import Path

import anyio
import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.data_structures import Size
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output.vt100 import Vt100_Output
from telethon.tl import types

from engine.sandbox.terminal import play
from engine.sandbox.terminal.prompt import chat
from engine.sandbox.terminal.screen import Screen
from engine.sandbox.terminal.stage import Stage
from engine.sandbox.terminal.typed import QUICK
from engine.sandbox.time import jumping_clock

HELLO = Path(__file__).parents[2] / "examples" / "hello.txt"


class Transcript:
    """What a script has printed, and what went wrong in it."""

    def __init__(self, text: str, problems: list[str]) -> None:
        self.text = text
        self.problems = problems

    def has_in_order(self, *wanted: str) -> bool:
        """Whether all of these occur, one after the other."""
        at = 0
        for each in wanted:
            at = self.text.find(each, at)
            assert at >= 0, f"{each!r} is not there, or not in this order:\n{self.text}"
        return True


async def played(script: str, directory: Path, capsys: pytest.CaptureFixture[str]) -> Transcript:
    """Plays a script in this process, in jumping time."""
    clock = jumping_clock(asyncio.get_running_loop())
    problems = await play(script.splitlines(), directory, directory / "log", clock)
    return Transcript(capsys.readouterr().out, problems)


# ── scripts ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.anyio
async def test_a_question_its_answer_and_its_cost_are_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seen = await played("# a comment\n\nWhat is it?", tmp_path, capsys)
    assert seen.has_in_order(
        "Alice    What is it?\n", "GPTTG    You asked: “What is it?”", "idle · gpt-6.1-terra-2026-09-30 · ", " · $0.0"
    )
    assert "\x1b" not in seen.text
    assert seen.problems == []


@pytest.mark.anyio
async def test_the_stop_of_a_draft_has_a_number(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    seen = await played("& Tell me a long story\n:wait 1\n1", tmp_path, capsys)
    assert seen.has_in_order("The lighthouse keeper", "⏹ Stopped", "estimated")
    assert "the whole story" not in seen.text


@pytest.mark.anyio
async def test_a_button_in_a_group_has_a_number_and_its_answer_is_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seen = await played(":group\n& @gpttg_bot Tell me a long story\n:wait 2\n:1", tmp_path, capsys)
    assert seen.has_in_order("you are in Team now", "💬 Stopping…", "⏹ Stopped")


@pytest.mark.anyio
async def test_a_number_without_a_button_is_a_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    seen = await played("42\n:say :help", tmp_path, capsys)
    assert seen.has_in_order("You asked: “42”", "You asked: “:help”")


@pytest.mark.anyio
async def test_what_the_bot_does_not_take_is_not_waited_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    seen = await played(":group\nhello everybody\n/help@other_bot\n/help@gpttg_bot", tmp_path, capsys)
    assert seen.has_in_order("hello everybody", "/help@other_bot", "Write to me as you would")
    assert seen.problems == []


@pytest.mark.anyio
async def test_the_words_of_the_keyboard_have_letters(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    seen = await played("/start\n:e", tmp_path, capsys)
    assert seen.has_in_order(
        "keyboard: :a 🆕 New conversation", "Alice    📊 Statistics", "What your answers have cost"
    )


@pytest.mark.anyio
async def test_a_killed_bot_answers_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    seen = await played("& first\n& :kill\n& second\n:wait 0.3\n& :kill\nthird", tmp_path, capsys)
    assert seen.has_in_order("You asked: “first”", "You asked: “second”", "You asked: “third”")
    assert seen.text.count("You asked") == 3
    assert seen.problems == []


@pytest.mark.anyio
async def test_other_people_and_other_places(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    seen = await played(
        ":as boris\nЧто это?\n:topic\n/help\n:reply and now?\n:private\n:as stranger\nhi", tmp_path, capsys
    )
    assert seen.has_in_order(
        "Вы спросили: «Что это?»",
        "Team › Ideas",
        "Пишите мне как",
        "«Борис: and now?»",
        "Mallory  hi",
        "my admin",
    )


@pytest.mark.anyio
async def test_own_messages_are_changed_and_deleted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    seen = await played("one\n:edit two\n:delete", tmp_path, capsys)
    assert seen.has_in_order("Alice    one", "Alice    two\n         edited", "✗ Alice has deleted: two")


@pytest.mark.anyio
async def test_what_the_model_says_can_be_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    seen = await played(":model **Yes**,\\nand no.\n?", tmp_path, capsys)
    assert seen.has_in_order("GPTTG    **Yes**,\n         and no.")


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("fault", "answer"),
    [
        ("flood 2", "You asked"),
        ("lost", "You asked"),
        ("rich", "You asked"),
        ("expired", "You asked"),
        ("slowfiles 2", "You asked"),
        ("twice", "You asked"),
        ("429 1", "You asked"),
        ("500", "You asked"),
        ("down 2", "You asked"),
        ("quota", "money is used up"),
        ("cut", "broke off"),
        ("forget", "You asked"),
        ("short", "reached its limit"),
        ("thought", "wrote nothing"),
    ],
)
async def test_every_fault_is_told_and_survived(
    fault: str, answer: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seen = await played(f"before\n:fault {fault}\nWhat is it?", tmp_path, capsys)
    assert seen.has_in_order("“before”", "fault: ", "Alice    What is it?", answer)
    assert seen.problems == []


@pytest.mark.anyio
@pytest.mark.parametrize("line", [":nonsense", ":9", ":as nobody", ":wait long", ":fault 429 soon", ":pace warp"])
async def test_a_line_that_makes_no_sense_is_a_problem(
    line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seen = await played(f"hello\n{line}\n/help", tmp_path, capsys)
    assert [problem for problem in seen.problems if f"line 2 ({line})" in problem]
    assert "Write to me as you would" in seen.text


@pytest.mark.anyio
async def test_the_terminal_explains_itself(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    seen = await played(":help\n:fault\n:menu\n:log\n:pace slow\n:quit\nnever said", tmp_path, capsys)
    assert seen.has_in_order(":kill ", ":fault quota", "/reset", "the log is empty", "slow from now on")
    assert "never said" not in seen.text
    assert seen.problems == []


@pytest.mark.anyio
async def test_what_must_not_happen_is_a_problem(tmp_path: Path) -> None:
    async with Stage.opened(tmp_path, QUICK) as stage:
        assert await stage.problems() == []
        stage.telegram.unknown_requests.append("stories.sendStory")
        await stage.bot.database.write(
            lambda db: db.execute(
                "INSERT INTO inbox (key, conversation, event, status, error, received_at)"
                " VALUES ('k', '1', '{}', 'quarantined', 'ValueError', 0)"
            )
        )
        assert len(await stage.problems()) == 2


# ── the screen ──────────────────────────────────────────────────────────────────────────────────────────────────────

SAID = "😀 bold italic code link"
MARKS = [
    types.MessageEntityBold(3, 11),
    types.MessageEntityItalic(8, 6),
    types.MessageEntityCode(15, 4),
    types.MessageEntityTextUrl(20, 4, "https://example.com"),
]


def test_formatting_is_written_in_signs_in_a_file() -> None:
    screen = Screen(lambda: 80, plain=True)
    assert screen.lines(screen.formatted(SAID, MARKS)) == ["😀 **bold _italic_** `code` link (https://example.com)"]


def test_formatting_is_coloured_on_a_terminal() -> None:
    screen = Screen(lambda: 80, plain=False)
    (line,) = screen.lines(screen.formatted(SAID, MARKS))
    assert line.startswith("😀 \x1b[1mbold \x1b[0m\x1b[1;3mitalic\x1b[0m \x1b[36mcode\x1b[0m \x1b[4;34mlink")


def test_code_on_a_terminal_has_its_language_above_it_and_colours_of_its_own() -> None:
    screen = Screen(lambda: 80, plain=False)
    label, line = screen.lines(screen.formatted("x = 1", [types.MessageEntityPre(0, 5, "python")]))
    assert label.startswith("\x1b[2mpython")
    assert line.startswith("x = \x1b[94m1")


def test_blocks_of_code_and_quotes_keep_their_lines() -> None:
    screen = Screen(lambda: 80, plain=True)
    text = "see\nx = 1\n\ny = 2\nquoted\ntwice"
    marks = [
        types.MessageEntityPre(4, 12, "python"),
        types.MessageEntityBlockquote(17, 12),
        types.MessageEntityBold(24, 5),
    ]
    assert screen.lines(screen.formatted(text, marks)) == [
        *("see", "```python", "x = 1", "", "y = 2", "```"),
        *("> quoted", "> **twice**"),
    ]


# ── the interactive chat ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.anyio
async def test_one_types_while_the_answer_grows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANG", "ru_RU.UTF-8")
    monkeypatch.delenv("LC_ALL", raising=False)
    out = StringIO()
    terminal = Vt100_Output(out, lambda: Size(rows=30, columns=80))

    async def shows(text: str) -> None:
        with anyio.fail_after(600):
            while text not in out.getvalue():  # noqa: ASYNC110 - a screen rings no bell
                await anyio.sleep(0.05)

    with create_pipe_input() as keys, create_app_session(keys, terminal):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(chat, tmp_path, tmp_path / "log")
            await shows("Борис ›")
            keys.send_text("Расскажи длинную историю\r")
            await shows("ступеней")
            keys.send_text("1\r")
            await shows("Остановлено")
            await shows("estimated")
            keys.send_text(":kill\r")
            await shows("runs again")
            keys.send_text("\x04")
    assert "$" in out.getvalue()


# ── the process ─────────────────────────────────────────────────────────────────────────────────────────────────────


def run(*arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    """`gpttg sandbox`, as from a shell."""
    command = [sys.executable, "-m", "engine", "sandbox", *arguments]
    return subprocess.run(command, input=typed, capture_output=True, text=True, timeout=50, check=False)


@pytest.mark.process
def test_the_example_plays_to_its_end() -> None:
    ended = run("--script", str(HELLO))
    assert ended.stderr == ""
    assert ended.returncode == 0
    assert Transcript(ended.stdout, []).has_in_order(
        "Hello, Alice!",
        "```python",
        "⏹ Stopped",
        "runs again",
        "def greet",
        "Are you still there?",
        "Привет!",
        "Сегодня",
    )


@pytest.mark.process
def test_a_pipe_is_a_script_too_and_its_problems_are_the_exit_code() -> None:
    ended = run(typed="hello\n:nonsense\n")
    assert "sandbox model" in ended.stdout
    assert "✗ line 2 (:nonsense)" in ended.stderr
    assert ended.returncode == 1


@pytest.mark.process
def test_what_is_no_script_and_an_address_without_listen_get_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "sound.ogg").write_bytes(b"OggS\xff\xfe")
    for arguments, sentence in (
        (["--script", str(tmp_path / "sound.ogg")], "a script is text in UTF-8"),
        (["127.0.0.1:99"], "an address is for --listen only"),
    ):
        ended = run(*arguments)
        assert ended.returncode == 2
        assert sentence in ended.stderr
        assert "Traceback" not in ended.stderr
