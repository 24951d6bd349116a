"""Pictures: whatever people send, as OpenAI looks at it, and whatever is drawn, as Telegram shows a photo."""

from __future__ import annotations

import contextlib
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pillow_heif
from PIL import Image, ImageOps, UnidentifiedImageError

from engine.core.errors import UnreadableFileError
from engine.media.files import BROKEN, arriving, parsing, size_of
from engine.media.frames import fitted, frames_of_video

SIDE_MOST = 2_048
"""Pixels of the long side of what OpenAI gets; the models make more smaller anyway."""
FRAMES_MOST = 4
FRAME_SIDE_MOST = 1_024
"""Of an animation's frames: the four together have no more pixels than one picture."""
PIXELS_MOST = 80_000_000
"""More is `too_large`: decoded, a pixel takes 4 bytes. Telephones make up to 50 million, the odd one 200."""
ANIMATED_PIXELS_MOST = 400_000_000
ANIMATED_FRAMES_MOST = 300
"""What is decoded of an animated GIF, WebP or PNG to choose from; the rest of it is not seen."""
JPEG_QUALITY = 88
WHITE = (255, 255, 255)

PHOTO_SIDES_MOST = 10_000
PHOTO_RATIO_MOST = 20
PHOTO_BYTES_MOST = 10_000_000
"""Telegram's rules for a photo (Bot API, sendPhoto): width + height, long : short side, and size."""
PHOTO_QUALITIES = (95, 88, 75, 60, 40)
"""Tried in this order until the photo is small enough."""

READ = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "HEIF", "AVIF")
"""Pillow's other formats are rare, or open programs and files of their own."""
ANIMATED = frozenset({"GIF", "WEBP", "PNG", "AVIF"})
"""Where more frames are a movement. In TIFF they are pages, in a JPEG (MPO) the same view once more."""

Image.init()
pillow_heif.register_heif_opener()
Image.MAX_IMAGE_PIXELS = PIXELS_MOST
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")  # "Corrupt EXIF data": not ours to mend
logging.getLogger("PIL").setLevel(logging.CRITICAL)
warnings.simplefilter("error", Image.DecompressionBombWarning)


class PreparedPicture(msgspec.Struct, frozen=True):
    """A picture that is ready for OpenAI: image/jpeg, or image/png where something shows through."""

    path: Path
    mime: str
    width: int
    height: int
    frames: tuple[Path, ...] = ()
    """of an animation: up to 4, in order and of one kind, the first is `path`; of a still picture none"""


def prepare(source: Path, folder: Path) -> PreparedPicture:
    """A picture, sticker or animation of any kind as OpenAI takes it, upright, without its metadata.

    It is written to `folder` under a name made from `source`'s, over what an earlier call has left there.

    Raises:
        UnreadableFileError: corrupt (also a .tgs sticker, which is a drawing program), empty, gone, too_large.
    """
    frames = _frames(source)
    is_transparent = any(frame.mode == "RGBA" for frame in frames)
    kind, mime = ("PNG", "image/png") if is_transparent else ("JPEG", "image/jpeg")
    paths = []
    for number, frame in enumerate(frames, 1):
        path = folder / f"{source.name}.seen{number}.{'png' if is_transparent else 'jpg'}"
        with arriving(path) as part:
            frame.save(part, kind, quality=JPEG_QUALITY, subsampling=0)
        paths.append(path)
    return PreparedPicture(
        path=paths[0],
        mime=mime,
        width=frames[0].width,
        height=frames[0].height,
        frames=tuple(paths) if len(paths) > 1 else (),
    )


def fit_photo(source: Path, target: Path) -> tuple[int, int]:
    """A picture as a JPEG that Telegram takes as a photo, on white where it was transparent; its width and height.

    One that is too long and thin gets white margins.

    Raises:
        UnreadableFileError: corrupt, empty, gone, too_large.
    """
    with _opened(source) as image:
        width, height = image.size
        side = PHOTO_SIDES_MOST * max(width, height) // (max(width, height) + _short_side(width, height))
        picture = _plain(image, side)
    picture = _on_white(picture)
    with arriving(target) as part:
        for quality in PHOTO_QUALITIES:
            picture.save(part, "JPEG", quality=quality)
            if part.stat().st_size <= PHOTO_BYTES_MOST:
                return picture.size
        raise UnreadableFileError("too much detail for a photo", code="too_large")


@contextmanager
def _opened(source: Path) -> Iterator[Image.Image]:
    """A picture whose header has been read; what goes wrong inside the block is told as ours."""
    size_of(source)
    try:
        with parsing(*BROKEN, Image.DecompressionBombError), Image.open(source, formats=READ) as image:
            yield image
    except UnreadableFileError as error:
        if isinstance(error.__cause__, Image.DecompressionBombError | Image.DecompressionBombWarning):
            raise UnreadableFileError("too many pixels", code="too_large") from error
        raise


def _frames(source: Path) -> list[Image.Image]:
    """One picture, or a few of an animation; small enough, RGB or RGBA."""
    try:
        with _opened(source) as image:
            if image.format in ANIMATED and getattr(image, "is_animated", False):
                return _spread(image)
            return [_plain(image, SIDE_MOST)]
    except UnreadableFileError as error:
        if not isinstance(error.__cause__, UnidentifiedImageError):
            raise
    return [_opaque(frame) for frame in frames_of_video(source, FRAMES_MOST, FRAME_SIDE_MOST)]


def _spread(image: Image.Image) -> list[Image.Image]:
    """Frames from the whole of an animation, whose length is not known before it has been walked: of the frames
    kept every second one is dropped whenever they get too many."""
    kept: list[Image.Image] = []
    stride = 1
    for index in range(max(1, min(ANIMATED_FRAMES_MOST, ANIMATED_PIXELS_MOST // (image.width * image.height)))):
        try:
            image.seek(index)
            if index % stride == 0:
                kept.append(_plain(image, FRAME_SIDE_MOST))
        except BROKEN:
            if not kept:
                raise
            break
        if len(kept) == 2 * FRAMES_MOST:
            kept, stride = kept[::2], stride * 2
    last = len(kept) - 1
    chosen = sorted({round(place * last / (FRAMES_MOST - 1)) for place in range(FRAMES_MOST)})
    return [kept[place] for place in chosen]


def _plain(image: Image.Image, side: int) -> Image.Image:
    """A copy: upright, the long side at most `side`, 8 bits a channel, RGB or (where something shows through) RGBA."""
    image.draft(None, (side, side))  # a JPEG is decoded at a half, a quarter or an eighth where that is enough
    image.load()
    if image.mode.startswith(("I", "F")):
        image = _eight_bits(image)
    mode = "RGBA" if image.has_transparency_data else "RGB"
    picture = image if image.mode == mode else image.convert(mode)
    picture = picture.resize(fitted(*image.size, side), Image.Resampling.LANCZOS, reducing_gap=2.0)
    with contextlib.suppress(*BROKEN):  # a picture with broken EXIF is a picture
        ImageOps.exif_transpose(picture, in_place=True)
    picture.info = {}  # comments and EXIF are not for OpenAI: they say where the photo was taken
    return _opaque(picture)


def _eight_bits(image: Image.Image) -> Image.Image:
    """Grey of 16 bits loses its lower half; grey of 32 bits or with a fraction is spread over what it uses."""
    low, high = (0.0, 65_535.0) if image.mode.startswith("I;16") else _extremes(image)
    scale = 255 / ((high - low) or 1)
    return image.point(lambda value: value * scale - low * scale).convert("L")


def _extremes(image: Image.Image) -> tuple[float, float]:
    low, high = image.getextrema()
    assert not isinstance(low, tuple)
    assert not isinstance(high, tuple)
    return low, high


def _opaque(picture: Image.Image) -> Image.Image:
    """Without its alpha channel, where nothing shows through: screenshots usually have one."""
    if picture.mode == "RGBA" and picture.getchannel("A").getextrema() == (255, 255):
        return picture.convert("RGB")
    return picture


def _short_side(width: int, height: int) -> int:
    """How short the short side of a photo may be, at the least."""
    return max(min(width, height), -(-max(width, height) // PHOTO_RATIO_MOST))


def _on_white(picture: Image.Image) -> Image.Image:
    """On a white ground, with margins where the sides' ratio is too large."""
    least = _short_side(*picture.size)
    size = max(picture.width, least), max(picture.height, least)
    if picture.mode == "RGB" and size == picture.size:
        return picture
    ground = Image.new("RGB", size, WHITE)
    place = (size[0] - picture.width) // 2, (size[1] - picture.height) // 2
    ground.paste(picture, place, picture if picture.mode == "RGBA" else None)
    return ground
