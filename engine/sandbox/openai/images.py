"""POST /v1/images/generations and /v1/images/edits: pictures drawn here, whole or with their unfinished stages."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import datetime
from functools import partial

import anyio.to_thread
from openai.types.image_edit_params import ImageEditParamsNonStreaming

from engine.sandbox.openai.drawing import PillowImage, edited, encoded, opened, painted, unfinished
from engine.sandbox.openai.forms import Form, FormFile, read_form, typed
from engine.sandbox.openai.limits import MIB, Limits
from engine.sandbox.openai.paid import Till
from engine.sandbox.openai.picture_orders import PictureOrder, check_edit, check_generation, order_of
from engine.sandbox.openai.requests import read_object
from engine.sandbox.openai.seen import SeenRequest
from engine.sandbox.openai.shapes import missing
from engine.sandbox.openai.wire import JSON, Answer, ApiError, Request, json_answer, sse_frame

SOURCES_MAX = 16
SOURCE_TYPES = ("image/jpeg", "image/png", "image/webp")
MASK_BYTES_MAX = 4 * MIB


class Images:
    """The two operations on pictures."""

    def __init__(self, till: Till, limits: Limits, now: Callable[[], datetime]) -> None:
        self._till = till
        self._limits = limits
        self._now = now

    async def generate(self, request: Request, seen: SeenRequest, _: str) -> Answer:
        """Draw a prompt."""
        body = read_object(request.body)
        check_generation(body)
        return await self._answer(seen, order_of(body))

    async def edit(self, request: Request, seen: SeenRequest, _: str) -> Answer:
        """Change one picture, or make one of several."""
        form = read_form(request)
        fields = typed(form.fields, ImageEditParamsNonStreaming)
        given = [file for file in form.files if file.field == "image"]
        names: JSON = {file.field: file.name for file in form.files if file.field != "image"}
        names |= {"image": [file.name for file in given]} if given else {}
        seen.body = {**fields, **names}
        check_edit(seen.body)
        self._check_files(given)
        sources, mask = await anyio.to_thread.run_sync(_opened, given, form)
        return await self._answer(seen, order_of(fields, sources, mask))

    def _check_files(self, given: list[FormFile]) -> None:
        if not given:
            raise missing("image")
        if len(given) > SOURCES_MAX:
            message = f"Invalid 'image': too many images. Expected at most {SOURCES_MAX}, but got {len(given)} instead."
            raise ApiError(400, message, code="array_above_max_length", param="image")
        for file in given:
            if file.mime not in SOURCE_TYPES:
                message = f"Invalid file 'image': unsupported mimetype ('{file.mime}'). Supported file formats are"
                message += " 'image/jpeg', 'image/png', and 'image/webp'."
                raise ApiError(400, message, code="unsupported_file_mimetype", param="image")
            if len(file.content) > self._limits.picture:
                message = f"Invalid file 'image': larger than {self._limits.picture} bytes."
                raise ApiError(400, message, code="image_too_large", param="image")

    async def _answer(self, seen: SeenRequest, order: PictureOrder) -> Answer:
        call = self._till.accept(seen, "picture", order.model, order.usage)
        created = int(self._now().timestamp())
        if order.is_streamed:
            return await self._till.streamed(call, partial(_frames, order, created))
        return await self._till.whole(call, partial(_whole, order, created))


def _opened(given: list[FormFile], form: Form) -> tuple[tuple[PillowImage, ...], PillowImage | None]:
    """The sources and the mask; works in a thread."""
    sources = tuple(_source(number, file) for number, file in enumerate(given, 1))
    masking = form.file("mask")
    if masking is None:
        return sources, None
    try:
        mask = opened(masking.content)
    except ValueError as error:
        raise _broken("mask", "Invalid mask image format.", "invalid_mask_image_format") from error
    if len(masking.content) > MASK_BYTES_MAX or mask.size != sources[0].size or not mask.has_transparency_data:
        message = "Invalid mask image format - it must be a PNG with an alpha channel, less than 4MB, and have the same"
        raise _broken("mask", f"{message} dimensions as the image.", "invalid_mask_image_format")
    return sources, mask


def _source(number: int, file: FormFile) -> PillowImage:
    try:
        return opened(file.content)
    except ValueError as error:
        message = f"Invalid image file or mode for image {number}, please check your image file."
        raise _broken("image", message, "invalid_image_file") from error


def _broken(param: str, message: str, code: str) -> ApiError:
    return ApiError(400, message, code=code, type="image_generation_user_error", param=param)


def _drawn(order: PictureOrder, number: int = 0) -> PillowImage:
    if order.sources:
        return edited(
            order.prompt,
            order.sources,
            order.mask,
            order.size,
            number=number,
            is_transparent=order.is_transparent,
        )
    return painted(order.prompt, order.size, number=number, is_transparent=order.is_transparent)


def _file(order: PictureOrder, image: PillowImage) -> str:
    return base64.b64encode(encoded(image, order.form, order.compression)).decode()


def _whole(order: PictureOrder, created: int) -> Answer:
    pictures = [{"b64_json": _file(order, _drawn(order, number))} for number in range(order.count)]
    answer = {"created": created, **order.settings, "data": pictures, "usage": order.usage.picture_json()}
    return json_answer(answer)


def _frames(order: PictureOrder, created: int) -> list[bytes]:
    image = _drawn(order)
    about = {"created_at": created, **order.settings}
    frames = [
        sse_frame(
            f"{order.kind}.partial_image",
            {**about, "b64_json": _file(order, unfinished(image, stage)), "partial_image_index": stage},
        )
        for stage in range(order.partials)
    ]
    whole = {**about, "b64_json": _file(order, image), "usage": order.usage.picture_json()}
    return [*frames, sse_frame(f"{order.kind}.completed", whole)]
