"""A recording of the admins' desk alone also tells whom others have brought since, and what lies in quarantine."""

from __future__ import annotations

from typing import Any

import pytest

from actors.vocabulary import vocabulary
from engine.recording.lines import AnyLine, Changed, House
from engine.recording.redact import Redaction
from engine.testing.chat import BotUnderTest, Someone, quiet
from tests.conversations.test_desk_figures_quarantine import mend, quarantined
from tests.engine.test_middles import answered, lines_of, moments, replays
from tests.house import rows

pytestmark = pytest.mark.anyio


async def desk_alone(bot: BotUnderTest) -> list[AnyLine]:
    """What led to the desk's last event. It replays as it was, with stand-ins, too."""
    await quiet()
    ((last,),) = await rows(bot, "SELECT max(id) FROM inbox WHERE conversation = 'desk'")
    lines = await lines_of(bot, event=last)
    await replays(lines, last)
    await replays(list(Redaction(b"key", vocabulary()).redacted(lines)), "redacted")
    return lines


def changed(lines: list[AnyLine], name: str) -> list[dict[str, Any]]:
    """What a table's rows have become."""
    return [line.row for line in lines if isinstance(line, Changed) and line.name == name]


async def test_people_who_came_later_are_found(alice: Someone, admin: Someone, bot: BotUnderTest) -> None:
    await answered(admin, "/users", bot)
    await answered(alice, "Hello", bot)
    await answered(admin, "/users alice", bot)
    lines = await desk_alone(bot)
    assert [row["name"] for row in changed(lines, "people")] == ["Alice"]
    assert [row["key"] for row in changed(lines, "conversations")] == [str(alice.id)]


async def test_people_have_the_names_of_that_time(alice: Someone, admin: Someone, bot: BotUnderTest) -> None:
    await answered(alice, "Hello", bot)
    await answered(admin, "/users", bot)
    for name in ("Alicia", "Alix"):
        alice.person.name = name
        del alice.person.tl  # made anew with that name
        await answered(alice, "Hello again", bot)
        await answered(admin, "/users ali", bot)
    lines = await desk_alone(bot)
    assert [row["name"] for row in changed(lines, "people")] == ["Alicia", "Alix"]


async def test_what_is_put_into_quarantine_later_is_listed(alice: Someone, admin: Someone, bot: BotUnderTest) -> None:
    await answered(admin, "/users", bot)
    await quarantined(bot, alice, admin)
    await admin.says("/quarantine")
    await bot.says("⚠️ 1 event could not be handled", to=admin)
    lines = await desk_alone(bot)
    assert [row["status"] for row in changed(lines, "inbox")] == ["quarantined"]


@pytest.mark.parametrize("is_mended", [True, False])
async def test_what_was_tried_again_is_in_quarantine_until_then(
    alice: Someone, admin: Someone, bot: BotUnderTest, is_mended: bool
) -> None:
    await quarantined(bot, alice, admin)
    assert bot.running is not None
    if is_mended:
        await bot.running.database.write(mend)
    await admin.says("/quarantine")
    message = await bot.says("⚠️ 1 event could not be handled", to=admin)
    await admin.presses(message.buttons[0].text)
    await quiet()
    await answered(admin, "/quarantine", bot)
    lines = await desk_alone(bot)
    (house,) = (line for line in lines if isinstance(line, House))
    assert [row["status"] for row in house.rows["inbox"]] == ["quarantined"]
    assert [row["status"] for row in changed(lines, "inbox")] == ["done" if is_mended else "quarantined"]


async def test_what_was_dropped_is_in_quarantine_where_a_recording_begins_before(
    alice: Someone, admin: Someone, bot: BotUnderTest
) -> None:
    await quarantined(bot, alice, admin)
    await admin.says("/quarantine")
    message = await bot.says("could not be handled", to=admin)
    await admin.presses(message.buttons[1].text)
    await quiet()
    await answered(admin, "/quarantine", bot)
    held = []
    for since in await moments(bot):
        lines = await lines_of(bot, since=since)
        await replays(lines, since)
        held += [len(line.rows.get("inbox", ())) for line in lines if isinstance(line, House)]
    assert set(held) == {0, 1}
    assert held[-1] == 0
