"""Questions of a simulation, the tokens by which they are known again, and what the simulated model answers."""

from __future__ import annotations

import re
from dataclasses import dataclass

from engine.sandbox.openai import SeenRequest
from engine.sandbox.telegram import Chat, Message, Person

STORY_PHRASES = 640
"""A long story has so many phrases of 53 characters: too many for one message, even a rich one."""

_ANSWER = re.compile(r"\bA\d{5}\b")
"""An answer's mark is not its question's: whoever quotes an answer does not ask the question again."""
_END = re.compile(r"\bZ\d{5}\b")
"""The last words of an answer: where they are missing, it was cut."""
_TOKEN = re.compile(r"Q\d{5}")


@dataclass(eq=False)
class Question:
    """Something that was asked, with a token that is in its answer. `message` may be gone or changed by now."""

    token: str
    person: Person
    chat: Chat
    message: Message
    is_excused: bool = False
    """somebody stopped, changed or took it back: it need not be answered"""
    may_double: bool = False
    """somebody asked for it again"""
    is_loose: bool = False
    """it may have been taken as something else than a question: as a picture's prompt, as a setting"""
    together_with: Question | None = None
    """another one that may be in the same turn: one sentence can refuse both"""

    @property
    def conversation(self) -> str:
        """Its key in the tables: the chat, and the topic where there are some."""
        topic = self.message.topic
        return f"{self.chat.id}" if topic is None else f"{self.chat.id}:{topic.id}"


def answered(message: Message) -> list[str]:
    """The tokens that a message of the bot answers."""
    return answered_in(message.text) if message.out else []


def answered_in(text: str) -> list[str]:
    """The tokens that an answer answers."""
    return [f"Q{mark[1:]}" for mark in _ANSWER.findall(text)]


def ended(message: Message) -> list[str]:
    """The tokens whose answer ends in a message of the bot."""
    return [f"Q{mark[1:]}" for mark in _END.findall(message.text)] if message.out else []


def reply(seen: SeenRequest) -> str:
    """What the simulated model says: which questions it was asked, at different lengths, and that this is the end."""
    tokens = tokens_in(seen.text)
    if not tokens:
        return "Nothing was asked."
    more = f"{'word-by-word-' * 4} " * (STORY_PHRASES if "long story" in seen.text else int(tokens[0][1:]) * 7 % 5)
    return f"{_marked('A', tokens)} {more}that_is_all. {_marked('Z', tokens)}"


def _marked(letter: str, tokens: list[str]) -> str:
    return " ".join(f"{letter}{token[1:]}" for token in tokens)


def tokens_in(text: str) -> list[str]:
    """The tokens of questions in a text, each once."""
    return list(dict.fromkeys(_TOKEN.findall(text)))


def is_story(question: Question) -> bool:
    """Its answer is several messages, of which a new answer leaves some to be deleted."""
    return "long story" in question.message.text


def is_changeable(question: Question) -> bool:
    """Whether it can be edited or deleted, words alone."""
    message = question.message
    return not message.deleted and message.media is None and message.forward is None
