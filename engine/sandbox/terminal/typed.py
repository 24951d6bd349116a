"""What a typed line means: a text, the number of a button, or a command of the terminal's own (`:help`)."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path

from engine.sandbox.openai import INSTANT, LIFELIKE, Pace
from engine.sandbox.telegram import Message
from engine.sandbox.terminal.attaching import attaching
from engine.sandbox.terminal.command import Command, Quit, Unclear
from engine.sandbox.terminal.seat import Seat

LOG_LINES = 15
DEFAULT_S = 3.0
"""How long a fault lasts unless told otherwise."""
QUICK = Pace(first_token_s=0.2, per_delta_s=0.01, delta_chars=12)
PACES = {"instant": INSTANT, "quick": QUICK, "lifelike": LIFELIKE, "slow": Pace(first_token_s=2, per_delta_s=0.3)}


class Typed:
    """Carries out what the typist types."""

    def __init__(self, seat: Seat, log: Path) -> None:
        self._seat = seat
        self._stage = seat.stage
        self._log = log
        self.commands = {
            "help": Command("", "this list", lambda _: self.help()),
            "stop": Command("", "press Stop", lambda _: seat.stop()),
            "as": Command("|".join(seat.stage.people), "write as somebody else", self._as),
            "private": Command("", "write to the bot in private", lambda _: self._go(private=True)),
            "group": Command("", "write in a group (the bot hears @gpttg_bot, replies and commands)", self._to_group),
            "topic": Command("", "write in a topic of the group", lambda _: self._go(topic=True)),
            "reply": Command("TEXT", "reply to the bot's last message", self._reply),
            **attaching(seat),
            "edit": Command("TEXT", "change your last message, or its caption", self._edit),
            "delete": Command("", "delete your last message", self._delete),
            "say": Command("TEXT", "say it as it is, a number or a colon in front too", seat.says),
            "model": Command("TEXT", "what the model answers next (\\n: a new line)", self._model),
            "pace": Command("|".join(PACES), "how fast the model writes from now on", self._pace),
            "fault": Command("NAME [SECONDS]", "what is to go wrong next; :fault alone lists it", self._fault),
            "menu": Command("", "the bot's commands, as Telegram shows them", lambda _: self._menu()),
            "kill": Command("", "end the bot where it is and start it again: nothing is lost", self._kill),
            "log": Command("", "the end of the bot's log", lambda _: self._tail()),
            "quit": Command("", "leave (Ctrl-D too)", self._quit),
        }

    async def take(self, line: str) -> str:
        """Does what the line says; the note to show, '' for none. Raises Quit, and Unclear."""
        text = line.strip()
        try:
            if not text.startswith(":") or text == ":":
                return self._plain(text)
            name, _, argument = text[1:].partition(" ")
            return await self._command(name, argument.strip())
        except (LookupError, ValueError) as impossible:
            raise Unclear(str(impossible).splitlines()[0]) from impossible

    def help(self) -> str:
        """All commands, a line each."""
        lines = [f":{name} {command.argument}".ljust(36) + command.does for name, command in self.commands.items()]
        return "\n".join(
            [
                "1, 2, … (:1 too)".ljust(36) + "press a button",
                ":a, :b, …".ljust(36) + "tap a word of the keyboard",
                *lines,
            ]
        )

    def _plain(self, text: str) -> str:
        if text.isdecimal() and self._press(int(text)):
            return ""
        if text:
            self._seat.says(text)
        return ""

    async def _command(self, name: str, argument: str) -> str:
        if name.isdecimal():
            if not self._press(int(name)):
                raise Unclear(f"there is no button {name}")
            return ""
        if name in self._seat.keyboard():
            self._seat.taps(name)
            return ""
        if name not in self.commands:
            raise Unclear(f"there is no :{name} (:help)")
        done = self.commands[name].act(argument)
        return (await done if inspect.isawaitable(done) else done) or ""

    def _press(self, number: int) -> bool:
        choice = next((choice for choice in self._seat.choices() if choice.number == number), None)
        if choice is None:
            return False
        choice.press()
        return True

    # -- commands ----------------------------------------------------------------------------------------------

    def _as(self, name: str) -> str:
        person = self._stage.people.get(name.lower())
        if person is None:
            raise Unclear(f"who? {', '.join(self._stage.people)}")
        self._seat.move(person, person.chat if self._seat.is_private else self._seat.place)
        return f"you are {person.name} now"

    def _to_group(self, _: str) -> str:
        return self._go()

    def _go(self, *, private: bool = False, topic: bool = False) -> str:
        there = self._stage.topic() if topic else self._stage.group()
        self._seat.move(self._seat.person, self._seat.person.chat if private else there)
        return f"you are in {self._seat.name} now"

    def _reply(self, text: str) -> None:
        self._seat.says(text, reply_to=self._last(out=True))

    def _edit(self, text: str) -> None:
        self._seat.person.edits(self._last(out=False), text)

    def _delete(self, _: str) -> None:
        self._seat.person.deletes(self._last(out=False))

    def _last(self, *, out: bool) -> Message:
        sender = self._stage.telegram.bot if out else self._seat.person
        found = [m for m in self._seat.place.messages if m.sender is sender and m.action is None]
        if not found:
            raise Unclear("there is no such message yet")
        return found[-1]

    def _model(self, text: str) -> str:
        self._stage.model.says(text.replace("\\n", "\n"))
        return "that is what the model answers next"

    def _pace(self, name: str) -> str:
        if name not in PACES:
            raise Unclear(f"one of {', '.join(PACES)}")
        self._stage.model.speed = PACES[name]
        return f"the model is {name} from now on"

    def _menu(self) -> str:
        menu = self._stage.telegram.commands
        language = self._seat.person.language
        offered = menu.get(("users", language)) or menu.get(("users", "")) or menu.get(("default", ""), [])
        return "\n".join(f"/{command.command}".ljust(12) + command.description for command in offered)

    async def _kill(self, _: str) -> str:
        await self._stage.kill()
        return "the bot was killed and runs again"

    def _tail(self) -> str:
        lines = self._log.read_text("utf-8").splitlines() if self._log.exists() else []
        return "\n".join(lines[-LOG_LINES:]) or "the log is empty"

    def _quit(self, _: str) -> None:
        raise Quit

    # -- faults ------------------------------------------------------------------------------------------------

    def _faults(self) -> dict[str, tuple[str, Callable[[float], object]]]:
        telegram, model = self._stage.telegram.faults, self._stage.model
        return {
            "flood": ("Telegram takes no message from the bot for {s:g} s", self._flood),
            "lost": ("the connection to Telegram breaks now", lambda _: telegram.drop_connections()),
            "rich": ("Telegram refuses the next rich message", lambda _: telegram.refuse_rich(times=1)),
            "expired": ("all files need a new reference", lambda _: telegram.expire_file_references()),
            "slowfiles": ("Telegram gives and takes no file for {s:g} s", self._slow_files),
            "twice": ("Telegram tells of the next message twice", lambda _: telegram.duplicate_updates()),
            "429": ("OpenAI: too many requests, try again in {s:g} s", lambda s: model.fails(429, retry_after_s=s)),
            "500": ("OpenAI: an error of the server, once", lambda _: model.fails(500)),
            "down": ("OpenAI is down for {s:g} s", lambda s: model.outage(seconds=s)),
            "quota": ("OpenAI: no money left", lambda _: model.fails(429, "insufficient_quota")),
            "cut": ("the connection to OpenAI breaks in the middle of the answer", lambda _: model.cuts(20)),
            "forget": ("OpenAI forgets all conversations", lambda _: model.forgets()),
            "short": ("the next answer reaches its limit half-way", lambda _: model.incomplete()),
            "thought": ("the next answer reaches its limit before its first word", self._think_only),
        }

    def _flood(self, seconds: float) -> None:
        self._stage.telegram.faults.flood_wait(round(seconds), request="sendMessage")

    def _think_only(self, _: float) -> None:
        self._stage.model.says_nothing()
        self._stage.model.incomplete()

    def _slow_files(self, seconds: float) -> None:
        for request in ("getFile", "saveFilePart", "saveBigFilePart"):
            self._stage.telegram.faults.flood_wait(round(seconds), request=request)

    def _fault(self, argument: str) -> str:
        name, _, seconds = argument.partition(" ")
        faults = self._faults()
        if name not in faults:
            lines = [f":fault {each}".ljust(18) + says.format(s=DEFAULT_S) for each, (says, _) in faults.items()]
            return "\n".join([*lines, "(:fault 429 8 for other seconds)"])
        says, act = faults[name]
        lasting_s = float(seconds or DEFAULT_S)
        act(lasting_s)
        return f"fault: {says.format(s=lasting_s)}"
