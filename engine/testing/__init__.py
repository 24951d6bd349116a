"""For people who build actors on the engine: a bot in a sandbox, recordings as tests, and a pytest plugin of both.

    from engine.testing import replay, sandbox

The plugin (installed with gpttg) brings the fixtures `alice`, `boris`, `admin`, `stranger`, `bot`, `model`, `telegram`,
`ledger`, `clock`, `replayed`, `cast`, and the marker `recording`. Tests are marked `pytest.mark.anyio`:

    @pytest.fixture
    def cast() -> Casting:            # whose actors are tested; without it, gpttg's own
        return echo_cast

    async def test_an_echo(alice, bot):
        await alice.says("Hello")
        await bot.says("Hello")

    @pytest.mark.recording("incident.jsonl.zst")   # beside the test's file
    async def test_the_incident_comes_out_as_recorded(replayed):
        assert replayed.difference is None
"""

from engine.recording.vocabulary import vocabulary_of
from engine.runtime.behaviour import Cast, Casting
from engine.testing.chat import BotUnderTest, Someone, quiet
from engine.testing.ledger import Ledger
from engine.testing.replaying import Replay, replay
from engine.testing.sandbox import Sandbox, sandbox

__all__ = [
    "BotUnderTest",
    "Cast",
    "Casting",
    "Ledger",
    "Replay",
    "Sandbox",
    "Someone",
    "quiet",
    "replay",
    "sandbox",
    "vocabulary_of",
]
