"""The people of a simulation: each act of the plan, done in Telegram as it is at that moment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from engine.sandbox.sounds import lasts_s, speech
from engine.sandbox.telegram import Chat, LocalTelegram, Message, Person, Press
from engine.sandbox.telegram.chats import Topic
from engine.simulation.archives import archive
from engine.simulation.asked import Question, answered, ended, is_changeable, is_story, tokens_in
from engine.simulation.pictures import picture
from engine.simulation.plan import Act, Plan, What
from engine.simulation.taps import button_that_says, button_to_tap

COMMANDS = (
    *("/help", "/stats", "/new", "/retry", "/export", "/stop", "/start", "/forget", "/unheard_of"),
    *("/settings",) * 4,  # a whole tree of buttons
)
ADMIN_COMMANDS = (
    *("/users", "/status", "/limits", "/models", "/pricing", "/audit", "/ledger", "/quarantine") * 3,
    "/stat",  # draws a picture, which takes longer than a hundred answers
)
NEAR = 3
"""A retry or a stop can be about the last so many questions of a chat."""
RECENT = 6
"""Among so many of their last messages people choose what they edit or delete."""
STRANGERS = 6
"""So many people whom nobody has let in, yet."""
ACCESS = ("access",)
DECISIONS = ("desk:approve", "desk:deny", "desk:block")
"""What buttons say by which somebody asks to be let in, and by which an admin decides about it."""

_WRITING = ("", "🙂 ", "שלום ", "привет, ", "👩‍👩‍👧‍👦🏳️‍🌈 ", "**bold _and_ `code` ", "<b>&amp;</b> ", "e\u0301\u202e ")
_FILLER = ("and then some more of it, ", "а потом ещё немного, ", "👍🏽 ")


@dataclass
class Crowd:
    """The people, their chats, and all that they did."""

    telegram: LocalTelegram
    plan: Plan
    people: list[Person] = field(default_factory=list)
    admin: Person = field(init=False)
    group: Chat = field(init=False)
    topics: list[Topic] = field(init=False)
    strangers: list[Person] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    heard: list[Message] = field(default_factory=list)
    """every message that the bot must have taken in"""
    edited: dict[Message, datetime] = field(default_factory=dict)
    """when each message was changed last"""
    deleted: list[Message] = field(default_factory=list)
    """by those who had written them"""
    wordless: list[Message] = field(default_factory=list)
    """what asks nothing in words, and is to be answered nevertheless"""
    presses: list[Press] = field(default_factory=list)
    forgotten: set[int] = field(default_factory=set)
    """chats whose rows somebody may have wanted forgotten"""
    turns: int = 0
    """acts that want an answer"""
    _by_token: dict[str, Question] = field(default_factory=dict)
    _of_chat: dict[int, list[Question]] = field(default_factory=lambda: defaultdict(list))
    _loose: dict[int, int] = field(default_factory=dict)
    """chats in which the next text may be taken as words for something, and how many questions they had then"""

    def __post_init__(self) -> None:
        languages = ("en", "ru")
        for number in range(self.plan.people):
            self.people.append(self.telegram.person(f"P{number}", language=languages[number % 2]))
        self.admin = self.telegram.person("Ada", language="en")
        self.group = self.telegram.group("Room", [*self.people, self.admin])
        forum = self.telegram.group("Forum", [*self.people, self.admin], forum=True)
        self.topics = [forum.topic("News"), forum.topic("Music")]
        self.strangers = [self.telegram.person(f"S{number}") for number in range(STRANGERS)]

    @property
    def _at_bot(self) -> str:
        return f"@{self.telegram.bot.username}"

    def budgets(self) -> Iterator[tuple[str, str, int]]:
        """What is granted: (scope, period, nano-dollars)."""
        if self.plan.budget_nanousd:
            yield from ((f"person:{person.id}", "day", self.plan.budget_nanousd) for person in self.people)
        scopes = {"group": f"chat:{self.group.id}", "members": "role:member", "bot": "bot"}
        yield from ((scopes[limit.of], limit.period, limit.nanousd) for limit in self.plan.limits)

    def asked_in(self, text: str) -> list[Question]:
        """The questions whose tokens are in what the model was asked."""
        return [self._by_token[token] for token in tokens_in(text) if token in self._by_token]

    def act(self, act: Act) -> None:
        """Does it, if it can be done now."""
        person = self.people[act.who]
        if person.has_blocked and act.what != "block":
            person.unblocks_bot()
        self._acts[act.what](self, person, act.pick)

    # -- questions ---------------------------------------------------------------------------------------------

    def _text(self, person: Person, pick: int) -> None:
        token = self._token()
        self._asked(token, person.says(f"{_WRITING[pick % len(_WRITING)]}what about {token}?"))

    def _long(self, person: Person, pick: int) -> None:
        token = self._token()
        self._asked(token, person.says(f"{token} " + _FILLER[pick % len(_FILLER)] * 60))

    def _story(self, person: Person, pick: int) -> None:
        token = self._token()
        self._asked(token, person.says(f"a long story about {token}"))

    def _paste(self, person: Person, pick: int) -> None:
        token = self._token()
        pieces = person.pastes(_FILLER[pick % len(_FILLER)] * 200 + token)
        self.heard += pieces[:-1]
        self._asked(token, pieces[-1])

    def _forward(self, person: Person, pick: int) -> None:
        first, second = self._token(), self._token()
        forwarded = person.forwards(f"they said {first}", of=None if pick % 3 else "Somebody")
        comment = person.says(f"is that so, {second}?")
        self._asked(first, forwarded)
        self._asked(second, comment)
        self.questions[-1].together_with = self.questions[-2]

    def _photo(self, person: Person, pick: int) -> None:
        token = self._token()
        self._asked(token, person.sends_photo(picture(pick), caption=f"what is this, {token}?"))

    def _album(self, person: Person, pick: int) -> None:
        token = self._token()
        parts = [picture(pick + n) for n in range(2 + pick % 3)]
        order = list(range(len(parts)))[:: -1 if pick & 8 else 1]
        to, caption = (
            (self.group, f"{self._at_bot} compare {token}") if pick & 16 else (person.chat, f"compare {token}")
        )
        messages = person.sends_album(parts, caption=caption, order=order, to=to)
        self.heard += [message for message in messages[1:] if message.visible_to_bot]
        self._asked(token, messages[0])

    def _file(self, person: Person, pick: int) -> None:
        token = self._token()
        name = ("notes.txt", "table.csv", "прочти.md")[pick % 3]
        content = f"a,b\n{pick},2\n".encode()
        self._asked(token, person.sends_file(content, name=name, mime="text/plain", caption=f"read {token}"))

    def _reply(self, person: Person, pick: int) -> None:
        answers = [m for m in person.chat.messages[-20:] if m.out and m.media is None]
        if not answers:
            return self._text(person, pick)
        token = self._token()
        self._asked(token, person.says(f"and {token}?", reply_to=answers[pick % len(answers)]))
        return None

    def _in_group(self, person: Person, pick: int) -> None:
        token = self._token()
        self._asked(token, person.says(f"{self._at_bot} what about {token}?", to=self.group))

    def _in_topic(self, person: Person, pick: int) -> None:
        token = self._token()
        self._asked(token, person.says(f"{self._at_bot} what about {token}?", to=self.topics[pick % len(self.topics)]))

    # -- what is answered, too ---------------------------------------------------------------------------------

    def _wordless(self, person: Person, pick: int) -> None:
        if pick & 1:
            self._show(person.sends_photo(picture(pick)))
        else:
            self._show(person.sends_file(f"nothing but {pick}".encode(), name="silent.txt", mime="text/plain"))

    def _archive(self, person: Person, pick: int) -> None:
        name, content = archive(pick)
        if pick & 3:
            self._show(person.sends_file(content, name=name))
        else:
            token = self._token()
            self._asked(token, person.sends_file(content, name=name, caption=f"unpack {token}"))

    def _voice(self, person: Person, pick: int) -> None:
        token = self._token()
        words = f"tell me about {token}"
        self._asked(token, person.sends_voice(speech(words), lasts_s(words)))
        self.questions[-1].is_loose |= self.plan.asks_price

    def _place(self, person: Person, pick: int) -> None:
        self._show(person.shares_location(pick % 90, pick % 180))

    def _dice(self, person: Person, pick: int) -> None:
        self._show(person.rolls_dice("🎲", 1 + pick % 6))

    def _command(self, person: Person, pick: int) -> None:
        command = COMMANDS[pick % len(COMMANDS)]
        if command == "/retry":
            self._repeat(person.chat, *self._last_answered(person.chat))
        self._want(person.says(command))

    def _button(self, person: Person, pick: int) -> None:
        found = button_to_tap(person.chat, pick)
        if found is None:
            return
        message, button = found
        self._loosen(person.chat)
        named = [*answered(message), *ended(message)]  # of a long answer the buttons are under the last message
        named = named or [*self._unanswered(person.chat), *self._last_answered(person.chat, message)]
        self._repeat(person.chat, *named)
        if b"forget" in (button.data or b""):
            self._disturb(person.chat)
            self.forgotten.add(person.chat.id)
        self.turns += 1
        self.presses.append(person.presses(button, message))

    def _admin(self, person: Person, pick: int) -> None:
        self._want(self.admin.says(ADMIN_COMMANDS[pick % len(ADMIN_COMMANDS)]))

    def _picture(self, person: Person, pick: int) -> None:
        self._loosen(person.chat)
        self._want(person.says("/img a cat" if pick % 2 else "/img"))

    # -- who may ask -------------------------------------------------------------------------------------------

    def _stranger(self, person: Person, pick: int) -> None:
        stranger = self.strangers[(pick >> 4) % len(self.strangers)]
        if not (pick & 1 and self._taps(stranger, ACCESS, pick)):
            token = self._token()
            self._asked(token, stranger.says(("may I ask, " if pick & 6 else "/start ") + token))
            self.questions[-1].is_excused = True
            self.wordless.append(self.questions[-1].message)

    def _decide(self, person: Person, pick: int) -> None:
        self._taps(self.admin, DECISIONS, pick)

    def _taps(self, person: Person, names: tuple[str, ...], pick: int) -> bool:
        """Whether there is a button that says one of these."""
        found = button_that_says(person.chat, names, pick)
        if found is not None:
            self.turns += 1
            self.presses.append(person.presses(found[1], found[0]))
        return found is not None

    def _pause(self, person: Person, pick: int) -> None:
        self._want(self.admin.says("/pause"))

    def _resume(self, person: Person, pick: int) -> None:
        self._want(self.admin.says("/resume"))

    # -- what changes what was said, or nothing ----------------------------------------------------------------

    def _edit(self, person: Person, pick: int) -> None:
        if question := self._recent(person, pick, is_story) or self._recent(person, pick):
            question.may_double = question.is_excused = True
            person.edits(question.message, f"what about {question.token}, then? {pick % 100}")
            self.edited[question.message] = question.message.versions[-1].date

    def _delete(self, person: Person, pick: int) -> None:
        if question := self._recent(person, pick):
            person.deletes(question.message)
            self.deleted.append(question.message)

    def _stop(self, person: Person, pick: int) -> None:
        draft = person.chat.draft
        if draft is not None and draft.can_stop and pick % 2:
            person.stops_draft()
        else:
            self._want(person.says("/stop"))

    def _chatter(self, person: Person, pick: int) -> None:
        message = person.says(f"nobody asks the bot, {pick}", to=self.group)
        if message.visible_to_bot:
            self.heard.append(message)

    def _reaction(self, person: Person, pick: int) -> None:
        if person.chat.messages:
            person.reacts(person.chat.messages[-1], "👍")

    def _block(self, person: Person, pick: int) -> None:
        self._disturb(person.chat)
        person.blocks_bot()

    # -- what they share ---------------------------------------------------------------------------------------

    def _token(self) -> str:
        self._last_token = getattr(self, "_last_token", -1) + 1
        return f"Q{self._last_token:05}"

    def _asked(self, token: str, message: Message) -> None:
        asked = Question(token, _sender(message), message.chat, message, is_loose=self._is_loose(message.chat))
        self.questions.append(asked)
        self._by_token[token] = asked
        self._of_chat[message.chat.id].append(asked)
        self._want(message)

    def _want(self, message: Message) -> None:
        self.turns += 1
        self.heard.append(message)

    def _show(self, message: Message) -> None:
        self.wordless.append(message)
        self._want(message)

    def _loosen(self, chat: Chat) -> None:
        self._loose[chat.id] = len(self._of_chat[chat.id])

    def _is_loose(self, chat: Chat) -> bool:
        """Over when a question that was asked since then has been answered."""
        if chat.id not in self._loose:
            return False
        since = {question.token for question in self._of_chat[chat.id][self._loose[chat.id] :]}
        if since & {token for message in chat.messages[-RECENT:] for token in answered(message)}:
            del self._loose[chat.id]
            return False
        return True

    def _disturb(self, chat: Chat) -> None:
        unanswered = self._unanswered(chat)
        for question in self._of_chat[chat.id]:
            question.is_excused |= question.token in unanswered

    def _unanswered(self, chat: Chat) -> set[str]:
        said = {token for message in chat.messages for token in answered(message)}
        return {question.token for question in self._of_chat[chat.id]} - said

    def _last_answered(self, chat: Chat, until: Message | None = None) -> list[str]:
        """What was asked since may have been dropped, or deleted, and an answer have several messages."""
        said = [message for message in chat.messages if until is None or message.id <= until.id]
        return next((tokens for message in reversed(said) if (tokens := answered(message))), [])

    def _repeat(self, chat: Chat, *tokens: str) -> None:
        questions = self._of_chat[chat.id]
        asked = [one for one in questions if one.token in tokens]
        # a cut answer need not have come as far as the other question of its turn
        asked += [one for one in questions if one.together_with in asked]
        asked += [one.together_with for one in asked if one.together_with is not None]
        for question in questions[-NEAR:] + asked:
            question.may_double = True

    def _recent(self, person: Person, pick: int, fits: Callable[[Question], bool] = lambda _: True) -> Question | None:
        """One of the last; the very last if `pick` is odd."""
        own = [one for one in self._of_chat[person.chat.id][-RECENT:] if is_changeable(one) and fits(one)]
        if not own:
            return None
        return own[-1] if pick & 1 else own[(pick >> 1) % len(own)]

    _acts: ClassVar[dict[What, Callable[[Crowd, Person, int], None]]] = {
        "text": _text,
        "long": _long,
        "story": _story,
        "paste": _paste,
        "forward": _forward,
        "photo": _photo,
        "album": _album,
        "file": _file,
        "reply": _reply,
        "group": _in_group,
        "topic": _in_topic,
        "wordless": _wordless,
        "archive": _archive,
        "voice": _voice,
        "place": _place,
        "dice": _dice,
        "command": _command,
        "button": _button,
        "admin": _admin,
        "picture": _picture,
        "edit": _edit,
        "delete": _delete,
        "stop": _stop,
        "chatter": _chatter,
        "reaction": _reaction,
        "block": _block,
        "stranger": _stranger,
        "decide": _decide,
        "pause": _pause,
        "resume": _resume,
    }


def _sender(message: Message) -> Person:
    assert isinstance(message.sender, Person)
    return message.sender
