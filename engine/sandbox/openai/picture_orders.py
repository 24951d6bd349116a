"""What is asked for with a picture: read and checked as OpenAI does, and what it will cost in tokens."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

from openai.types import image_edit_params as edit_params
from openai.types import image_generate_params as generate_params

from engine.sandbox.openai.drawing import PillowImage
from engine.sandbox.openai.media_models import PICTURE_MODELS, media_model
from engine.sandbox.openai.prompt import tokens_of
from engine.sandbox.openai.shapes import check_of, invalid_value
from engine.sandbox.openai.usage import Usage
from engine.sandbox.openai.wire import JSON, ApiError

PROMPT_MAX = 32_000
PICTURES_MAX = 10
PARTIALS_MAX = 3
SIZE_STEP = 16
RATIO_MAX = 3
LONG_EDGE_MAX, PIXELS_MAX = 3840, 3840 * 2160
STANDARD = ((1024, 1024), (1536, 1024), (1024, 1536))
QUALITY_TOKENS = {"low": 272, "medium": 1056, "high": 4160, "xhigh": 6240, "max": 8320}
"""For 1024x1024; other sizes in proportion to their pixels. The first three are OpenAI's, the last two made up."""
PARTIAL_TOKENS = 100
"""For each unfinished picture that is shown (OpenAI's image guide)."""
PATCH_SIDE, SOURCE_TOKENS_MAX = 32, 1536
"""A source picture costs a token per patch: a plausible rule, not OpenAI's."""
FORMS = ["png", "webp", "jpeg"]
"""OpenAI draws gif and svg too, as previews; the sandbox does not."""

_SIZE = re.compile(r"([1-9]\d{1,4})x([1-9]\d{1,4})")


@dataclass(frozen=True, slots=True)
class PictureOrder:
    """A picture to draw, or (with sources) to change."""

    prompt: str
    model: str
    size: tuple[int, int]
    quality: str
    form: str
    compression: int | None
    is_transparent: bool
    count: int
    partials: int
    is_streamed: bool
    sources: tuple[PillowImage, ...] = ()
    mask: PillowImage | None = None

    @property
    def kind(self) -> Literal["image_generation", "image_edit"]:
        """As the names of its events begin."""
        return "image_edit" if self.sources else "image_generation"

    @property
    def settings(self) -> JSON:
        """What the answer says of it."""
        return {
            "background": "transparent" if self.is_transparent else "opaque",
            "output_format": self.form,
            "quality": self.quality,
            "size": f"{self.size[0]}x{self.size[1]}",
        }

    @property
    def usage(self) -> Usage:
        """Tokens by size and quality, and of the prompt and the sources."""
        seen = sum(_source_tokens(source) for source in self.sources)
        made = self.count * _picture_tokens(self.size, self.quality) + self.partials * PARTIAL_TOKENS
        return Usage(
            input_tokens=tokens_of(self.prompt) + seen,
            output_tokens=made,
            image_input_tokens=seen,
            image_output_tokens=made,
        )


def check_generation(body: JSON) -> None:
    """Check a body of POST /v1/images/generations."""
    is_streamed = body.get("stream") is True
    shape: Any = generate_params.ImageGenerateParamsNonStreaming
    _check(body, generate_params.ImageGenerateParamsStreaming if is_streamed else shape)


def check_edit(fields: JSON) -> None:
    """Check the fields of POST /v1/images/edits; files are there by their names."""
    is_streamed = fields.get("stream") is True
    shape: Any = edit_params.ImageEditParamsNonStreaming
    _check(fields, edit_params.ImageEditParamsStreaming if is_streamed else shape)


def _check(body: JSON, shape: Any) -> None:
    check_of(shape)(body, "")
    if not body["prompt"]:
        raise _invalid("prompt", "string too short. Expected a string with minimum length 1.")
    if len(body["prompt"]) > PROMPT_MAX:
        message = f"string too long. Expected a string with maximum length {PROMPT_MAX}."
        raise _invalid("prompt", message, "string_above_max_length")
    bounds = {"n": (1, PICTURES_MAX), "partial_images": (0, PARTIALS_MAX), "output_compression": (0, 100)}
    for name, (low, high) in bounds.items():
        value = body.get(name)
        if value is not None and not low <= value <= high:
            raise _invalid(name, f"expected an integer from {low} to {high}, but got {value} instead.")
    if body.get("output_format", "png") not in FORMS:
        raise invalid_value("output_format", body["output_format"], FORMS)
    for retired in ("response_format", "style"):
        if body.get(retired) is not None:
            raise ApiError(400, f"Unknown parameter: '{retired}'.", code="unknown_parameter", param=retired)
    _check_combinations(body)


def _check_combinations(body: JSON) -> None:
    form = body.get("output_format") or "png"
    if body.get("background") == "transparent" and form == "jpeg":
        raise _invalid("background", "transparent background is not supported for the 'jpeg' output format.")
    if body.get("output_compression") not in (None, 100) and form == "png":
        raise _invalid("output_compression", "the 'png' output format cannot be compressed.")
    if body.get("partial_images") and not body.get("stream"):
        raise _invalid("partial_images", "only allowed when 'stream' is enabled.")
    if body.get("stream") and (body.get("n") or 1) > 1:
        raise _invalid("n", "only one image can be streamed.")


def order_of(body: JSON, sources: tuple[PillowImage, ...] = (), mask: PillowImage | None = None) -> PictureOrder:
    """The order in a checked body; 400 for a model, a size or a quality that there is not."""
    model = media_model(body.get("model"), PICTURE_MODELS)
    quality = body.get("quality") or "auto"
    offered = list(QUALITY_TOKENS)[: 3 if model.startswith("gpt-image-2-") or model == "gpt-image-2" else None]
    if quality not in {*offered, "auto"}:
        raise invalid_value("quality", quality, [*offered, "auto"])
    return PictureOrder(
        prompt=body["prompt"],
        model=model,
        size=_size_of(body.get("size") or "auto", sources),
        quality="medium" if quality == "auto" else quality,
        form=body.get("output_format") or "png",
        compression=body.get("output_compression"),
        is_transparent=body.get("background") == "transparent",
        count=body.get("n") or 1,
        partials=body.get("partial_images") or 0,
        is_streamed=bool(body.get("stream")),
        sources=sources,
        mask=mask,
    )


def _size_of(asked: str, sources: tuple[PillowImage, ...]) -> tuple[int, int]:
    if asked == "auto":
        ratio = sources[0].width / sources[0].height if sources else 1.0
        return min(STANDARD, key=lambda size: abs(size[0] / size[1] - ratio))
    found = _SIZE.fullmatch(asked)
    if found is None:
        named = [f"{width}x{height}" for width, height in STANDARD]
        raise invalid_value("size", asked, [*named, "auto"])
    width, height = int(found[1]), int(found[2])
    if width % SIZE_STEP or height % SIZE_STEP:
        raise _invalid("size", f"width and height must be divisible by {SIZE_STEP}, but got '{asked}'.")
    if max(width, height) > RATIO_MAX * min(width, height):
        raise _invalid("size", f"the aspect ratio must be between 1:3 and 3:1, but got '{asked}'.")
    if max(width, height) > LONG_EDGE_MAX or width * height > PIXELS_MAX:
        raise _invalid("size", f"the maximum is 3840x2160, but got '{asked}'.")
    return width, height


def _invalid(param: str, what: str, code: str = "invalid_value") -> ApiError:
    return ApiError(400, f"Invalid '{param}': {what}", code=code, param=param)


def _picture_tokens(size: tuple[int, int], quality: str) -> int:
    return -(-QUALITY_TOKENS[quality] * size[0] * size[1] // 1024**2)


def _source_tokens(source: PillowImage) -> int:
    patches = -(-source.width // PATCH_SIDE) * -(-source.height // PATCH_SIDE)
    return min(SOURCE_TOKENS_MAX, patches)
