"""What was edited is another text in a redacted recording, too, however little was changed."""

from __future__ import annotations

from base64 import b64encode

import anyio
import pytest

from actors.vocabulary import vocabulary
from engine.recording.beginnings import NEVER
from engine.recording.known import known_in
from engine.recording.lines import AnyLine, Update, encode
from engine.recording.redact import Redaction
from engine.sandbox.openai import LocalOpenAI
from engine.telegram.recorded import read_packet
from engine.testing.chat import BotUnderTest, Someone, quiet
from tests.engine.test_middles import answered, lines_of, moments, replays
from tests.house import rows

pytestmark = pytest.mark.anyio

VERSIONS = (
    ("Explain option A", "Explain option B"),
    ("Explain option A", "Explain option B", "Explain option C", "Explain option A"),
    ("What is new on page 7?", "What is new on page 8?"),
    ("Вариант А, пожалуйста", "Вариант Б, пожалуйста"),
    ("x", "y", "z"),
)


def redacted(lines: list[AnyLine]) -> list[AnyLine]:
    """With stand-ins."""
    return list(Redaction(b"secret", vocabulary(), known_in(lines)).redacted(lines))


async def changes(bot: BotUnderTest, query: str) -> None:
    """Something happens to the bot's database."""
    assert bot.running is not None
    await bot.running.database.write(lambda db: db.execute(query).rowcount)


def texts(lines: list[AnyLine]) -> list[str]:
    """What messages say, in the order in which they came."""
    packets = [read_packet(line.tl) for line in lines if isinstance(line, Update)]
    return [packet.updates[0].message.message for packet in packets]


@pytest.mark.parametrize("versions", VERSIONS)
async def test_an_edit_of_a_letter_is_an_edit(versions: tuple[str, ...], alice: Someone, bot: BotUnderTest) -> None:
    message = await alice.says(versions[0])
    await bot.next_message(alice)
    await quiet()
    for version in versions[1:]:
        await alice.edits(message, version)
        await quiet()
    lines = await lines_of(bot)
    for since in [None, *await moments(bot)]:
        one = await lines_of(bot, since=since)
        await replays(redacted(one), since)
    made = texts(redacted(lines))
    assert texts(lines) == list(versions)
    alike = zip(versions, made, strict=True)
    assert len(set(alike)) == len(set(versions)) == len(set(made)), "the same for the same, another for another"
    assert [len(one.encode("utf-16-le")) for one in made] == [len(one.encode("utf-16-le")) for one in versions]
    written = b"".join(map(encode, redacted(lines)))
    assert not [one for one in versions if len(one) > 1 and one.encode() in written]
    assert not [one for one in versions if len(one) > 1 and b64encode(one.encode()) in written]


@pytest.mark.parametrize("versions", VERSIONS)
async def test_an_edit_whose_update_is_not_kept_is_an_edit(
    versions: tuple[str, ...], alice: Someone, bot: BotUnderTest
) -> None:
    message = await alice.says(versions[0])
    await bot.next_message(alice)
    await quiet()
    for version in versions[1:]:
        await alice.edits(message, version)
        await quiet()
    ((first,),) = await rows(bot, "SELECT min(received_at) FROM recorded_updates")
    for kept_from in (first + 1, NEVER):  # the first one is gone; all are
        await changes(bot, f"DELETE FROM recorded_updates WHERE received_at < {kept_from}")
        for since in [None, *await moments(bot)]:
            await replays(redacted(await lines_of(bot, since=since)), since)
    written = b"".join(map(encode, redacted(await lines_of(bot))))
    assert not [one for one in versions if len(one) > 1 and one.encode() in written]


async def test_an_edit_that_waits_where_the_recording_begins_is_an_edit(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    model.takes(seconds=30, times=3)
    for text in ("A long story", "Explain option A"):
        message = await alice.says(text)
        await anyio.sleep(2)
    for text in ("Explain option B", "Explain option A", "Explain option C"):
        await alice.edits(message, text)
        await anyio.sleep(2)
    await anyio.sleep(120)
    await quiet()
    for are_kept in (True, False):
        if not are_kept:
            await changes(bot, "DELETE FROM recorded_updates")
        for since in await moments(bot):
            await replays(redacted(await lines_of(bot, since=since)), (since, are_kept))


async def test_two_messages_of_a_letter_are_the_same(alice: Someone, bot: BotUnderTest) -> None:
    for text in ("Explain option A", "Explain option B"):
        await answered(alice, text, bot)
    first, second = texts(redacted(await lines_of(bot)))
    assert first == second, "who collects them has no alphabet"


async def test_only_the_changed_word_is_another(alice: Someone, bot: BotUnderTest) -> None:
    message = await alice.says("Explain option A now")
    await bot.next_message(alice)
    await alice.edits(message, "Explain option B now")
    await quiet()
    first, second = (one.split() for one in texts(redacted(await lines_of(bot))))
    assert [one == other for one, other in zip(first, second, strict=True)] == [True, True, False, True]
