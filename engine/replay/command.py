"""`gpttg replay`: a recording runs, and is told as it runs."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import anyio

from engine.ai.client import openai_client
from engine.core.money import dollars, nanousd
from engine.recording.files import read_lines
from engine.recording.lines import Event
from engine.replay.anew import Account, Anew
from engine.replay.cast import Casting, own_actors
from engine.replay.check import faults
from engine.replay.compare import first_difference
from engine.replay.ground import InlineDatabase
from engine.replay.model import Model
from engine.replay.run import replaying, settings_for_asking
from engine.replay.script import Script
from engine.replay.sides import beside
from engine.replay.transcript import Transcript
from engine.sandbox.openai import LocalOpenAI
from engine.sandbox.openai.service import SANDBOX_KEY


@asynccontextmanager
async def asking(model: Model, env_file: Path, budget_usd: float) -> AsyncIterator[Anew | None]:
    """Whom a replay asks for its answers, for the length of the block; None: nobody.

    Raises ConfigurationError where OPENAI_API_KEY is missing.
    """
    if model is Model.RECORDED:
        yield None
        return
    if model is Model.SANDBOX:
        openai, account = openai_client(SANDBOX_KEY, transport=LocalOpenAI().transport()), Account(None)
    else:
        settings = settings_for_asking(env_file)
        key = settings.openai_api_key.get_secret_value()
        openai, account = openai_client(key, settings.openai_base_url), Account(nanousd(budget_usd))
    try:
        yield Anew(openai, account)
    finally:
        with anyio.CancelScope(shield=True):
            await openai.close()


async def replay_and_tell(
    file: Path,
    say: Callable[[str], None],
    casting: Casting = own_actors,
    *,
    until: int | None,
    in_real_time: bool,
    strict: bool,
    checks: bool = False,
    model: Model = Model.RECORDED,
    env_file: Path = Path(".env"),
    budget_usd: float = 0.0,
) -> bool:
    """Replays a file; False if `strict` and it came out otherwise than recorded, if `checks` and what must hold of
    the tables at rest does not, or if the budget was used up.

    Raises ConfigurationError for what is no recording.
    """
    script = Script(await anyio.to_thread.run_sync(lambda: list(read_lines(file))))
    if until is not None:
        script = script.until(until)
    gc.freeze()  # the recording stays: the collector need not walk through it again and again
    transcript = Transcript(say)
    pace = _Pace()

    async def told(database: InlineDatabase, event: Event) -> None:
        if in_real_time:
            await pace.keep(event)
        await transcript.told(database, event)

    async with asking(model, env_file, budget_usd) as anew, replaying(script, casting, told, anew) as replayed:
        for event in replayed.missing:
            say(f"event {event.id} ({event.key}) did not come")
        difference = await first_difference(replayed) if strict else None
        found = await faults(replayed) if checks else []
    for fault in found:
        say(fault)
    if difference is not None:
        for line in beside(difference):
            say(line)
        return False
    if strict:
        say(f"as recorded: {len(script.events)} events")
    if checks and not found:
        say("in order: nothing is left open, doubled or out of order")
    is_within_budget = anew is None or _account_told(anew.account, say)
    return is_within_budget and not found


async def faults_of(file: Path) -> list[str]:
    """What does not hold of the tables (engine.replay.check) after a recording has run.

    Raises ConfigurationError for what is no recording.
    """
    script = Script(await anyio.to_thread.run_sync(lambda: list(read_lines(file))))
    async with replaying(script, own_actors) as replayed:
        return await faults(replayed)


def _account_told(account: Account, say: Callable[[str], None]) -> bool:
    """What asking anew has cost; False if the budget was used up."""
    kept = f", {account.kept} ended as recorded (stopped, or about files)" if account.kept else ""
    bound = "" if account.budget_nanousd is None else f" of {dollars(account.budget_nanousd)}"
    cost = "no money" if account.budget_nanousd is None else dollars(account.spent_nanousd)
    say(f"asked anew: {account.asked}{kept}; {cost}{bound}")
    if account.refusal:
        say(f"the replay ends here: {account.refusal}")
    return not account.refusal


class _Pace:
    """Waits until an event's time has come, counted from the first one's."""

    def __init__(self) -> None:
        self._first: Event | None = None
        self._began_s = 0.0

    async def keep(self, event: Event) -> None:
        """Returns when it is time for this event."""
        if self._first is None:
            self._first, self._began_s = event, anyio.current_time()
        due_s = (event.received_at - self._first.received_at).total_seconds()
        await anyio.sleep(max(0.0, self._began_s + due_s - anyio.current_time()))
