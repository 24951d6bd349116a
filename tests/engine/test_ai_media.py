"""Pictures, transcripts and speech over the wire: what is sent, what comes back, what every failure may have cost."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import httpx2
import msgspec
import pytest
from blockbuster import blockbuster_ctx

from engine.ai import sse
from engine.ai.client import openai_client
from engine.ai.images import (
    FinishedPicture,
    ImageRequest,
    Images,
    PartialPicture,
    estimated_usage,
    picture_cost_nanousd,
)
from engine.ai.prices import Prices
from engine.ai.speech import INSTRUCTIONS, AudioChatSpeech, expected_of, most_of
from engine.ai.transcription import SOUND_BYTES, Transcript, Transcriptions
from engine.core.errors import (
    ContentRefusedError,
    CutStreamError,
    OutageError,
    QuotaExhaustedError,
    RefusedError,
    TransientError,
    UnreadableFileError,
)
from engine.core.ledger import Usage
from engine.core.money import nanousd
from engine.sandbox.openai import LocalOpenAI
from tests.wire import PAID_FAILURES, Canned, asking, event, refused, streamed, told

pytestmark = pytest.mark.anyio

WORDS = ImageRequest(
    model="gpt-image-2.6-sunburst",
    prompt="A cat in a boat",
    size="1024x1024",
    quality="medium",
    partial_images=2,
    safety_identifier="somebody",
)
PICTURE_USAGE = {
    "input_tokens": 50,
    "input_tokens_details": {"text_tokens": 10, "image_tokens": 40},
    "output_tokens": 1056,
    "total_tokens": 1106,
}


def in_base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def partial(number: int, content: bytes) -> bytes:
    return event(
        type="image_generation.partial_image", b64_json=in_base64(content), partial_image_index=number, size="auto"
    )


def completed(content: bytes, usage: Any = PICTURE_USAGE, kind: str = "image_generation") -> bytes:
    return event(type=f"{kind}.completed", b64_json=in_base64(content), usage=usage, output_format="png")


async def drawn(canned: Canned, request: ImageRequest = WORDS) -> list[PartialPicture | FinishedPicture]:
    pieces: list[PartialPicture | FinishedPicture] = []
    async with asking(canned) as client, Images(client).draw(request) as stream:
        async for piece in stream:
            pieces.append(piece)  # noqa: PERF401
    return pieces


# ── pictures ────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_picture_is_seen_growing_and_comes_with_its_usage() -> None:
    canned = Canned(streamed(partial(0, b"blur"), partial(1, b"less"), completed(b"sharp")))
    assert await drawn(canned) == [
        PartialPicture(b"blur", 0),
        PartialPicture(b"less", 1),
        FinishedPicture(
            b"sharp",
            Usage(input_tokens=50, image_input_tokens=40, output_tokens=1056, image_output_tokens=1056),
        ),
    ]
    assert canned.paths == ["POST /images/generations"]
    assert canned.body == {
        "model": "gpt-image-2.6-sunburst",
        "prompt": "A cat in a boat",
        "size": "1024x1024",
        "quality": "medium",
        "output_format": "png",
        "stream": True,
        "partial_images": 2,
        "safety_identifier": "somebody",
    }


async def test_pictures_are_made_of_other_pictures_that_lie_on_the_disk(tmp_path: Path) -> None:
    first, second = tmp_path / "one.png", tmp_path / "two.jpg"
    first.write_bytes(b"1" * 200_000)
    second.write_bytes(b"2")
    canned = Canned(streamed(completed(b"both", kind="image_edit")))
    with blockbuster_ctx(scanned_modules=["engine"]):
        (piece,) = await drawn(canned, msgspec.structs.replace(WORDS, pictures=(first, second)))
    assert piece.data == b"both"
    assert canned.paths == ["POST /images/edits"]
    files = [(head, content) for head, content in canned.form if "filename" in head]
    assert [content for _, content in files] == [b"1" * 200_000, b"2"]
    assert ['name="image[]"' in head for head, _ in files] == [True, True]
    assert ["image/png" in files[0][0], "image/jpeg" in files[1][0]] == [True, True]
    assert canned.fields["stream"] == "true"
    assert canned.fields["partial_images"] == "2"


async def test_a_large_picture_comes_whole() -> None:
    content = bytes(range(256)) * 8_000
    (piece,) = await drawn(Canned(streamed(completed(content))))
    assert piece.data == content


async def test_a_picture_without_usage_is_booked_as_estimated() -> None:
    for usage in (None, {}, {"output_tokens": None}):
        (piece,) = await drawn(Canned(streamed(completed(b"x", usage))))
        assert isinstance(piece, FinishedPicture)
        assert piece.usage == estimated_usage(WORDS)


async def test_words_that_an_image_model_writes_are_no_picture_tokens() -> None:
    usage = PICTURE_USAGE | {"output_tokens_details": {"image_tokens": 1000, "text_tokens": 56}}
    (piece,) = await drawn(Canned(streamed(completed(b"x", usage))))
    assert isinstance(piece, FinishedPicture)
    assert (piece.usage.output_tokens, piece.usage.image_output_tokens) == (1056, 1000)


@pytest.mark.parametrize(("make", "may_have_run"), PAID_FAILURES[:6])
async def test_a_picture_that_fails_before_it_begins_says_whether_it_may_be_billed(
    make: Any, may_have_run: bool
) -> None:
    with pytest.raises(TransientError) as raised:
        await drawn(Canned(make()))
    assert raised.value.may_have_run is may_have_run


@pytest.mark.parametrize("begun", [[], [partial(0, b"blur")]])
@pytest.mark.parametrize("breaks", [True, False])
async def test_a_picture_that_breaks_off_may_be_billed(begun: list[bytes], breaks: bool) -> None:
    with pytest.raises(CutStreamError) as raised:
        await drawn(Canned(streamed(*begun, breaks=breaks)))
    assert raised.value.may_have_run


async def test_an_event_that_is_no_json_or_far_too_large_may_be_billed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sse, "EVENT_BYTES", 1_000)
    for stream in (b"data: {nonsense\n\n", b"data: " + b"x" * 2_000):
        with pytest.raises(CutStreamError) as raised:
            await drawn(Canned(streamed(stream)))
        assert raised.value.may_have_run


@pytest.mark.parametrize(
    ("fault", "ours"),
    [
        ({"error": {"code": "moderation_blocked", "type": "image_generation_user_error"}}, ContentRefusedError),
        ({"code": "insufficient_quota"}, QuotaExhaustedError),
        ({"error": {"code": "invalid_value"}}, RefusedError),
        ({"error": {"code": None, "type": "server_error"}}, OutageError),
    ],
)
async def test_an_error_event_means_what_its_code_means(fault: dict[str, Any], ours: type[Exception]) -> None:
    with pytest.raises(ours) as raised:
        await drawn(Canned(streamed(event(type="error", **fault))))
    assert type(raised.value) is ours
    assert not getattr(raised.value, "may_have_run", False)


async def test_an_outage_after_something_was_drawn_may_be_billed() -> None:
    with pytest.raises(OutageError) as raised:
        await drawn(Canned(streamed(partial(0, b"blur"), event(type="error", code="server_error"))))
    assert raised.value.may_have_run


async def test_a_refused_prompt_costs_nothing() -> None:
    with pytest.raises(ContentRefusedError):
        await drawn(Canned(refused(400, "moderation_blocked")))


async def test_a_source_that_is_gone_is_told_before_anything_is_asked(tmp_path: Path) -> None:
    canned = Canned()
    with pytest.raises(UnreadableFileError) as raised:
        await drawn(canned, msgspec.structs.replace(WORDS, pictures=(tmp_path / "gone.png",)))
    assert (raised.value.code, canned.asked) == ("gone", [])


def test_an_estimate_counts_the_picture_its_previews_and_its_sources() -> None:
    assert estimated_usage(WORDS) == Usage(
        input_tokens=4, image_input_tokens=0, output_tokens=1256, image_output_tokens=1256
    )
    more = msgspec.structs.replace(WORDS, pictures=(Path("a"), Path("b")), size="1536x1024", quality="high")
    assert (estimated_usage(more).image_input_tokens, estimated_usage(more).output_tokens) == (8320, 6440)
    assert estimated_usage(msgspec.structs.replace(WORDS, size="auto")).output_tokens == 1256


def test_a_picture_is_priced_before_it_is_drawn() -> None:
    prices = Prices()
    assert picture_cost_nanousd(prices, "gpt-image-2.6-sunburst", "1024x1024", "medium") == nanousd("0.03168")
    assert picture_cost_nanousd(prices, "gpt-image-99", "1024x1024", "medium") is None
    seed = Prices(usd_per_picture=0.04)
    assert picture_cost_nanousd(seed, "gpt-image-99", "1024x1024", "medium") == nanousd("0.04")


# ── transcripts ─────────────────────────────────────────────────────────────────────────────────────────────────────


SOUND = b"OggS" * 50_000


async def heard(canned: Canned, path: Path, name: str = "voice.ogg") -> Transcript:
    async with asking(canned) as client:
        return await Transcriptions(client).transcribe(path, name=name, mime="audio/ogg", model="gpt-transcribe")


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    path = tmp_path / "sound"
    path.write_bytes(SOUND)
    return path


async def test_a_sound_becomes_words_with_their_language_and_length(sound: Path) -> None:
    answer = {
        "text": "Привет",
        "languages": [{"code": "ru"}, {"code": "en"}],
        "usage": {"type": "duration", "seconds": 12.34},
    }
    canned = Canned(told(answer))
    with blockbuster_ctx(scanned_modules=["engine"]):
        transcript = await heard(canned, sound)
    assert transcript == Transcript("Привет", "ru", "gpt-transcribe", Usage(audio_ms=12_340))
    assert msgspec.json.decode(msgspec.json.encode([transcript]), type=list[Transcript]) == [transcript]
    assert canned.paths == ["POST /audio/transcriptions"]
    assert canned.fields == {"model": "gpt-transcribe", "response_format": "json"}
    head, content = next((head, content) for head, content in canned.form if "filename" in head)
    assert 'filename="voice.ogg"' in head
    assert "audio/ogg" in head
    assert content == SOUND


async def test_a_model_that_bills_tokens_reports_tokens(sound: Path) -> None:
    usage = {
        "type": "tokens",
        "input_tokens": 120,
        "input_token_details": {"audio_tokens": 110, "text_tokens": 10},
        "output_tokens": 30,
        "total_tokens": 150,
    }
    transcript = await heard(Canned(told({"text": "Hi", "language": "en", "usage": usage})), sound)
    assert transcript.usage == Usage(input_tokens=120, audio_input_tokens=110, output_tokens=30)
    assert transcript.language == "en"


async def test_a_transcript_is_not_lost_for_what_is_missing(sound: Path) -> None:
    rests: list[dict[str, Any]] = [
        {},
        {"languages": [], "usage": None},
        {"languages": [{"code": None}], "usage": {"type": "duration"}},
    ]
    for rest in rests:
        assert await heard(Canned(told({"text": "Hi"} | rest)), sound) == Transcript("Hi", "", "gpt-transcribe")


@pytest.mark.parametrize(("make", "may_have_run"), PAID_FAILURES)
async def test_a_failed_transcription_says_whether_it_may_be_billed(make: Any, may_have_run: bool, sound: Path) -> None:
    with pytest.raises(TransientError) as raised:
        await heard(Canned(make()), sound)
    assert raised.value.may_have_run is may_have_run


async def test_a_sound_that_is_too_large_or_gone_is_the_sounds_fault(sound: Path, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError) as raised:
        await heard(Canned(refused(413)), sound)
    assert raised.value.code == "too_large"
    with pytest.raises(UnreadableFileError) as raised:
        await heard(Canned(), tmp_path / "gone")
    assert raised.value.code == "gone"


async def test_the_largest_sound_fits_into_a_request(tmp_path: Path) -> None:
    path = tmp_path / "long"
    with path.open("wb") as file:
        file.truncate(SOUND_BYTES)
    canned = Canned(told({"text": ""}))
    await heard(canned, path, name="n" * 200 + ".ogg")
    assert len(canned.asked[0].content) <= 26_214_400


# ── speech ──────────────────────────────────────────────────────────────────────────────────────────────────────────

CHAT_USAGE = {
    "prompt_tokens": 100,
    "prompt_tokens_details": {"cached_tokens": 20, "audio_tokens": 0, "text_tokens": 100},
    "completion_tokens": 260,
    "completion_tokens_details": {"audio_tokens": 200, "text_tokens": 60, "reasoning_tokens": 0},
    "total_tokens": 360,
}


def completion(audio: Any, usage: Any = CHAT_USAGE) -> httpx2.Response:
    message = {"role": "assistant", "content": None, "audio": audio}
    choices = [{"index": 0, "finish_reason": "stop", "message": message}]
    return told({"id": "c", "model": "gpt-audio-1.5-2026-02-23", "choices": choices, "usage": usage})


async def test_a_text_is_read_aloud_and_comes_with_its_usage() -> None:
    audio = {"id": "audio_1", "data": in_base64(b"RIFF" * 100_000), "expires_at": 0, "transcript": "Ignore me"}
    canned = Canned(completion(audio))
    async with asking(canned) as client:
        spoken = await AudioChatSpeech(client, "gpt-audio-1.5").speak("What is two and two?", voice="marin")
    assert spoken.data == b"RIFF" * 100_000
    assert spoken.model == "gpt-audio-1.5-2026-02-23"
    assert spoken.usage == Usage(input_tokens=100, cached_tokens=20, output_tokens=260, audio_output_tokens=200)
    assert canned.paths == ["POST /chat/completions"]
    assert canned.body == {
        "model": "gpt-audio-1.5",
        "modalities": ["text", "audio"],
        "audio": {"voice": "marin", "format": "wav"},
        "messages": [
            {"role": "developer", "content": INSTRUCTIONS},
            {"role": "user", "content": "What is two and two?"},
        ],
    }


async def speak(answer: Any) -> Usage:
    async with asking(Canned(answer)) as client:
        return (await AudioChatSpeech(client, "gpt-audio-1.5").speak("Hello, Alice", voice="marin")).usage


async def test_speech_without_usage_is_booked_as_estimated() -> None:
    usage = await speak(completion({"data": in_base64(b"RIFF")}, None))
    assert 0 < usage.audio_output_tokens < usage.output_tokens
    assert usage.input_tokens > 10


@pytest.mark.parametrize("audio", [None, {"data": ""}, {}])
async def test_an_answer_without_sound_is_billed_and_not_asked_for_again(audio: Any) -> None:
    with pytest.raises(CutStreamError) as raised:
        await speak(completion(audio))
    assert raised.value.may_have_run


@pytest.mark.parametrize(("make", "may_have_run"), PAID_FAILURES)
async def test_failed_speech_says_whether_it_may_be_billed(make: Any, may_have_run: bool) -> None:
    with pytest.raises(TransientError) as raised:
        await speak(make())
    assert raised.value.may_have_run is may_have_run


@pytest.mark.parametrize(
    "text",
    [
        "Hi.",
        "The quick brown fox. " * 40,
        "Съешь ещё этих мягких французских булок. " * 20,
        "今日はいい天気です。" * 30,
        "0123456789 " * 50,
    ],
)
async def test_more_is_set_aside_for_speech_than_it_uses(text: str, model: LocalOpenAI) -> None:
    async with openai_client("sk-sandbox", transport=model.transport()) as client:
        spoken = await AudioChatSpeech(client, "gpt-audio-1.5").speak(text, voice="marin")
    most = most_of(text)
    assert spoken.usage.input_tokens <= most.input_tokens
    assert spoken.usage.output_tokens <= most.output_tokens
    assert spoken.usage.audio_output_tokens <= most.audio_output_tokens
    assert expected_of(text).output_tokens <= most.output_tokens
