"""Web search: on by default, with the sources below the answer."""

from __future__ import annotations

import pytest

from engine.sandbox.openai import LocalOpenAI
from engine.testing.chat import BotUnderTest, Someone
from engine.testing.ledger import Ledger

pytestmark = pytest.mark.anyio


async def test_the_sources_stand_under_the_answer(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, ledger: Ledger
) -> None:
    sources = [("Riga", "https://example.org/riga"), ("", "https://example.com/latvia")]
    model.searches("weather riga", sources)
    model.says("It rains in Riga.")
    await alice.says("Weather in Riga?")
    message = await bot.says("It rains in Riga.")
    assert "2 sources" in message.text
    assert "example.com" in message.text
    assert "MessageEntityTextUrl" in [type(entity).__name__ for entity in message.entities]
    quotes = [entity for entity in message.entities if type(entity).__name__ == "MessageEntityBlockquote"]
    assert quotes[0].collapsed
    (line,) = await ledger.lines()
    assert line["web_searches"] == 1


async def test_a_source_that_is_no_page_is_no_link(alice: Someone, bot: BotUnderTest, model: LocalOpenAI) -> None:
    model.searches("x", [("Click me", "javascript:alert(1)")])
    model.says("Look.")
    await alice.says("Look?")
    message = await bot.says("Look.")
    assert "MessageEntityTextUrl" not in [type(entity).__name__ for entity in message.entities]


async def test_nobody_is_taken_for_an_american(alice: Someone, bot: BotUnderTest, model: LocalOpenAI) -> None:
    await alice.says("hello")
    await bot.next_message()
    (tool,) = model.requests[-1].body["tools"]
    assert tool["user_location"] == {"type": "approximate"}


async def test_a_source_that_is_no_address_costs_no_answer(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    model.searches("weather riga", [("", "https://[x"), ("Riga", "https://example.org/riga")])
    model.says("It rains.")
    await alice.says("What is the weather in Riga?")
    message = await bot.next_message()
    assert "It rains." in message.text
    assert "Riga" in message.text
