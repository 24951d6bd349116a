"""The pictures that the local OpenAI draws: shapes and colours that follow from the prompt, and the prompt's words.

Everything here computes; it belongs in a thread.
"""

from __future__ import annotations

import io
import textwrap
from collections.abc import Sequence
from functools import cache
from hashlib import blake2b

from PIL import Image, ImageDraw, ImageFont, ImageOps

Colour = tuple[int, int, int]
PillowImage = Image.Image
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

WORDS_MOST = 160
LINE_CHARACTERS = 24
SKY_SIDE = 32
TINT = 0.35
BAND_SHARE = 0.2
"""Of an edited picture's height, the band with the words."""
FORMATS = ("PNG", "JPEG", "WEBP")
"""What may be edited, in Pillow's names."""
MODES = ("1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr")
BLUR = (32, 16, 8)
"""How coarse the first unfinished picture is, and the next."""
FONT = "DejaVuSans.ttf"


def opened(content: bytes | memoryview) -> PillowImage:
    """A whole picture, upright; ValueError for one that is broken, too large, or of another format."""
    try:
        image = Image.open(io.BytesIO(content), formats=FORMATS)
        image.load()
    except (OSError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ValueError("no picture that can be read") from error
    if image.mode not in MODES:
        raise ValueError("a picture whose pixels nobody here understands")
    return ImageOps.exif_transpose(image)


def painted(prompt: str, size: tuple[int, int], *, number: int = 0, is_transparent: bool = False) -> PillowImage:
    """A picture of a prompt: the same for the same prompt, number and size."""
    colours = _colours(f"{number}:{prompt}")
    image = _sky(colours[0], colours[1], size)
    draw = ImageDraw.Draw(image)
    for place, colour in enumerate(colours[2:5]):
        draw.ellipse(_circle(place, colours[5][place], size), fill=colour)
    _write(draw, prompt, (0, 0, *size))
    if is_transparent:
        mask = Image.new("L", size)
        ImageDraw.Draw(mask).ellipse((0, 0, size[0] - 1, size[1] - 1), fill=255)
        image.putalpha(mask)
    return image


def edited(
    prompt: str,
    sources: Sequence[PillowImage],
    mask: PillowImage | None,
    size: tuple[int, int],
    *,
    number: int = 0,
    is_transparent: bool = False,
) -> PillowImage:
    """The first source in a tint of the prompt's, under a band with the prompt's words; further sources are small in
    its corner. With a mask only its transparent areas change."""
    colours = _colours(f"{number}:{prompt}")
    first = ImageOps.fit(sources[0].convert("RGBA"), size)
    base = Image.new("RGB", size, "white")
    base.paste(first, mask=first.getchannel("A"))
    changed = Image.blend(base, Image.new("RGB", size, colours[0]), TINT)
    draw = ImageDraw.Draw(changed)
    band = (0, round(size[1] * (1 - BAND_SHARE)), *size)
    draw.rectangle(band, fill=colours[1])
    _write(draw, prompt, band)
    side = max(8, min(size) // 6)
    for place, source in enumerate(sources[1:]):
        changed.paste(ImageOps.fit(source.convert("RGB"), (side, side)), (place * side % size[0], 0))
    if mask is not None:
        kept = ImageOps.fit(mask.convert("RGBA"), size).getchannel("A")
        changed.paste(base, mask=kept)
    if is_transparent:
        changed.putalpha(first.getchannel("A"))
    return changed


def unfinished(image: PillowImage, stage: int) -> PillowImage:
    """The picture as it is on its way, `stage` from 0."""
    coarse = BLUR[min(stage, len(BLUR) - 1)]
    small = image.resize((max(1, image.width // coarse), max(1, image.height // coarse)), Image.Resampling.BOX)
    return small.resize(image.size, Image.Resampling.NEAREST)


def encoded(image: PillowImage, form: str, compression: int | None = None) -> bytes:
    """The file: `form` is png, jpeg or webp, `compression` 0 to 100 as OpenAI's `output_compression`."""
    made = io.BytesIO()
    if form == "png":
        image.save(made, "PNG", compress_level=1)
    elif form == "jpeg":
        image.convert("RGB").save(made, "JPEG", quality=min(95, 90 if compression is None else compression))
    else:
        image.save(made, "WEBP", method=0, quality=80 if compression is None else compression)
    return made.getvalue()


def _colours(seed: str) -> list[Colour]:
    """Six of them, all of middling brightness, so that words can be read on them."""
    digest = blake2b(seed.encode(), digest_size=18).digest()
    shades = [40 + byte * 130 // 255 for byte in digest]
    return [(shades[at], shades[at + 1], shades[at + 2]) for at in range(0, 18, 3)]


def _sky(above: Colour, below: Colour, size: tuple[int, int]) -> PillowImage:
    column = Image.linear_gradient("L").resize((1, SKY_SIDE))
    small = Image.composite(Image.new("RGB", (1, SKY_SIDE), below), Image.new("RGB", (1, SKY_SIDE), above), column)
    return small.resize((1, size[1]), Image.Resampling.BILINEAR).resize(size, Image.Resampling.NEAREST)


def _circle(place: int, where: int, size: tuple[int, int]) -> tuple[int, int, int, int]:
    width, height = size
    radius = min(size) * (4 - place) // 16 + 1
    x, y = width * (2 * place + 1) // 6, height * (where % 100) // 100
    return x - radius, y - radius, x + radius, y + radius


def _write(draw: ImageDraw.ImageDraw, prompt: str, box: tuple[int, int, int, int]) -> None:
    """The beginning of the prompt, centred in a box, as large as it fits."""
    lines = textwrap.wrap(prompt[:WORDS_MOST], LINE_CHARACTERS) or ["?"]
    width, height = box[2] - box[0], box[3] - box[1]
    points = max(8, min(width // (LINE_CHARACTERS // 2 + 2), height // (len(lines) + 1)))
    centre = ((box[0] + box[2]) // 2, (box[1] + box[3]) // 2)
    draw.multiline_text(centre, "\n".join(lines), fill="white", font=_font(points), anchor="mm", align="center")


@cache
def _font(points: int) -> Font:
    """One with Cyrillic where the system has it, else Pillow's own."""
    try:
        return ImageFont.truetype(FONT, points)
    except OSError:
        return ImageFont.load_default(points)
