"""What the local model says when nobody told it what to say: short, helpful, and the same every time.

It answers in the language of the question (Cyrillic → Russian), writes code, a table, a list or a long story when
asked for one, and remembers what was said in the thread.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from engine.sandbox.openai.prompt import Piece
from engine.sandbox.openai.wire import JSON, encode

_CYRILLIC = re.compile(r"[а-яё]", re.IGNORECASE)

_REMEMBER = re.compile(
    r"what (did|have) i (say|said|tell|told|ask|asked)|do you remember|what(?: is|'s) my name|"
    r"что я (тебе |вам |тут )?(говорил|сказал|спрашивал|спросил|писал)|ты помнишь|как меня зовут",
    re.IGNORECASE,
)
_CODE = re.compile(r"\b(code|function|script|python)\b|код|функци|скрипт|программ", re.IGNORECASE)
_TABLE = re.compile(r"\btable\b|таблиц", re.IGNORECASE)
_LIST = re.compile(r"\b(list|steps)\b|спис(ок|к)|перечисл|шаги|по шагам", re.IGNORECASE)
_STORY = re.compile(
    r"\b(long (story|answer|text)|story|tale)\b|длинн\w+ (истори|рассказ|ответ|текст)|"
    r"расскаж\w+ (длинн\w+ )?(истори|сказк)|подробн|сказк",
    re.IGNORECASE,
)
_GREETING = re.compile(r"^\W*(hi|hello|hey|привет\w*|здравствуй\w*|добрый день)\b", re.IGNORECASE)

STORY_PARAGRAPHS = 40


def reply(pieces: Sequence[Piece], text_format: JSON | None = None, arrived: Sequence[str] = ()) -> str:
    """Answer the last thing the person said; `text_format` is the request's `text.format`, `arrived` describes each
    file that came with it."""
    if text_format and text_format.get("type") == "json_schema":
        return encode(example_of(text_format["schema"])).decode()
    if text_format and text_format.get("type") == "json_object":
        return '{"answer":"sandbox"}'
    asked = [piece for piece in pieces if piece.role == "user"]
    if not asked:
        return "I am listening."
    question = asked[-1]
    is_russian = _CYRILLIC.search(question.text)
    said = (_russian if is_russian else _english)(question, _remembered(pieces))
    if not arrived:
        return said
    receipt = f"{'Получено' if is_russian else 'I received'}: {'; '.join(arrived)}."
    return f"{receipt}\n\n{said}" if said else receipt


def example_of(schema: JSON) -> Any:
    """The smallest value that fits a JSON schema."""
    if "const" in schema:
        return schema["const"]
    if schema.get("enum"):
        return schema["enum"][0]
    for union in ("anyOf", "oneOf"):
        if schema.get(union):
            return example_of(schema[union][0])
    kind = schema.get("type", "object")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        return {name: example_of(part) for name, part in schema.get("properties", {}).items()}
    if kind == "array":
        return [example_of(schema.get("items", {"type": "string"}))] * schema.get("minItems", 1)
    simple: dict[str, Any] = {"string": "sandbox", "integer": 1, "number": 1.0, "boolean": True, "null": None}
    return simple[kind]


def _remembered(pieces: Sequence[Piece]) -> list[str]:
    """What the person said before the last question, oldest first."""
    lines: list[str] = []
    for piece in pieces:
        if piece.role in {"user", "compaction"}:
            lines += [line for line in piece.text.splitlines() if line.strip()]
    last = [piece for piece in pieces if piece.role == "user"][-1]
    own = len([line for line in last.text.splitlines() if line.strip()])
    return lines[: len(lines) - own]


def _has_attachments(piece: Piece) -> bool:
    content = piece.item.get("content")
    parts = content if isinstance(content, list) else []
    return any(part.get("type") in {"input_image", "input_file"} for part in parts)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 120 else line[:119] + "…"


def _english(question: Piece, remembered: list[str]) -> str:
    text = question.text
    if _REMEMBER.search(text):
        if not remembered:
            return "You have not said anything before this."
        return "You said:\n\n" + "\n".join(f"- {_short(line)}" for line in remembered[-10:])
    if _STORY.search(text):
        return _story(
            "**The lighthouse keeper**",
            "Evening {n}. The keeper climbed {steps} steps, lit the lamp, and wrote one line into the log: "
            "*the sea is calm, a ship passed, nobody was lost.*",
            "And that is the whole story.",
        )
    if _CODE.search(text):
        return "Here is a small **Python** function:\n\n" + _CODE_BLOCK + "\n\nCall it as `greet('world')`."
    if _TABLE.search(text):
        return "\n".join(
            [
                "| Item | Amount | Price |",
                "| --- | ---: | ---: |",
                "| Tea | 2 | $3 |",
                "| Bread | 1 | $2 |",
                "| **Sum** | 3 | **$8** |",
            ]
        )
    if _LIST.search(text):
        return "1. **Start** with the smallest step.\n2. Check that it works.\n3. Take the *next* one."
    if _has_attachments(question):
        return ""
    if _GREETING.search(text):
        return "Hello! I am the **sandbox model**. Ask me anything: nothing here costs money."
    return f"You asked: “{_short(text)}”. I am the **sandbox model**, so this answer is made up, but it arrived safely."


def _russian(question: Piece, remembered: list[str]) -> str:
    text = question.text
    if _REMEMBER.search(text):
        if not remembered:
            return "До этого вы ещё ничего не говорили."
        return "Вы говорили:\n\n" + "\n".join(f"- {_short(line)}" for line in remembered[-10:])
    if _STORY.search(text):
        return _story(
            "**Смотритель маяка**",
            "Вечер {n}. Смотритель поднялся на {steps} ступеней, зажёг лампу и записал в журнал одну строку: "
            "*море спокойно, прошёл корабль, никто не потерялся.*",
            "Вот и вся история.",
        )
    if _CODE.search(text):
        return "Вот небольшая функция на **Python**:\n\n" + _CODE_BLOCK + "\n\nВызов: `greet('мир')`."
    if _TABLE.search(text):
        return "\n".join(
            [
                "| Товар | Штук | Цена |",
                "| --- | ---: | ---: |",
                "| Чай | 2 | 300 ₽ |",
                "| Хлеб | 1 | 60 ₽ |",
                "| **Всего** | 3 | **660 ₽** |",
            ]
        )
    if _LIST.search(text):
        return "1. **Начните** с самого малого шага.\n2. Проверьте, что он работает.\n3. Сделайте *следующий*."
    if _has_attachments(question):
        return ""
    if _GREETING.search(text):
        return "Здравствуйте! Я **модель из песочницы**. Спрашивайте о чём угодно: здесь ничего не стоит денег."
    return f"Вы спросили: «{_short(text)}». Я **модель из песочницы**, так что ответ выдуман, но дошёл целым."


def _story(title: str, paragraph: str, end: str) -> str:
    evenings = [paragraph.format(n=n, steps=100 + 7 * n) for n in range(1, STORY_PARAGRAPHS + 1)]
    return "\n\n".join([title, *evenings, end])


_CODE_BLOCK = '```python\ndef greet(name: str) -> str:\n    """Say hello."""\n    return f"Hello, {name}!"\n```'
