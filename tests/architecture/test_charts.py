"""The charts: every state answers every event, and their drawings are as they are."""

from __future__ import annotations

from typing import Any

import pytest

from actors import conversation, events
from actors.desk import chart as desk
from actors.desk import events as desk_events
from actors.desk.meanings import MEANINGS, NotForThem, NothingMeant
from engine.core.chart import EVERY, SAME, Chart, ChartError, Outcome, Row
from engine.core.drawing import drawn
from engine.core.events import MessagesDeleted, TimedOut
from tests.architecture.source import ROOT

READ_AS_SOMETHING_ELSE = {"CommandReceived", "ButtonPressed", "DraftStopped", "DeskCommanded"}
"""What `actors.interpret` and `actors.desk.meanings` always turn into another event before the chart is asked."""

CHARTS: dict[str, Chart[Any, Any]] = {"conversation": conversation.CHART, "desk": desk.CHART}
EACH = pytest.mark.parametrize("chart", CHARTS.values(), ids=CHARTS)


@EACH
def test_every_state_answers_every_event_in_every_case(chart: Chart[Any, Any]) -> None:
    answered = {(row.source, row.event) for row in chart.rows if row.guard is None}
    assert answered == {(state, event) for state in chart.states for event in chart.events}


@pytest.mark.parametrize(
    ("chart", "stored"), [(conversation.CHART, events.STORED), (desk.CHART, desk_events.STORED)], ids=CHARTS
)
def test_every_event_that_can_be_stored_is_known_to_the_chart(chart: Chart[Any, Any], stored: Any) -> None:
    names = {event.__name__ for event in stored.__args__}
    assert names - READ_AS_SOMETHING_ELSE <= {event.__name__ for event in chart.events}


def test_all_that_admins_can_tell_the_desk_is_known_to_its_chart() -> None:
    assert {*MEANINGS.values(), NotForThem, NothingMeant} <= set(desk.CHART.events)


def test_the_states_that_the_design_names_are_there() -> None:
    assert set(conversation.CHART.states) >= {"idle", "awaiting_caption", "transcribing", "generating"}


@EACH
def test_every_state_can_be_left_and_reached(chart: Chart[Any, Any]) -> None:
    moves = {(row.source, row.destination) for row in chart.rows if row.source != row.destination}
    assert {source for source, _ in moves} == set(chart.states)
    assert {destination for _, destination in moves} >= set(chart.states[:1])


@EACH
def test_guards_ask_and_steps_do(chart: Chart[Any, Any]) -> None:
    for row in chart.table:
        assert row.guard is None or row.guard.__name__.startswith(("is_", "can_", "has_"))
        assert not row.step.__name__.startswith(("is_", "can_", "has_", "on_", "handle_"))


@pytest.mark.parametrize(
    ("name", "title", "source"),
    [
        ("conversation", "A conversation", "actors/conversation.py"),
        ("desk", "The admins' desk", "actors/desk/chart.py"),
    ],
)
def test_the_drawing_is_not_stale(name: str, title: str, source: str) -> None:
    path = ROOT / "docs" / "charts" / f"{name}.md"
    assert path.read_text("utf-8") == drawn(title, source, CHARTS[name]), f"{path} is stale: run make docs"


def test_a_chart_is_drawn_with_its_guards_and_its_shared_rows() -> None:
    page = drawn("A lamp", "lamp.py", lamp())
    assert "    off --> on : MessagesDeleted [is_dark] / switch" in page
    assert "| TimedOut |  | rest | off |" in page
    assert "| MessagesDeleted | [is_dark] switch → on<br>rest | rest |" in page
    assert page == drawn("A lamp", "lamp.py", lamp())


def test_a_pair_that_is_left_open_is_an_error_when_the_chart_is_built() -> None:
    with pytest.raises(ChartError, match="on does not answer TimedOut in every case"):
        chart_of(Row("off", TimedOut, None, rest, SAME))


def test_a_row_that_can_never_be_taken_is_an_error_when_the_chart_is_built() -> None:
    with pytest.raises(ChartError, match="a row for TimedOut in off can never be taken"):
        chart_of(Row("off", TimedOut, None, rest, SAME), Row("off", TimedOut, is_dark, switch, "on"))


def test_a_state_that_is_not_declared_is_an_error_when_the_chart_is_built() -> None:
    with pytest.raises(ChartError, match="broken is no state of this chart"):
        chart_of(Row(EVERY, TimedOut, None, rest, "broken"))


def is_dark(c: Any, event: Any, context: Any) -> bool:
    """For the lamp."""
    return True


def switch(c: Any, event: Any, context: Any) -> Outcome[Any]:
    """For the lamp."""
    return Outcome(c)


def rest(c: Any, event: Any, context: Any) -> Outcome[Any]:
    """For the lamp."""
    return Outcome(c)


def chart_of(*rows: Row[Any, Any]) -> Chart[Any, Any]:
    """A chart of two states."""
    return Chart(("off", "on"), rows, with_state=lambda c, state: c)


def lamp() -> Chart[Any, Any]:
    """A chart that has everything that is drawn."""
    return chart_of(
        Row("off", MessagesDeleted, is_dark, switch, "on"),
        Row(EVERY, MessagesDeleted, None, rest, SAME),
        Row(EVERY, TimedOut, None, rest, "off"),
    )
