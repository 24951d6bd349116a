"""Where the typist sits: as whom and where they write, and the numbers of the buttons that they see there."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import partial
from itertools import count
from string import ascii_lowercase

from engine.sandbox.telegram import Draft, Message, Person, Press, Topic
from engine.sandbox.terminal.stage import Place, Stage


@dataclass(frozen=True)
class Choice:
    """A button on the screen, with the number that presses it."""

    number: int
    label: str
    on: Message | None
    """its message; None: the draft"""
    press: Callable[[], object]

    @property
    def sign(self) -> str:
        """As it is shown."""
        return f"[{self.number}] {self.label}"


class Seat:
    """One person in one place."""

    def __init__(self, stage: Stage, person: Person) -> None:
        self.stage = stage
        self.person = person
        self.place: Place = person.chat
        self.presses: list[Press] = []
        """Presses whose answers have not been shown."""
        self._numbers: dict[Hashable, int] = {}
        self._stopped: set[int] = set()

    def move(self, person: Person, place: Place) -> None:
        """Somebody else, or somewhere else. Raises LookupError where they have no place there."""
        members = place.chat.members if isinstance(place, Topic) else place.members
        if person not in members:
            raise LookupError(f"{person.name} is not in {place.title}")
        self.person, self.place = person, place

    @property
    def is_private(self) -> bool:
        """Whether nobody else is here but the bot."""
        return self.place is self.person.chat

    @property
    def conversation(self) -> str:
        """The key of the conversation of this place."""
        if isinstance(self.place, Topic):
            return f"{self.place.chat.id}:{self.place.id}"
        return f"{self.place.id}"

    @property
    def name(self) -> str:
        """Where this is, for people."""
        if self.is_private:
            return "private chat"
        return f"{self.place.chat.title} › {self.place.title}" if isinstance(self.place, Topic) else self.place.title

    def says(self, text: str, reply_to: Message | None = None) -> None:
        """Sends a text."""
        self.stage.say(self.person, text, self.place, reply_to)

    def sends(self, act: Callable[[Person, Place], list[Message]]) -> None:
        """Sends anything else."""
        self.stage.expect(act(self.person, self.place))

    @property
    def draft(self) -> Draft | None:
        """What the bot is writing here."""
        return self.place.draft

    def is_stopped(self, draft: Draft) -> bool:
        """Whether the draft's Stop has been pressed."""
        return draft.random_id in self._stopped

    # -- buttons and keys --------------------------------------------------------------------------------------

    def choices(self) -> list[Choice]:
        """The buttons of this place that can be pressed now; a button keeps its number while it is there."""
        found: dict[Hashable, tuple[str, Message | None, Callable[[], object]]] = {}
        for message in self.place.messages:
            for at, button in enumerate(message.buttons):
                found[message, at, button.data] = (button.text, message, partial(self._press, message, at))
        draft = self.draft
        if draft is not None and draft.can_stop and not self.is_stopped(draft):
            found[draft.random_id] = ("Stop", None, self._stop_draft)
        self._numbers = {key: number for key, number in self._numbers.items() if key in found}
        for key in found:
            taken = set(self._numbers.values())
            free = next(number for number in count(1) if number not in taken)
            self._numbers.setdefault(key, free)
        return [Choice(self._numbers[key], label, on, press) for key, (label, on, press) in found.items()]

    def keyboard(self) -> dict[str, str]:
        """The words of the reply keyboard by the letter that taps them."""
        words = [word for row in self.place.reply_keyboard for word in row]
        return dict(zip(ascii_lowercase, words, strict=False))

    def taps(self, letter: str) -> None:
        """Taps a key. Raises LookupError."""
        self.says(self.keyboard()[letter])

    def stop(self) -> str:
        """Stops what is being written, in the way that is there; the word for it."""
        draft = self.draft
        if draft is not None and draft.can_stop:
            self._stop_draft()
            return "pressed the draft's Stop"
        stop = next((choice for choice in self.choices() if "⏹" in choice.label), None)
        if stop is not None:
            stop.press()
            return f"pressed {stop.label}"
        self.says("/stop")
        return ""

    def _press(self, message: Message, at: int) -> None:
        self.presses.append(self.person.presses(at, message))

    def _stop_draft(self) -> None:
        self._stopped.add(self.person.stops_draft(to=self.person.chat).random_id)
