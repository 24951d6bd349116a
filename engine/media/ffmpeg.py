"""FFmpeg through PyAV: containers opened without trust, and their packets and frames for as long as they make sense."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Disposition
from av.video.stream import VideoStream

from engine.core.errors import UnreadableFileError
from engine.media.files import MACHINE_FAULTS, parsing, size_of

FORMATS = (
    "aac,ac3,aiff,amr,amrnb,amrwb,ape,asf,au,avi,caf,eac3,flac,flv,matroska,mov,mp3,mpeg,mpegts,ogg,tta,w64,wav,webm,wv"
)
"""The demuxers that may open a file. Those that open others for it (hls, dash, concat) are left out on purpose: a
playlist named song.mp3 would read the server's files and ask the network."""
PROTOCOLS = "file"
"""Nothing is fetched, whatever a container refers to."""
WRONG_PACKETS_MOST = 1_000
"""Packets that may be undecodable besides one for each frame that came out: one is usual (a cut first frame), more than
that is noise."""
PACKETS_MOST = 2_000_000
"""Packets that are counted to learn a length that no header gives: 11 hours of 20 ms, in 10 s."""
BLANK_BYTES = 64 * 1024
"""Zeros at the beginning of a file that no container has."""
BLANK_RUN_BYTES = 1024 * 1024
"""Zeros in the middle that no file of the FRAMED kind has; there it ends. FFmpeg would look through all of them for the
next frame and keep them: 28 s and 2.1 GB of memory for 2 GB of zeros, and it cannot be stopped there."""
FRAMED = frozenset({"mp3", "aac", "flac", "ac3", "eac3"})
"""Demuxers of files that are nothing but frames: each is found by looking for its beginning."""
UNTOLD = FRAMED | {"ogg"}
"""Demuxers whose files have no header that is to be believed: frames don't say how many there are (an .aac whose
beginning is silent is told as four times as long as it is), a chained Ogg ends with its last link's own length."""
PIXELS_MOST = 36_000_000
"""Of a video's frame (8K has 33 million)."""


class _Watched(io.FileIO):
    """A file that ends, while it is watched, where nothing but zeros follows for BLANK_RUN_BYTES."""

    is_watched = True
    _blank = 0

    def read(self, size: int | None = -1, /) -> bytes:
        """See io.FileIO."""
        block = super().read(-1 if size is None else size) or b""
        self._blank = 0 if any(block) else self._blank + len(block)
        return b"" if self.is_watched and self._blank > BLANK_RUN_BYTES else block


@contextmanager
def opened(source: Path) -> Iterator[InputContainer]:
    """A file as a container of streams; what goes wrong inside the block is told as `parsing` says.

    (PyAV refuses things of its own accord with a ValueError.)
    """
    size_of(source)
    with source.open("rb") as file:
        if len(start := file.read(BLANK_BYTES)) == BLANK_BYTES and not any(start):
            raise UnreadableFileError("nothing but zeros", code="corrupt")
    options = {"format_whitelist": FORMATS, "protocol_whitelist": PROTOCOLS}
    with (
        parsing(FFmpegError, ValueError),
        _Watched(source) as watched,
        av.open(cast("Any", watched), "r", options=options, metadata_errors="replace") as container,
    ):
        watched.is_watched = container.format.name in FRAMED
        yield container


def moving_picture(container: InputContainer) -> VideoStream | None:
    """The first stream of pictures that there is a decoder for and that is not the cover of an album."""
    streams = (stream for stream in container.streams.video if stream.codec_context is not None)
    return next((stream for stream in streams if not stream.disposition & Disposition.attached_pic), None)


def packets(container: InputContainer, stream: Any) -> Iterator[Any]:
    """The stream's packets up to the end of the file, or to where the file breaks off."""
    try:
        yield from container.demux(stream)
    except FFmpegError as error:
        if error.errno in MACHINE_FAULTS:
            raise


def frames(container: InputContainer, stream: Any, decoder: Any) -> Iterator[Any]:
    """What a stream's packets decode to; packets that do not are left out, as players do.

    Raises:
        UnreadableFileError: `corrupt`, where nothing came out although there were packets, or too many were wrong.
    """
    wrong = right = 0
    for packet in packets(container, stream):
        try:
            decoded = decoder.decode(packet)
        except FFmpegError as error:
            wrong += 1
            if wrong > right + WRONG_PACKETS_MOST:
                raise UnreadableFileError("too many wrong packets", code="corrupt") from error
            continue
        right += len(decoded)
        yield from decoded
    if wrong and not right:
        raise UnreadableFileError("no packet could be decoded", code="corrupt")


def duration_s(container: InputContainer, stream: Any) -> float:
    """How long it plays, in seconds. Where no header knows the file is walked, and has to be rewound afterwards."""
    walked_s = _walked_s(container, stream) if container.format.name in UNTOLD or container.duration is None else None
    if walked_s is not None:
        return walked_s
    if container.duration is not None:
        return max(0.0, container.duration / av.time_base)
    return max(0.0, float((stream.duration or 0) * stream.time_base))


def _walked_s(container: InputContainer, stream: Any) -> float | None:
    """What all packets play together (where one does not say, the end of the last); None for too many."""
    ticks = end = 0
    are_told = True
    for number, packet in enumerate(packets(container, stream)):
        if number >= PACKETS_MOST:
            return None
        are_told = are_told and (packet.duration is not None or not packet.size)
        ticks += packet.duration or 0
        end = max(end, (packet.pts or 0) + (packet.duration or 0))
    return max(0.0, float((ticks if are_told else end - (stream.start_time or 0)) * stream.time_base))
