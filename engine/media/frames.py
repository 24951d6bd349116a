"""Frames out of moving pictures: a few, spread over the whole, as Pillow pictures."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from PIL import Image

from engine.core.errors import UnreadableFileError
from engine.media.ffmpeg import PIXELS_MOST, duration_s, frames, moving_picture, opened

LOOKED_AT_PIXELS_MOST = 600_000_000
"""Decoded for one moment of a video: 290 frames of 1080p, about a second of work."""
LOOKED_AT_MOST = 300
"""Frames decoded for one moment: x264's usual distance between key frames is 250."""
TRANSPARENT_DECODERS = {"vp8": "libvpx", "vp9": "libvpx-vp9"}
"""FFmpeg's own decoders forget the transparency of WEBM stickers; these do not."""


def fitted(width: int, height: int, side: int) -> tuple[int, int]:
    """The size in the same proportions, with no side longer than `side`; never larger, and never nothing."""
    scale = min(1.0, side / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def frames_of_video(source: Path, most: int, side: int) -> list[Image.Image]:
    """At most `most` frames in their order, none twice, upright, the long side at most `side` pixels; RGB or RGBA.

    Raises:
        UnreadableFileError: corrupt (also: no picture in it), empty, gone, too_large.
    """
    with opened(source) as container:
        stream = moving_picture(container)
        if stream is None:
            raise UnreadableFileError("no moving picture", code="corrupt")
        length_s = duration_s(container, stream)
        found: dict[int, Image.Image] = {}
        for moment in range(most):
            frame = _frame_at(container, stream, length_s * (moment + 0.5) / most)
            if frame is not None and (frame.pts or 0) not in found:
                found[frame.pts or 0] = _as_picture(frame, side)
        if not found:
            raise UnreadableFileError("no frame could be decoded", code="corrupt")
        return list(found.values())


def _frame_at(container: InputContainer, stream: VideoStream, moment_s: float) -> VideoFrame | None:
    """The frame shown at `moment_s`, or the nearest before it that is reached within the limits."""
    pixels = stream.width * stream.height
    if not 0 < pixels <= PIXELS_MOST:
        raise UnreadableFileError(f"{stream.width}x{stream.height}", code="too_large" if pixels else "corrupt")
    moment = int(moment_s / (stream.time_base or 1)) + (stream.start_time or 0)
    _rewind(container, stream, moment)
    shown = None
    for frame in islice(_decoded(container, stream), max(1, min(LOOKED_AT_MOST, LOOKED_AT_PIXELS_MOST // pixels))):
        if shown is not None and frame.pts is not None and frame.pts > moment:
            break
        shown = frame
    return shown


def _rewind(container: InputContainer, stream: VideoStream, moment: int) -> None:
    """To the key frame before `moment`, or to the beginning where the file has no index."""
    try:
        container.seek(moment, stream=stream)
    except FFmpegError:
        container.seek(0)


def _decoded(container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
    """Frames from where the container stands, decoded anew."""
    decoder: Any = stream.codec_context
    if decoder.name in TRANSPARENT_DECODERS:
        decoder = av.CodecContext.create(TRANSPARENT_DECODERS[decoder.name], "r")
    yield from frames(container, stream, decoder)


def _as_picture(frame: VideoFrame, side: int) -> Image.Image:
    """Smaller, in 8 bits a channel, and turned as the phone was held."""
    if frame.width * frame.height > PIXELS_MOST:
        raise UnreadableFileError(f"{frame.width}x{frame.height}", code="too_large")
    width, height = fitted(frame.width, frame.height, side)
    mode = "RGBA" if any(component.is_alpha for component in frame.format.components) else "RGB"
    small = frame.reformat(width=width, height=height, format="rgba" if mode == "RGBA" else "rgb24")
    plane = small.planes[0]
    picture = Image.frombytes(mode, (width, height), bytes(plane), "raw", mode, plane.line_size, 1)
    return picture.rotate(frame.rotation, expand=True) if frame.rotation else picture
