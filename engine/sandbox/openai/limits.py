"""How much the local OpenAI takes: OpenAI's own limits, which a test may lower, and what this process can hold."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes. All but `stored` are OpenAI's (API reference, 2026-11)."""

    file: int = 512 * MIB
    """one file of POST /v1/files"""
    upload: int = 8 * 1024 * MIB
    """one upload in parts"""
    part: int = 64 * MIB
    """one part of an upload"""
    sound: int = 26_214_400
    """a whole request of POST /v1/audio/transcriptions"""
    picture: int = 50 * MIB
    """one picture to edit"""
    inputs: int = 50 * MIB
    """all files inside one response's input together"""
    stored: int = 1024 * MIB
    """all that files, uploads and containers keep: OpenAI's is 2.5 TB for a project, but this is memory"""
