"""Pictures: real files of each kind, made here; whole, turned, moving, broken and hostile."""

from __future__ import annotations

import gzip
import random
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest
from PIL import Image

from engine.core.errors import UnreadableFileError
from engine.media.pictures import PHOTO_BYTES_MOST, PreparedPicture, fit_photo, prepare

RED, BLUE = (255, 0, 0), (0, 0, 255)
NOTHING = (0, 0, 0, 0)
ORIENTATION = 0x0112
QUARTER_TURN = 6
"""EXIF: the camera was held upright, so the picture's first row is to be its right side."""
SEEN = "seen"
"""The folder that pictures are prepared in."""


def halves(mode: str, left: Any, right: Any, size: tuple[int, int] = (400, 300)) -> Image.Image:
    """A picture of two colours side by side."""
    picture = Image.new(mode, size, left)
    picture.paste(right, (size[0] // 2, 0, *size))
    return picture


def prepared(source: Path) -> PreparedPicture:
    """What `prepare` makes of it; its sizes and types are as it says."""
    made = prepare(source, source.parent / SEEN)
    for path in made.frames or (made.path,):
        with Image.open(path) as picture:
            assert (picture.get_format_mimetype(), picture.size) == (made.mime, (made.width, made.height))
    assert made.path == (made.frames or (made.path,))[0]
    return made


def colours(path: Path) -> list[str]:
    """What is seen at the left, and at the right: red, blue, light, dark or nothing."""
    with Image.open(path) as opened:
        picture = opened.convert("RGBA")
    middle = picture.height // 2
    return [named(picture.getpixel((x, middle))) for x in (picture.width // 8, picture.width * 7 // 8)]


def named(pixel: Any) -> str:
    """A colour's name."""
    red, green, blue, alpha = pixel
    if alpha < 20:
        return "nothing"
    if red > 200 and green < 60 and blue < 60:
        return "red"
    if blue > 200 and red < 60 and green < 60:
        return "blue"
    return "light" if red > 128 else "dark"


def refusal(source: Path, read: Any = None) -> str:
    """The code with which a file is refused; nothing is left behind."""
    with pytest.raises(UnreadableFileError) as caught:
        (read or prepared)(source)
    seen = source.parent / SEEN
    assert not seen.exists() or not list(seen.iterdir())
    return caught.value.code


def write_film(path: Path, kind: str, codec: str, pixels: str, frames: int, **options: str) -> Path:
    """A film at 30 frames a second, 128x96, that gets bluer on its left; its right is transparent where it can be."""
    with av.open(str(path), "w", format=kind) as container:
        stream: Any = container.add_stream(codec, rate=30, options=options)
        stream.width, stream.height, stream.pix_fmt = 128, 96, pixels
        for number in range(frames):
            still = halves("RGBA", (0, 0, 255 * number // frames, 255), NOTHING, (128, 96))
            frame = av.VideoFrame.from_bytes(still.tobytes(), 128, 96, "rgba").reformat(format=pixels)
            frame.pts, frame.time_base = number, Fraction(1, 30)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def blueness(paths: tuple[Path, ...]) -> list[Any]:
    """How blue the left side of each picture is."""
    found = []
    for path in paths:
        with Image.open(path) as picture:
            found.append(picture.convert("RGB").getchannel("B").crop((5, 5, 9, 9)).getextrema()[1])
    return found


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp", "a.bmp", "a.tiff", "a.heic", "a.avif", "a.gif"])
def test_every_kind_of_picture_becomes_a_jpeg(tmp_path: Path, name: str) -> None:
    halves("RGB", RED, BLUE).save(tmp_path / name)
    made = prepared(tmp_path / name)
    assert (made.mime, made.width, made.height, made.frames) == ("image/jpeg", 400, 300, ())
    assert colours(made.path) == ["red", "blue"]
    assert made.path.parent == tmp_path / SEEN


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp", "a.tiff", "a.heic", "a.avif"])
def test_a_photo_stands_upright_as_it_was_taken(tmp_path: Path, name: str) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = QUARTER_TURN
    halves("RGB", RED, BLUE).transpose(Image.Transpose.ROTATE_90).save(tmp_path / name, exif=exif.tobytes())
    made = prepared(tmp_path / name)
    assert (made.width, made.height) == (400, 300)
    assert colours(made.path) == ["red", "blue"]


def test_a_name_says_nothing(tmp_path: Path) -> None:
    halves("RGB", RED, BLUE).save(tmp_path / "a.pdf", "WEBP")
    assert colours(prepared(tmp_path / "a.pdf").path) == ["red", "blue"]


@pytest.mark.parametrize(
    ("name", "picture", "seen"),
    [
        ("cmyk.jpg", halves("CMYK", (0, 255, 255, 0), (255, 255, 0, 0)), ["red", "blue"]),
        ("grey.jpg", halves("L", 255, 0), ["light", "dark"]),
        ("fax.tiff", halves("1", 1, 0), ["light", "dark"]),
        ("16bit.png", halves("I;16", 60_000, 300), ["light", "dark"]),
        ("16bit.tiff", halves("I;16", 60_000, 300), ["light", "dark"]),
        ("32bit.tiff", halves("I", -70_000, 70_000), ["dark", "light"]),
        ("float.tiff", halves("F", 0.75, 0.25), ["light", "dark"]),
        ("palette.png", halves("RGB", RED, BLUE).quantize(4), ["red", "blue"]),
        ("screenshot.png", halves("RGBA", (*RED, 255), (*BLUE, 255)), ["red", "blue"]),
    ],
)
def test_every_way_to_write_a_pixel_is_understood(
    tmp_path: Path, name: str, picture: Image.Image, seen: list[str]
) -> None:
    picture.save(tmp_path / name)
    made = prepared(tmp_path / name)
    assert (made.mime, colours(made.path)) == ("image/jpeg", seen)


@pytest.mark.parametrize(
    ("name", "picture"),
    [
        ("sticker.webp", halves("RGBA", (*RED, 255), NOTHING, (512, 512))),
        ("a.png", halves("RGBA", (*RED, 255), NOTHING)),
        ("palette.png", halves("RGBA", (*RED, 255), NOTHING).quantize(4)),
        ("palette.gif", halves("RGBA", (*RED, 255), NOTHING)),
    ],
)
def test_what_shows_through_stays_so(tmp_path: Path, name: str, picture: Image.Image) -> None:
    picture.save(tmp_path / name)
    made = prepared(tmp_path / name)
    assert (made.mime, colours(made.path)) == ("image/png", ["red", "nothing"])


def test_a_large_picture_becomes_smaller_and_a_small_one_stays(tmp_path: Path) -> None:
    halves("RGB", RED, BLUE, (4_000, 1_000)).save(tmp_path / "a.jpg")
    made = prepared(tmp_path / "a.jpg")
    assert (made.width, made.height) == (2_048, 512)
    halves("RGB", RED, BLUE, (9_000, 2)).save(tmp_path / "thin.png")
    made = prepared(tmp_path / "thin.png")
    assert (made.width, made.height) == (2_048, 1)
    Image.new("RGB", (1, 1)).save(tmp_path / "dot.png")
    assert prepared(tmp_path / "dot.png").width == 1


def test_where_a_photo_was_taken_stays_with_the_person(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010E] = "51.5007 N 0.1246 W"
    for name in ("a.jpg", "a.png"):
        picture = halves("RGBA", (*RED, 128), NOTHING) if name == "a.png" else halves("RGB", RED, BLUE)
        picture.save(tmp_path / name, exif=exif, comment="51.5007 N 0.1246 W")
        assert b"51.5007" in (tmp_path / name).read_bytes()
        assert b"51.5007" not in prepared(tmp_path / name).path.read_bytes()


@pytest.mark.filterwarnings("ignore::UserWarning")  # as the product does: pytest sets its own filters
def test_broken_exif_does_not_spoil_a_picture(tmp_path: Path) -> None:
    halves("RGB", RED, BLUE).save(tmp_path / "a.jpg", exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + b"\x01\x12\0\3" * 3)
    assert colours(prepared(tmp_path / "a.jpg").path) == ["red", "blue"]


@pytest.mark.parametrize("name", ["a.gif", "a.webp", "a.png", "a.avif"])
def test_an_animation_becomes_four_frames_from_its_whole_length(tmp_path: Path, name: str) -> None:
    frames = [Image.new("RGB", (80, 60), (0, 0, 4 * number)) for number in range(60)]
    frames[0].save(tmp_path / name, save_all=True, append_images=frames[1:], duration=40)
    made = prepared(tmp_path / name)
    blue = blueness(made.frames)
    assert (len(blue), blue) == (4, sorted(blue))
    assert blue[0] < 40
    assert blue[3] > 180


def test_an_animation_of_two_frames_becomes_two(tmp_path: Path) -> None:
    Image.new("RGB", (80, 60), RED).save(
        tmp_path / "a.gif", save_all=True, append_images=[Image.new("RGB", (80, 60), BLUE)]
    )
    assert [colours(path)[0] for path in prepared(tmp_path / "a.gif").frames] == ["red", "blue"]


def test_of_an_animation_that_was_cut_off_what_is_there_is_seen(tmp_path: Path) -> None:
    noise = [Image.effect_noise((80, 60), 90) for _ in range(20)]
    noise[0].save(tmp_path / "a.gif", save_all=True, append_images=noise[1:])
    whole = (tmp_path / "a.gif").read_bytes()
    (tmp_path / "half.gif").write_bytes(whole[: len(whole) // 2])
    assert len(prepared(tmp_path / "half.gif").frames) == 4


def test_pages_of_a_scan_are_no_animation(tmp_path: Path) -> None:
    pages = [Image.new("RGB", (80, 60), colour) for colour in (RED, BLUE)]
    pages[0].save(tmp_path / "a.tiff", save_all=True, append_images=pages[1:])
    made = prepared(tmp_path / "a.tiff")
    assert (made.frames, colours(made.path)) == ((), ["red", "red"])


def test_a_video_sticker_is_seen_in_four_frames_with_its_transparency(tmp_path: Path) -> None:
    source = write_film(tmp_path / "a.webm", "webm", "libvpx-vp9", "yuva420p", 60, **{"auto-alt-ref": "0"})
    made = prepared(source)
    blue = blueness(made.frames)
    assert (made.mime, len(blue), blue) == ("image/png", 4, sorted(blue))
    assert blue[3] - blue[0] > 150
    assert {colours(path)[1] for path in made.frames} == {"nothing"}


def test_a_gif_that_telegram_made_a_film_is_seen_in_four_frames(tmp_path: Path) -> None:
    """One key frame at the beginning, as usual: the later moments are decoded from there."""
    source = write_film(tmp_path / "a.mp4", "mp4", "libx264", "yuv420p", 120, g="600")
    made = prepared(source)
    blue = blueness(made.frames)
    assert (made.mime, len(blue), blue) == ("image/jpeg", 4, sorted(blue))
    assert blue[3] - blue[0] > 150


def test_a_film_of_one_frame_is_a_picture(tmp_path: Path) -> None:
    assert prepared(write_film(tmp_path / "a.mp4", "mp4", "libx264", "yuv420p", 1)).frames == ()


def test_a_film_stands_upright_as_it_was_taken(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "a.mp4"), "w") as container:
        stream: Any = container.add_stream("libx264", rate=30)
        stream.width, stream.height, stream.pix_fmt = 96, 128, "yuv420p"
        stream.set_display_rotation(-90)
        still = halves("RGB", RED, BLUE, (128, 96)).transpose(Image.Transpose.ROTATE_90)
        frame = av.VideoFrame.from_bytes(still.convert("RGBA").tobytes(), *still.size, "rgba").reformat(
            format="yuv420p"
        )
        frame.pts, frame.time_base = 0, Fraction(1, 30)
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    made = prepared(tmp_path / "a.mp4")
    assert ((made.width, made.height), colours(made.path)) == ((128, 96), ["red", "blue"])


def test_a_drawn_sticker_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "a.tgs").write_bytes(gzip.compress(b'{"tgs":1,"v":"5.5.2","fr":60,"layers":[]}'))
    assert refusal(tmp_path / "a.tgs") == "corrupt"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (bytes(1_000), "corrupt"),
        (b"Dear Sir or Madam\n" * 100, "corrupt"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><image href='file:///etc/passwd'/></svg>", "corrupt"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/etc/passwd) run\n", "corrupt"),
        (random.Random(1).randbytes(10_000), "corrupt"),
    ],
    ids=["nothing", "zeros", "text", "SVG", "PostScript", "noise"],
)
def test_what_is_no_picture_is_refused_with_the_reason(tmp_path: Path, content: bytes, code: str) -> None:
    (tmp_path / "a.jpg").write_bytes(content)
    assert refusal(tmp_path / "a.jpg") == code
    assert refusal(tmp_path / "a.jpg", lambda source: fit_photo(source, tmp_path / SEEN / "photo.jpg")) == code


def test_a_picture_that_is_not_there_is_gone(tmp_path: Path) -> None:
    assert refusal(tmp_path / "a.jpg") == "gone"


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp", "a.heic", "a.tiff", "a.mp4"])
def test_a_picture_that_was_cut_off_is_corrupt(tmp_path: Path, name: str) -> None:
    if name == "a.mp4":
        write_film(tmp_path / name, "mp4", "libx264", "yuv420p", 60)
    else:
        Image.effect_noise((400, 300), 90).convert("RGB").save(tmp_path / name)
    whole = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(whole[: len(whole) // 2])
    assert refusal(tmp_path / name) == "corrupt"


def test_a_picture_bomb_is_too_large(tmp_path: Path) -> None:
    Image.new("1", (9_500, 9_000)).save(tmp_path / "twice.png")
    Image.new("1", (20_000, 20_000)).save(tmp_path / "often.png")
    for name in ("twice.png", "often.png"):
        assert (tmp_path / name).stat().st_size < 100_000
        assert refusal(tmp_path / name) == "too_large"


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.gif", "a.webp", "a.tiff", "a.heic", "a.avif", "a.bmp"])
def test_damage_anywhere_ends_in_a_picture_or_a_refusal(tmp_path: Path, name: str) -> None:
    pictures = [halves("RGB", RED, BLUE, (40, 30)), halves("RGB", BLUE, RED, (40, 30))]
    pictures[0].save(tmp_path / name, save_all=name == "a.gif", append_images=pictures[1:])
    whole = (tmp_path / name).read_bytes()
    for seed in range(40):
        chance = random.Random(seed)
        damaged = bytearray(whole)
        for _ in range(chance.choice((1, 3, 20))):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        (tmp_path / "damaged").write_bytes(damaged)
        try:
            prepared(tmp_path / "damaged")
        except UnreadableFileError as error:
            assert error.code in ("corrupt", "too_large")  # noqa: PT017 - either is as good


def photo_of(source: Path) -> Path:
    """The photo that is made of a picture; it keeps Telegram's rules and its size is as said."""
    target = source.with_name("photo.jpg")
    size = fit_photo(source, target)
    with Image.open(target) as photo:
        assert (photo.format, photo.mode, photo.size) == ("JPEG", "RGB", size)
    assert sum(size) <= 10_000
    assert max(size) <= 20 * min(size)
    assert target.stat().st_size <= PHOTO_BYTES_MOST
    return target


def test_a_drawn_picture_becomes_a_photo_of_its_size(tmp_path: Path) -> None:
    halves("RGB", RED, BLUE, (1_536, 1_024)).save(tmp_path / "a.png")
    with Image.open(photo_of(tmp_path / "a.png")) as photo:
        assert photo.size == (1_536, 1_024)
    assert colours(tmp_path / "photo.jpg") == ["red", "blue"]


def test_a_photo_is_white_where_the_picture_was_nothing(tmp_path: Path) -> None:
    halves("RGBA", (*RED, 255), NOTHING).save(tmp_path / "a.webp")
    assert colours(photo_of(tmp_path / "a.webp")) == ["red", "light"]


@pytest.mark.parametrize("size", [(9_000, 3_000), (30_000, 2), (1, 7_000), (1, 1), (12_000, 599)])
def test_a_photo_is_never_too_large_nor_too_thin(tmp_path: Path, size: tuple[int, int]) -> None:
    Image.new("RGB", size, BLUE).save(tmp_path / "a.png")
    photo_of(tmp_path / "a.png")


def test_a_photo_with_much_detail_is_made_small_enough(tmp_path: Path) -> None:
    Image.effect_noise((4_800, 4_000), 120).save(tmp_path / "a.bmp")
    photo_of(tmp_path / "a.bmp")
