"""The corpus: recordings of all features, replayed strictly. `make recordings` makes them anew."""

from __future__ import annotations

from collections import Counter

import pytest

from engine.recording.files import read_lines
from engine.recording.lines import Header
from engine.replay.command import faults_of
from tests.corpus import CORPUS
from tests.replaying import RECORDINGS, replays_as_recorded

pytestmark = pytest.mark.anyio


def test_there_is_a_recording_of_each_feature_and_no_other() -> None:
    assert sorted(path.stem for path in RECORDINGS.glob("*.jsonl")) == sorted(CORPUS)
    assert max(Counter(CORPUS.values()).values()) == 1


@pytest.mark.parametrize("name", sorted(CORPUS))
async def test_a_recording_comes_out_as_it_was_recorded(name: str) -> None:
    lines = list(read_lines(RECORDINGS / f"{name}.jsonl"))
    assert isinstance(lines[0], Header)
    await replays_as_recorded(lines)
    assert await faults_of(RECORDINGS / f"{name}.jsonl") == []
