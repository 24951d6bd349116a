"""The chart's own rules: what a table may not be, and what firing does and does not do."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from engine.core.chart import EVERY, SAME, Chart, ChartError, Outcome, Row
from engine.core.events import Event, MessagesDeleted, TimedOut

NOW = datetime(2026, 11, 24, tzinfo=UTC)
RANG = TimedOut(at=NOW, timer="tea")


@dataclass(frozen=True)
class Kettle:
    """A conversation with a kettle."""

    state: str = "cold"
    cups: int = 0


def step(kettle: Kettle, event: Event, context: Any) -> Outcome[Kettle]:
    """One more cup."""
    return Outcome(replace(kettle, cups=kettle.cups + 1))


def fail(kettle: Kettle, event: Event, context: Any) -> Outcome[Kettle]:
    """Breaks."""
    raise RuntimeError("no water")


def is_allowed(kettle: Kettle, event: Event, context: Any) -> bool:
    """What the context says."""
    return bool(context)


def chart(*rows: Row[Kettle, Any]) -> Chart[Kettle, Any]:
    return Chart(("cold", "hot"), rows, with_state=lambda kettle, state: replace(kettle, state=state))


def test_the_first_row_whose_guard_agrees_is_taken() -> None:
    table = chart(
        Row("cold", TimedOut, is_allowed, step, "hot"),
        Row("cold", TimedOut, None, step, SAME),
        Row("hot", TimedOut, None, step, "cold"),
    )
    assert table.fire(Kettle(), RANG, True).conversation == Kettle("hot", 1)
    assert table.fire(Kettle(), RANG, False).conversation == Kettle("cold", 1)


def test_a_step_that_raises_changes_nothing() -> None:
    table = chart(Row(EVERY, TimedOut, None, fail, "hot"))
    kettle = Kettle()
    with pytest.raises(RuntimeError, match="no water"):
        table.fire(kettle, RANG, None)
    assert kettle == Kettle()


def test_a_pair_without_an_answer_is_refused() -> None:
    with pytest.raises(ChartError, match="hot does not answer TimedOut in every case"):
        chart(Row("cold", TimedOut, None, step, "hot"))


def test_a_pair_with_guarded_answers_only_is_refused() -> None:
    with pytest.raises(ChartError, match="hot does not answer TimedOut in every case"):
        chart(Row("cold", TimedOut, None, step, SAME), Row("hot", TimedOut, is_allowed, step, SAME))


def test_a_row_that_can_never_be_taken_is_refused() -> None:
    with pytest.raises(ChartError, match="can never be taken"):
        chart(
            Row("cold", TimedOut, None, step, SAME),
            Row("cold", TimedOut, is_allowed, step, SAME),
            Row("hot", TimedOut, None, step, SAME),
        )


def test_a_state_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ChartError, match="lukewarm is no state"):
        chart(Row(EVERY, TimedOut, None, step, "lukewarm"))


def test_a_row_for_every_state_gives_way_to_a_states_own_row() -> None:
    table = chart(Row("hot", TimedOut, None, step, "cold"), Row(EVERY, TimedOut, None, step, SAME))
    assert table.fire(Kettle("hot"), RANG, None).conversation.state == "cold"
    assert table.fire(Kettle("cold"), RANG, None).conversation.state == "cold"


def test_an_event_that_the_table_does_not_know_is_an_error() -> None:
    table = chart(Row(EVERY, TimedOut, None, step, SAME))
    with pytest.raises(KeyError):
        table.fire(Kettle(), MessagesDeleted(at=NOW, message_ids=(1,)), None)
