"""Files made for tests: real ones, as small as they can be, and broken ones."""

from __future__ import annotations

import io
import math
import struct
import tarfile
import warnings
import wave
import zipfile
from array import array
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from functools import cache
from pathlib import Path

import av
import pillow_heif
from PIL import Image, ImageDraw


def picture(form: str = "PNG", *, width: int = 320, height: int = 240, words: str = "") -> bytes:
    """A picture with a gradient; `form` as Pillow names it, or HEIF."""
    image = Image.linear_gradient("L").resize((width, height)).convert("RGB")
    if words:
        ImageDraw.Draw(image).text((10, 10), words, fill="red")
    made = io.BytesIO()
    if form == "HEIF":
        pillow_heif.from_pillow(image).save(made, quality=60)
    else:
        image.save(made, form)
    return made.getvalue()


def moving(form: str = "GIF", *, frames: int = 6) -> bytes:
    """A picture that moves: GIF or WEBP."""
    images = [Image.new("RGB", (64, 48), (40 * number % 256, 90, 200)) for number in range(frames)]
    made = io.BytesIO()
    images[0].save(made, form, save_all=True, append_images=images[1:], duration=80)
    return made.getvalue()


@cache
def sound(duration_s: float = 2.0, *, form: str = "ogg", codec: str = "libopus", hertz: float = 330.0) -> bytes:
    """A tone: by default as Telegram's voice notes are (Opus in Ogg)."""
    rate = 48_000 if codec == "libopus" else 44_100
    made = io.BytesIO()
    with av.open(made, "w", format=form) as container:
        stream = container.add_stream(codec, rate=rate)
        assert isinstance(stream, av.AudioStream)
        stream.layout = "mono"
        resampler = av.AudioResampler(format=stream.format, layout="mono", rate=rate)
        for frame in resampler.resample(_tone(0, max(1, round(duration_s * rate)), rate, hertz)):
            for packet in stream.encode(frame):
                container.mux(packet)
        for packet in stream.encode(None):
            container.mux(packet)
    return made.getvalue()


def _tone(begin: int, count: int, rate: int, hertz: float) -> av.AudioFrame:
    samples = array("f", (0.5 * math.sin(2 * math.pi * hertz * at / rate) for at in range(begin, begin + count)))
    frame = av.AudioFrame(format="fltp", layout="mono", samples=count)
    frame.planes[0].update(samples.tobytes())
    frame.sample_rate, frame.pts, frame.time_base = rate, begin, Fraction(1, rate)
    return frame


def tag(picture: bytes) -> bytes:
    """An ID3v2 tag with a cover picture (id3.org, ID3v2.3.0; its size is written in bytes of 7 bits)."""
    body = b"\0image/jpeg\0\3\0" + picture
    frame = b"APIC" + struct.pack(">L", len(body)) + b"\0\0" + body
    return b"ID3\3\0\0" + bytes(len(frame) >> shift & 127 for shift in (21, 14, 7, 0)) + frame


@cache
def film(duration_s: float = 1.0, *, has_sound: bool = True) -> bytes:
    """An MP4 with a picture and, if wanted, a tone."""
    made = io.BytesIO()
    with av.open(made, "w", format="mp4") as container:
        video = container.add_stream("mpeg4", rate=10)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        audio = container.add_stream("aac", rate=44_100) if has_sound else None
        if audio is not None:
            audio.layout = "mono"
        for number in range(round(duration_s * 10)):
            frame = av.VideoFrame.from_image(Image.new("RGB", (64, 48), (number * 20 % 256, 0, 90)))  # type: ignore[no-untyped-call]
            frame.pts = number
            for packet in video.encode(frame):
                container.mux(packet)
        for packet in video.encode(None):
            container.mux(packet)
        if audio is not None:
            count = round(duration_s * 44_100)
            for at in range(0, count - 1024, 1024):
                spoken = _tone(at, 1024, 44_100, 300.0)
                for packet in audio.encode(spoken):
                    container.mux(packet)
            for packet in audio.encode(None):
                container.mux(packet)
    return made.getvalue()


def pdf(pages: int = 1, words: str = "page") -> bytes:
    """A PDF with that many pages, each with its number on it."""
    kids, objects = (
        [],
        ["<< /Type /Catalog /Pages 2 0 R >>", "", "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"],
    )
    for number in range(1, pages + 1):
        content = f"BT /F1 24 Tf 72 720 Td ({words} {number}) Tj ET"
        objects.append(f"<< /Length {len(content)} >>\nstream\n{content}\nendstream")
        objects.append(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << /Font << /F1 3 0 R >> >>"
            f" /Contents {len(objects)} 0 R >>"
        )
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {pages} >>"
    made, offsets = "%PDF-1.4\n", []
    for number, one in enumerate(objects, 1):
        offsets.append(len(made))
        made += f"{number} 0 obj\n{one}\nendobj\n"
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    size = len(objects) + 1
    made += f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer\n<< /Size {size} /Root 1 0 R >>\n"
    return f"{made}startxref\n{made.index('xref')}\n%%EOF\n".encode("latin-1")


def table(rows: int, columns: tuple[str, ...] = ("date", "amount", "city")) -> bytes:
    """A CSV with a head and that many rows."""
    lines = [",".join(columns)]
    lines += [",".join(f"{name}{number}" for name in columns) for number in range(rows)]
    return ("\n".join(lines) + "\n").encode()


def zeros(size: int = 4096) -> bytes:
    """Nothing, whatever its name says."""
    return bytes(size)


def talk(path: Path, said: Iterable[tuple[float, float]], *, hertz: int = 8_000, hum: int = 0) -> Path:
    """A WAV of "speech": for each pair so many seconds of a tone, then so many of silence, or of a hum of that peak.

    Hours of it take a moment: a second of each is made once.
    """
    spoken = _second(hertz, 12_000)
    quiet = _second(hertz, hum)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(hertz)
        for tone_s, pause_s in said:
            file.writeframesraw(_stretched(spoken, tone_s) + _stretched(quiet, pause_s))
    return path


def _second(hertz: int, peak: int) -> bytes:
    """A second of a tone of 300 Hz, which fits into it without a seam."""
    return array("h", (round(peak * math.sin(600 * math.pi * at / hertz)) for at in range(hertz))).tobytes()


def _stretched(second: bytes, seconds: float) -> bytes:
    count = round(seconds * len(second) / 2) * 2
    return (second * (count // len(second) + 1))[:count]


def hole(path: Path, size: int) -> Path:
    """A file of zeros that takes no room on the disk."""
    with path.open("wb") as file:
        file.truncate(size)
    return path


Members = Mapping[str, bytes] | Sequence[tuple[str, bytes]]
"""Names and contents of an archive's files; names may be equal in a sequence."""


def zipped(members: Members, *, form: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip; a name that ends with @ is a link."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", form) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of equal names
        for name, content in members.items() if isinstance(members, Mapping) else members:
            entry = zipfile.ZipInfo(name.removesuffix("@"))
            entry.compress_type = form
            entry.external_attr = (0o120777 if name.endswith("@") else 0o100644) << 16
            archive.writestr(entry, content)
    return made.getvalue()


BOMB_BYTES = 300 * 1024 * 1024


def bomb(members: Members = (), *, name: str = "zeros.txt", size: int = BOMB_BYTES) -> bytes:
    """A zip with one more member, of which so much would become, as its headers say, out of a kilobyte."""
    zeros = 999_983
    given = list(members.items() if isinstance(members, Mapping) else members)
    return zipped([*given, (name, bytes(zeros))]).replace(struct.pack("<L", zeros), struct.pack("<L", size))


def tarred(members: Members, *, form: str = "gz") -> bytes:
    """A tar, compressed with gz, bz2, xz or ""; a name that ends with @ is a link to what it contains."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode=f"w:{form}") as archive:  # type: ignore[call-overload]
        for name, content in members.items() if isinstance(members, Mapping) else members:
            entry = tarfile.TarInfo(name.removesuffix("@"))
            if name.endswith("@"):
                entry.type, entry.linkname = tarfile.SYMTYPE, content.decode()
            else:
                entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return made.getvalue()
