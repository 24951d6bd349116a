"""A transcription in each form that OpenAI gives it: JSON of three kinds, bare text, subtitles, events."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from engine.sandbox.openai.plan import chunks_of
from engine.sandbox.openai.prompt import tokens_of
from engine.sandbox.openai.usage import Usage
from engine.sandbox.openai.wire import JSON, Answer, json_answer, sse_frame

BY_DURATION = ("gpt-transcribe", "whisper-1")
"""The models that are billed by the minute; the others by tokens."""
AUDIO_TOKENS_PER_S = 10
LANGUAGES = {"en": "english", "ru": "russian", "de": "german", "fr": "french", "es": "spanish", "uk": "ukrainian"}
"""Whisper spells them out."""
SPEAKER = "A"
"""Everything is said by one person."""

_SENTENCE = re.compile(r".+?(?:[.!?…]+(?=\s)|$)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was heard."""

    text: str
    language: str
    """ISO 639-1"""
    duration_s: float
    model: str
    prompt: str = ""

    @property
    def is_by_duration(self) -> bool:
        return self.model in BY_DURATION

    @property
    def usage(self) -> Usage:
        """Whisper counts whole seconds, begun ones too; the other model by duration counts milliseconds."""
        audio_ms = round(self.duration_s * 1000)
        if self.model == "whisper-1":
            audio_ms = -(-audio_ms // 1000) * 1000
        if self.is_by_duration:
            return Usage(audio_ms=audio_ms)
        heard = -(-audio_ms * AUDIO_TOKENS_PER_S // 1000)
        asked = tokens_of(self.prompt)
        return Usage(input_tokens=heard + asked, output_tokens=tokens_of(self.text), audio_input_tokens=heard)

    @property
    def usage_json(self) -> JSON:
        """As `usage` of the answer."""
        usage = self.usage
        if self.is_by_duration:
            return {"type": "duration", "seconds": usage.audio_ms / 1000}
        return {
            "type": "tokens",
            "input_tokens": usage.input_tokens,
            "input_token_details": {
                "audio_tokens": usage.audio_input_tokens,
                "text_tokens": usage.input_tokens - usage.audio_input_tokens,
            },
            "output_tokens": usage.output_tokens,
            "total_tokens": usage.total_tokens,
        }

    @property
    def languages_json(self) -> JSON:
        """A field of the answer that one model alone has."""
        if self.model != "gpt-transcribe":
            return {}
        return {"languages": [{"code": self.language}] if self.language else []}


def rendered(transcript: Transcript, form: str, granularities: Sequence[str] = ()) -> Answer:
    """The answer in one piece; `granularities` are the request's `timestamp_granularities`."""
    if form in _PLAIN:
        body = _PLAIN[form](transcript).encode()
        return Answer(200, {"content-type": "text/plain; charset=utf-8"}, body)
    whole: JSON = {"text": transcript.text, "usage": transcript.usage_json}
    if form == "verbose_json":
        language = LANGUAGES.get(transcript.language, transcript.language)
        about = {"task": "transcribe", "language": language, "duration": transcript.duration_s}
        whole = {**whole, **about, "segments": _segments(transcript)}
        whole |= {"words": _words(transcript)} if "word" in granularities else {}
    elif form == "diarized_json":
        whole |= {"task": "transcribe", "duration": transcript.duration_s, "segments": _turns(transcript)}
    else:
        whole |= transcript.languages_json
    return json_answer(whole)


def events(transcript: Transcript, form: str, delta_chars: int) -> list[bytes]:
    """The answer as `transcript.text.*` events."""
    frames = [sse_frame("transcript.text.delta", {"delta": chunk}) for chunk in chunks_of(transcript.text, delta_chars)]
    if form == "diarized_json":
        frames += [sse_frame("transcript.text.segment", turn) for turn in _turns(transcript)]
    done = {"text": transcript.text, "usage": transcript.usage_json, **transcript.languages_json}
    return [*frames, sse_frame("transcript.text.done", done)]


def _timed(parts: list[str], duration_s: float) -> list[tuple[float, float, str]]:
    """When each part is said: in proportion to its length."""
    letters = [len(part) + 1 for part in parts]
    ends = [round(duration_s * at / sum(letters), 3) for at in accumulate(letters)]
    return list(zip([0.0, *ends[:-1]], ends, parts, strict=True))


def _sentences(transcript: Transcript) -> list[tuple[float, float, str]]:
    sentences = [found.strip() for found in _SENTENCE.findall(transcript.text) if found.strip()]
    return _timed(sentences, transcript.duration_s) if sentences else []


def _segments(transcript: Transcript) -> list[JSON]:
    return [
        {
            "id": number,
            "seek": 0,
            "start": start_s,
            "end": end_s,
            "text": text,
            "tokens": [],
            "temperature": 0.0,
            "avg_logprob": -0.2,
            "compression_ratio": 1.0,
            "no_speech_prob": 0.01,
        }
        for number, (start_s, end_s, text) in enumerate(_sentences(transcript))
    ]


def _words(transcript: Transcript) -> list[JSON]:
    said = transcript.text.split()
    timed = _timed(said, transcript.duration_s) if said else []
    return [{"word": word, "start": start_s, "end": end_s} for start_s, end_s, word in timed]


def _turns(transcript: Transcript) -> list[JSON]:
    return [
        {
            "type": "transcript.text.segment",
            "id": f"seg_{number}",
            "speaker": SPEAKER,
            "start": start_s,
            "end": end_s,
            "text": text,
        }
        for number, (start_s, end_s, text) in enumerate(_sentences(transcript))
    ]


def _clock(at_s: float, comma: str) -> str:
    total_ms = round(at_s * 1000)
    minutes, rest_ms = divmod(total_ms, 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{rest_ms // 1000:02}{comma}{rest_ms % 1000:03}"


def _srt(transcript: Transcript) -> str:
    return "\n".join(
        f"{number}\n{_clock(start_s, ',')} --> {_clock(end_s, ',')}\n{text}\n"
        for number, (start_s, end_s, text) in enumerate(_sentences(transcript), 1)
    )


def _vtt(transcript: Transcript) -> str:
    parts = [
        f"{_clock(start_s, '.')} --> {_clock(end_s, '.')}\n{text}\n" for start_s, end_s, text in _sentences(transcript)
    ]
    return "\n".join(["WEBVTT\n", *parts])


def _text(transcript: Transcript) -> str:
    return transcript.text + "\n"


_PLAIN = {"text": _text, "srt": _srt, "vtt": _vtt}
