"""The local OpenAI listens and speaks, asked by the real SDK on a clock that jumps."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from typing import Any

import anyio
import openai
import pytest
from openai import AsyncOpenAI
from openai.types.audio import Transcription
from openai.types.chat import ChatCompletion

from engine.sandbox.openai import BilledCall, LocalOpenAI
from engine.sandbox.openai.usage import Usage
from engine.sandbox.sounds import Heard, lasts_s, listen, speech
from tests.made import film, sound, zeros

pytestmark = pytest.mark.anyio

WORDS = "Good evening, Alice. The train is late again."
RUSSIAN = "Добрый вечер, Алиса."


@pytest.fixture
async def client(model: LocalOpenAI) -> AsyncIterator[AsyncOpenAI]:
    async with model.client(max_retries=0) as client:
        yield client


async def transcribe(client: AsyncOpenAI, content: bytes, **options: Any) -> Any:
    asked = {"model": "gpt-transcribe", "file": ("voice.ogg", content, "audio/ogg"), **options}
    return await client.audio.transcriptions.create(**asked)


async def converse(client: AsyncOpenAI, *messages: Any, form: str = "opus", **options: Any) -> ChatCompletion:
    asked = {
        "model": "gpt-audio-1.5",
        "modalities": ["text", "audio"],
        "audio": {"voice": "alloy", "format": form},
        "messages": messages or [said("Read this aloud.", "system"), said(WORDS)],
        **options,
    }
    answer: ChatCompletion = await client.chat.completions.create(**asked)
    return answer


def said(text: Any, role: str = "user") -> dict[str, Any]:
    return {"role": role, "content": text}


def only(bill: list[BilledCall]) -> BilledCall:
    assert len(bill) == 1
    return bill[0]


def spoken(answer: ChatCompletion) -> bytes:
    audio = answer.choices[0].message.audio
    assert audio
    return base64.b64decode(audio.data)


# Sounds that carry their words


@pytest.mark.parametrize("form", ["opus", "mp3", "wav", "flac", "aac"])
def test_a_sound_of_the_sandbox_carries_its_words(form: str) -> None:
    words = f'{RUSSIAN}\n"And so on" = on'
    heard = listen(speech(words, form))
    assert heard.words == words
    assert heard.duration_s == pytest.approx(lasts_s(words), abs=0.3)


def test_longer_words_make_longer_sounds() -> None:
    assert lasts_s("word " * 300) == 99.9
    assert listen(speech("word " * 300)).duration_s == pytest.approx(99.9, abs=0.1)
    assert len(speech("Hi", "pcm16")) == 24_000
    assert listen(sound(2.0)) == Heard(2.0065, None)


# Listening


async def test_words_are_heard_in_the_sound(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    answer = await transcribe(client, speech(RUSSIAN))
    assert isinstance(answer, Transcription)
    assert answer.text == RUSSIAN
    assert [language.code for language in answer.languages or []] == ["ru"]
    assert answer.usage
    assert answer.usage.type == "duration"
    billed = only(model.bill)
    assert billed.usage == Usage(audio_ms=round(answer.usage.seconds * 1000))
    assert 1_000 < billed.usage.audio_ms < 2_000
    assert (billed.operation, billed.model, billed.status) == ("transcription", "gpt-transcribe", "complete")
    assert billed.response_id == answer._request_id
    assert billed.cost_nanousd == round(billed.usage.audio_ms * 4_500_000 / 60_000)
    seen = model.requests[-1]
    assert (seen.operation, seen.outcome, seen.body["file"]) == ("transcribe", "answered", "voice.ogg")


async def test_a_sound_of_others_is_told_by_its_length(client: AsyncOpenAI) -> None:
    assert (await transcribe(client, sound(3.2))).text == "(3.2 seconds of speech)"
    assert (await transcribe(client, film())).text == "(1.0 seconds of speech)"


async def test_told_words_come_before_those_in_the_sound(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    model.hears("Bonjour", language="fr")
    told = await transcribe(client, speech(WORDS))
    assert (told.text, told.languages[0].code) == ("Bonjour", "fr")
    assert (await transcribe(client, speech(WORDS))).text == WORDS


async def test_models_billed_by_tokens_say_so(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    answer = await transcribe(client, speech(WORDS), model="gpt-4o-transcribe", prompt="A railway station")
    assert answer.usage.type == "tokens"
    assert answer.languages is None
    tokens = answer.usage
    assert (tokens.input_token_details.audio_tokens, tokens.input_token_details.text_tokens) == (31, 5)
    assert (tokens.input_tokens, tokens.output_tokens) == (36, 12)
    assert only(model.bill).usage == Usage(input_tokens=36, audio_input_tokens=31, output_tokens=12)


async def test_whisper_counts_begun_seconds_and_makes_subtitles(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    whisper = {"model": "whisper-1"}
    plain = await transcribe(client, speech(WORDS), **whisper)
    assert (plain.usage.type, plain.usage.seconds) == ("duration", 4.0)
    assert model.bill[0].usage.audio_ms == 4000
    whole = await transcribe(
        client, speech(WORDS), response_format="verbose_json", timestamp_granularities=["word"], **whisper
    )
    assert (whole.language, len(whole.segments), len(whole.words)) == ("english", 2, 8)
    assert whole.segments[-1].end == whole.words[-1].end == pytest.approx(whole.duration, abs=0.01)
    assert await transcribe(client, speech(WORDS), response_format="text", **whisper) == WORDS + "\n"
    srt = await transcribe(client, speech(WORDS), response_format="srt", **whisper)
    assert srt.startswith("1\n00:00:00,000 --> 00:00:01,")
    assert "\n2\n" in srt
    vtt = await transcribe(client, speech(WORDS), response_format="vtt", **whisper)
    assert vtt.startswith("WEBVTT\n\n00:00:00.000 --> ")


async def test_speakers_are_told_apart(client: AsyncOpenAI) -> None:
    options = {"model": "gpt-4o-transcribe-diarize", "response_format": "diarized_json"}
    answer = await transcribe(client, speech(WORDS), **options)
    assert [(turn.speaker, turn.text) for turn in answer.segments][1] == ("A", "The train is late again.")
    with pytest.raises(openai.BadRequestError) as refused:
        await transcribe(client, sound(31.0), **options)
    assert refused.value.param == "chunking_strategy"
    assert (await transcribe(client, sound(31.0), chunking_strategy="auto", **options)).text


async def test_a_transcription_can_be_streamed(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    events = [event async for event in await transcribe(client, speech(WORDS), stream=True)]
    deltas = [event.delta for event in events if event.type == "transcript.text.delta"]
    assert "".join(deltas) == WORDS == events[-1].text
    assert len(deltas) > 1
    assert events[-1].type == "transcript.text.done"
    assert (only(model.bill).status, model.requests[-1].outcome) == ("complete", "answered")


async def test_leaving_a_transcription_is_billed_for_the_sound(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    model.takes(seconds=60, on="transcribe")
    with anyio.move_on_after(10):
        await transcribe(client, sound(2.0))
    events = await transcribe(client, speech(WORDS), model="gpt-4o-transcribe", stream=True)
    async for _ in events:
        break
    await events.close()
    by_minute, by_token = model.bill
    assert (by_minute.status, by_minute.usage.audio_ms) == ("interrupted", 2006)
    assert (by_token.status, by_token.usage.input_tokens) == ("interrupted", 31)
    assert 0 < by_token.usage.output_tokens < 12
    assert [request.outcome for request in model.requests] == ["interrupted", "interrupted"]


async def test_the_whole_request_may_not_exceed_25_mib(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    with pytest.raises(openai.APIStatusError) as refused:
        await transcribe(client, bytes(26_214_400))
    assert refused.value.status_code == 413
    assert not model.bill


@pytest.mark.parametrize(
    "content",
    [b"", zeros(), b"not a sound " * 500, film(has_sound=False), sound()[:90]],
    ids=["empty", "zeros", "text", "silent film", "cut off"],
)
async def test_what_is_no_sound_is_refused(client: AsyncOpenAI, model: LocalOpenAI, content: bytes) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        await transcribe(client, content)
    assert (refused.value.code, refused.value.param) == ("invalid_value", "file")
    assert not model.bill


@pytest.mark.parametrize(
    ("options", "param"),
    [
        ({"response_format": "srt"}, "response_format"),
        ({"response_format": "poem"}, "response_format"),
        ({"model": "gpt-4o-transcribe", "response_format": "text"}, "response_format"),
        ({"model": "whisper-1", "keywords": ["train"]}, "keywords"),
        ({"model": "whisper-1", "timestamp_granularities": ["word"]}, "timestamp_granularities"),
        ({"model": "gpt-image-2"}, "model"),
        ({"extra_body": {"volume": "11"}}, "volume"),
    ],
)
async def test_what_does_not_go_together_is_refused(client: AsyncOpenAI, options: dict[str, Any], param: str) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        await transcribe(client, sound(), **options)
    assert refused.value.param == param


async def test_a_sound_can_be_too_short(client: AsyncOpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        await transcribe(client, sound(0.05, form="wav", codec="pcm_s16le"))
    assert refused.value.code == "audio_too_short"


async def test_listening_fails_as_told(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    model.fails(500, on="transcribe")
    with pytest.raises(openai.InternalServerError):
        await transcribe(client, sound())
    model.cuts(on="transcribe")
    with pytest.raises(openai.APIConnectionError):
        await transcribe(client, sound())
    assert only(model.bill).status == "interrupted"
    model.never_answers(on="transcribe")
    with pytest.raises(openai.APITimeoutError):
        await transcribe(client, sound(), timeout=5)


# Speaking


@pytest.mark.parametrize("form", ["opus", "mp3", "wav", "flac", "aac"])
async def test_a_text_is_spoken_in_the_asked_format(client: AsyncOpenAI, form: str) -> None:
    answer = await converse(client, form=form)
    assert answer.choices[0].message.audio
    assert answer.choices[0].message.audio.transcript == WORDS
    heard = listen(spoken(answer))
    assert heard.words == WORDS
    assert heard.duration_s == pytest.approx(lasts_s(WORDS), abs=0.3)


async def test_speech_costs_audio_tokens(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    answer = await converse(client, metadata={"chat": "7"})
    ChatCompletion.model_validate(answer.to_dict())
    usage = answer.usage
    assert usage
    assert usage.completion_tokens_details
    assert (usage.completion_tokens_details.audio_tokens, usage.completion_tokens_details.text_tokens) == (60, 12)
    assert (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens) == (24, 72, 96)
    billed = only(model.bill)
    assert billed.usage == Usage(input_tokens=24, output_tokens=72, audio_output_tokens=60)
    assert (billed.operation, billed.model, billed.metadata) == ("speech", answer.model, {"chat": "7"})
    assert billed.response_id == answer.id
    assert answer.id.startswith("chatcmpl_")
    assert billed.cost_nanousd == 24 * 2_500 + 12 * 10_000 + 60 * 64_000
    assert (model.requests[-1].operation, model.requests[-1].response_id) == ("speak", answer.id)


async def test_a_question_in_sound_is_understood_and_answered(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    sounding = {"data": base64.b64encode(speech("Hello!", "wav")).decode(), "format": "wav"}
    asked = said([{"type": "input_audio", "input_audio": sounding}])
    answer = await converse(client, asked)
    assert answer.choices[0].message.audio
    assert "Hello! I am the" in answer.choices[0].message.audio.transcript
    assert answer.usage
    assert answer.usage.prompt_tokens_details
    assert answer.usage.prompt_tokens_details.audio_tokens == 5
    model.speaks("As told.")
    in_text = await converse(client, asked, modalities=["text"])
    assert (in_text.choices[0].message.content, in_text.choices[0].message.audio) == ("As told.", None)
    assert [line.usage.audio_output_tokens > 0 for line in model.bill] == [True, False]


async def test_leaving_while_it_speaks_is_billed_so_far(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    model.takes(seconds=20, on="speak")
    with anyio.move_on_after(10):
        await converse(client)
    billed = only(model.bill)
    assert (billed.status, billed.usage.input_tokens) == ("interrupted", 24)
    assert billed.usage.audio_output_tokens == pytest.approx(30, abs=1)


@pytest.mark.parametrize(
    "options",
    [
        {"audio": None},
        {"modalities": ["text"]},
        {"model": "gpt-6.1-terra"},
        {"model": "gpt-transcribe"},
        {"audio": {"voice": "alloy", "format": "midi"}},
        {"stream": True},
        {"messages": []},
        {"messages": [{"role": "narrator", "content": "x"}]},
        {"messages": [said([{"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}}])]},
    ],
)
async def test_what_cannot_be_spoken_is_refused(
    client: AsyncOpenAI, model: LocalOpenAI, options: dict[str, Any]
) -> None:
    with pytest.raises((openai.BadRequestError, openai.NotFoundError)):
        await converse(client, **options)
    assert not model.bill


async def test_the_old_way_to_speak_still_works(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    for form in ("mp3", "opus"):
        asked: Any = {"model": "gpt-4o-mini-tts", "voice": "coral", "input": WORDS, "response_format": form}
        answer = await client.audio.speech.create(**asked)
        assert listen(answer.content).words == WORDS
    bare = await client.audio.speech.create(model="tts-1", voice="alloy", input=WORDS, response_format="pcm", speed=2)
    assert len(bare.content) == lasts_s(WORDS, 2) * 48_000
    assert [line.operation for line in model.bill] == ["speech"] * 3
    with pytest.raises(openai.BadRequestError):
        await client.audio.speech.create(model="tts-1", voice="alloy", input="x" * 4097)
    with pytest.raises(openai.BadRequestError):
        await client.audio.speech.create(model="gpt-audio-1.5", voice="alloy", input="x")
