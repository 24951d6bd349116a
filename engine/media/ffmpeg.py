"""FFmpeg through PyAV: containers opened without trust, and their packets and frames for as long as they make sense."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any, cast

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
"""Zeros in the middle that no file of the FRAMED kind has, nor any before its first packet; there it ends. FFmpeg would
look through all of them."""
FRAMED = frozenset({"mp3", "aac", "flac", "ac3", "eac3"})
"""Demuxers of files that are nothing but frames: each is found by looking for its beginning."""
FRAMELESS_BYTES_MOST = 16 * 1024 * 1024
"""What such a file may have between two frames (a cover picture between two songs); with more it ends there. FFmpeg
would look through all that follows for the next frame, and keep it: 4 GB of memory for 2 GB of one letter."""
HEAD_BYTES_MOST = 64 * 1024 * 1024
"""What a FLAC may have before its first frame: all pictures there are read and kept, too."""
FLAC_START = b"fLaC"
TAG_HEAD_BYTES = 10
TAG_START = b"ID3"
"""How an ID3v2 tag begins: pictures, chapters, lyrics before the first frame of an mp3 or an aac. Nothing here wants
them, so they are passed over: its head says how many bytes follow (id3.org, ID3v2.4.0, 3.1)."""
TAG_FOOTER_FLAG = 0x10
TAGS_MOST = 16
"""One is usual; programs that do not know another's put theirs before it."""
UNBOUNDED = sys.maxsize
UNTOLD = FRAMED | {"ogg"}
"""Demuxers whose files have no header that is to be believed: frames don't say how many there are (an .aac whose
beginning is silent is told as four times as long as it is), a chained Ogg ends with its last link's own length."""
PIXELS_MOST = 36_000_000
"""Of a video's frame (8K has 33 million)."""


class _Watched(io.FileIO):
    """A file, from a place in it on, that ends, while it is watched, where more has been read of it than it was said to
    have, or nothing but zeros follows for BLANK_RUN_BYTES."""

    is_watched = True
    has_ended = False
    """before its time; so it stays"""
    _blank = 0

    def __init__(self, source: Path, beginning: int, most: int) -> None:
        super().__init__(source)
        self._beginning = super().seek(beginning)
        self._left = most

    def tell(self) -> int:
        """See io.FileIO."""
        return super().tell() - self._beginning

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """See io.FileIO."""
        return super().seek(offset + (self._beginning if whence == os.SEEK_SET else 0), whence) - self._beginning

    def read(self, size: int | None = -1, /) -> bytes:
        """See io.FileIO."""
        size = -1 if size is None else size
        if not self.is_watched:
            return super().read(size) or b""
        block = super().read(min(size, self._left) if size >= 0 else self._left) or b""
        self._left -= len(block)
        self._blank = 0 if any(block) else self._blank + len(block)
        if self._blank > BLANK_RUN_BYTES:
            self._left, block = 0, b""
        self.has_ended = self.has_ended or not self._left
        return block

    def go_on(self, most: int) -> None:
        """It has so much more, unless it has ended."""
        self._left = 0 if self.has_ended else most


@contextmanager
def opened(source: Path) -> Iterator[InputContainer]:
    """A file as a container of streams; what goes wrong inside the block is told as `parsing` says.

    (PyAV refuses things of its own accord with a ValueError.)
    """
    size_of(source)
    with source.open("rb") as file:
        beginning = _behind_tags(file)
        file.seek(beginning)
        start = file.read(BLANK_BYTES)
    if len(start) == BLANK_BYTES and not any(start):
        raise UnreadableFileError("nothing but zeros", code="corrupt")
    with parsing(FFmpegError, ValueError), ExitStack() as files:
        container = _bounded(source, beginning, files, is_flac=start.startswith(FLAC_START))
        yield container or _open(_Watched(source, beginning, UNBOUNDED), files)


def _behind_tags(file: IO[bytes]) -> int:
    """Where a file begins, the ID3v2 tags before it left out."""
    beginning = 0
    for _ in range(TAGS_MOST):
        file.seek(beginning)
        head = file.read(TAG_HEAD_BYTES)
        if not head.startswith(TAG_START) or len(head) < TAG_HEAD_BYTES or any(byte > 127 for byte in head[6:]):
            break
        size = sum(byte << shift for byte, shift in zip(head[6:], (21, 14, 7, 0), strict=True))
        beginning += TAG_HEAD_BYTES * (2 if head[5] & TAG_FOOTER_FLAG else 1) + size
    return beginning


def _bounded(source: Path, beginning: int, files: ExitStack, *, is_flac: bool) -> InputContainer | None:
    """A file that may be nothing but frames; None for one of another kind that needs more (a film's long index)."""
    watched = _Watched(source, beginning, HEAD_BYTES_MOST if is_flac else FRAMELESS_BYTES_MOST)
    try:
        container = _open(watched, files)
    except FFmpegError:
        if is_flac or not watched.has_ended:
            raise
        return None
    if watched.is_watched or not watched.has_ended:
        return container
    container.close()
    return None


def _open(watched: _Watched, files: ExitStack) -> InputContainer:
    """A container, which is watched from there on only where it is nothing but frames."""
    files.enter_context(watched)
    options = {"format_whitelist": FORMATS, "protocol_whitelist": PROTOCOLS}
    container: InputContainer = av.open(cast("Any", watched), "r", options=options, metadata_errors="replace")
    watched.is_watched = container.format.name in FRAMED
    watched.go_on(FRAMELESS_BYTES_MOST)
    return files.enter_context(container)


def moving_picture(container: InputContainer) -> VideoStream | None:
    """The first stream of pictures that there is a decoder for and that is not the cover of an album."""
    streams = (stream for stream in container.streams.video if stream.codec_context is not None)
    return next((stream for stream in streams if not stream.disposition & Disposition.attached_pic), None)


def packets(container: InputContainer, stream: Any) -> Iterator[Any]:
    """The stream's packets up to the end of the file, or to where the file breaks off."""
    watched = cast("_Watched", container.file.file)
    try:
        for packet in container.demux(stream):
            watched.go_on(FRAMELESS_BYTES_MOST)
            yield packet
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


def duration_s(container: InputContainer, stream: Any, still_wanted: Callable[[], object] = lambda: None) -> float:
    """How long it plays, in seconds. Where no header knows the file is walked, and has to be rewound afterwards;
    `still_wanted` is called between packets then, and may raise to end it."""
    is_walked = container.format.name in UNTOLD or container.duration is None
    walked_s = _walked_s(container, stream, still_wanted) if is_walked else None
    if walked_s is not None:
        return walked_s
    if container.duration is not None:
        return max(0.0, container.duration / av.time_base)
    return max(0.0, float((stream.duration or 0) * stream.time_base))


def _walked_s(container: InputContainer, stream: Any, still_wanted: Callable[[], object]) -> float | None:
    """What all packets play together (where one does not say, the end of the last); None for too many."""
    ticks = end = 0
    are_told = True
    for number, packet in enumerate(packets(container, stream)):
        still_wanted()
        if number >= PACKETS_MOST:
            return None
        are_told = are_told and (packet.duration is not None or not packet.size)
        ticks += packet.duration or 0
        end = max(end, (packet.pts or 0) + (packet.duration or 0))
    return max(0.0, float((ticks if are_told else end - (stream.start_time or 0)) * stream.time_base))
