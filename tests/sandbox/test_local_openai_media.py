"""The local OpenAI draws and changes pictures and moderates, asked by the real SDK on a clock that jumps."""

from __future__ import annotations

import base64
import io
from collections.abc import AsyncIterator
from typing import Any

import anyio
import openai
import pytest
from openai import AsyncOpenAI
from openai.types import ImagesResponse
from PIL import Image

from engine.sandbox.openai import BilledCall, LocalOpenAI
from engine.sandbox.openai.usage import Usage
from tests.made import picture

pytestmark = pytest.mark.anyio

MODEL = "gpt-image-2.6-flare"
SMALL = "256x320"
PNG = "image/png"


@pytest.fixture
async def client(model: LocalOpenAI) -> AsyncIterator[AsyncOpenAI]:
    async with model.client(max_retries=0) as client:
        yield client


async def draw(client: AsyncOpenAI, prompt: str = "A fox in the snow", **options: Any) -> ImagesResponse:
    asked = {"model": MODEL, "prompt": prompt, "size": SMALL, **options}
    answer: ImagesResponse = await client.images.generate(**asked)
    return answer


async def change(client: AsyncOpenAI, image: Any, **options: Any) -> ImagesResponse:
    asked = {"model": MODEL, "prompt": "In red", "image": image, "size": SMALL, **options}
    answer: ImagesResponse = await client.images.edit(**asked)
    return answer


async def stages(client: AsyncOpenAI, **options: Any) -> Any:
    asked = {"model": MODEL, "prompt": "A fox", "size": SMALL, "stream": True, **options}
    return await client.images.generate(**asked)


async def read(events: Any, seen: list[Any]) -> None:
    """Read a stream to its end, keeping what came before an error."""
    async for event in events:
        seen.append(event)  # noqa: PERF401  what was seen must outlive the error


def shown(encoded: str | None) -> Image.Image:
    """The picture in an answer, decoded to its last pixel."""
    assert encoded
    image = Image.open(io.BytesIO(base64.b64decode(encoded)))
    image.load()
    return image


def deep_picture() -> bytes:
    """A PNG of 16 bits, a mode that OpenAI does not take."""
    made = io.BytesIO()
    Image.new("I;16", (32, 32)).save(made, "PNG")
    return made.getvalue()


def first(answer: ImagesResponse) -> Image.Image:
    assert answer.data
    return shown(answer.data[0].b64_json)


def only(bill: list[BilledCall]) -> BilledCall:
    assert len(bill) == 1
    return bill[0]


# Drawing


async def test_a_picture_has_its_size_its_format_and_its_usage(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    answer = await draw(client, size="1536x1024", output_format="jpeg", quality="high")
    image = first(answer)
    assert (image.size, image.format) == ((1536, 1024), "JPEG")
    assert (answer.size, answer.output_format, answer.quality) == ("1536x1024", "jpeg", "high")
    assert answer.usage
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (5, 6240)
    ImagesResponse.model_validate(answer.to_dict())
    billed = only(model.bill)
    assert billed.usage == Usage(input_tokens=5, output_tokens=6240, image_output_tokens=6240)
    assert (billed.operation, billed.model, billed.status) == ("picture", MODEL, "complete")
    assert billed.response_id == answer._request_id == model.requests[-1].request_id
    assert billed.cost_nanousd == 5 * 5_000 + 6240 * 30_000
    assert (model.requests[-1].operation, model.requests[-1].outcome) == ("picture", "answered")


async def test_the_same_prompt_draws_the_same_picture_and_another_prompt_another(client: AsyncOpenAI) -> None:
    one, same, other = [first(await draw(client, prompt)).tobytes() for prompt in ("A fox", "A fox", "A hen")]
    assert one == same
    assert one != other


async def test_pictures_of_one_request_differ(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    answer = await draw(client, n=3)
    assert answer.data
    assert len({one.b64_json for one in answer.data}) == 3
    assert only(model.bill).usage.output_tokens == 3 * 83


async def test_a_transparent_background_is_transparent(client: AsyncOpenAI) -> None:
    answer = await draw(client, background="transparent", output_format="webp")
    image = first(answer)
    assert (image.mode, image.format, answer.background) == ("RGBA", "WEBP", "transparent")
    assert image.getchannel("A").getextrema() == (0, 255)


async def test_more_pixels_and_more_quality_cost_more(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    for size, quality in (("1024x1024", "low"), ("1024x1536", "low"), ("1024x1024", "auto"), ("1024x1024", "max")):
        await draw(client, size=size, quality=quality)
    assert [line.usage.output_tokens for line in model.bill] == [272, 408, 1056, 8320]


@pytest.mark.parametrize(
    ("options", "param"),
    [
        ({"size": "1000x1000"}, "size"),
        ({"size": "3200x1024"}, "size"),
        ({"size": "4096x2048"}, "size"),
        ({"size": "large"}, "size"),
        ({"quality": "best"}, "quality"),
        ({"model": "gpt-image-2", "quality": "max"}, "quality"),
        ({"n": 11}, "n"),
        ({"output_format": "svg"}, "output_format"),
        ({"output_format": "jpeg", "background": "transparent"}, "background"),
        ({"output_compression": 50}, "output_compression"),
        ({"partial_images": 2}, "partial_images"),
        ({"stream": True, "partial_images": 4}, "partial_images"),
        ({"prompt": ""}, "prompt"),
        ({"prompt": "x" * 32_001}, "prompt"),
        ({"model": None}, "model"),
        ({"model": "gpt-transcribe"}, "model"),
        ({"extra_body": {"colour": "red"}}, "colour"),
    ],
)
async def test_a_picture_that_cannot_be_is_refused(
    client: AsyncOpenAI, model: LocalOpenAI, options: dict[str, Any], param: str
) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        await draw(client, **options)
    assert refused.value.param == param
    assert model.requests[-1].outcome == "refused"
    assert not model.bill


async def test_a_model_that_is_no_more_is_not_found(client: AsyncOpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as refused:
        await draw(client, model="gpt-image-1")
    assert refused.value.code == "model_not_found"


async def test_told_moderation_blocks_a_picture_and_nothing_is_billed(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    model.fails(400, "moderation_blocked", on="picture")
    with pytest.raises(openai.BadRequestError) as refused:
        await draw(client)
    assert (refused.value.code, refused.value.type) == ("moderation_blocked", "image_generation_user_error")
    assert not model.bill
    assert (await draw(client)).data


# The picture on its way


async def test_a_streamed_picture_shows_its_stages(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    model.takes(seconds=40, on="picture")
    started_s, dues_s, events = anyio.current_time(), [], []
    async for event in await stages(client, partial_images=3, quality="low"):
        dues_s.append(round(anyio.current_time() - started_s))
        events.append(event)
    kind = "image_generation"
    assert [event.type for event in events] == [*[f"{kind}.partial_image"] * 3, f"{kind}.completed"]
    assert dues_s == [10, 25, 40, 40]
    assert [event.partial_image_index for event in events[:3]] == [0, 1, 2]
    assert all(shown(event.b64_json).size == (256, 320) for event in events)
    assert len({event.b64_json for event in events}) == 4
    assert events[-1].usage.output_tokens == 22 + 3 * 100
    assert (only(model.bill).status, model.bill[0].usage.output_tokens) == ("complete", 322)
    assert events[-1].created_at == events[0].created_at == int(model.bill[0].at.timestamp()) - 40


async def test_the_last_stage_is_the_picture_that_is_not_streamed(client: AsyncOpenAI) -> None:
    events = [event async for event in await stages(client, partial_images=1)]
    assert shown(events[-1].b64_json).tobytes() == first(await draw(client, "A fox")).tobytes()


async def test_leaving_a_picture_in_the_middle_is_billed_so_far(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    events = await stages(client, partial_images=3)
    async for _ in events:
        break
    await events.close()
    billed = only(model.bill)
    assert (billed.status, billed.usage.input_tokens) == ("interrupted", 2)
    assert billed.usage.output_tokens == billed.usage.image_output_tokens == (83 + 300) // 4
    assert model.requests[-1].outcome == "interrupted"


async def test_leaving_while_waiting_for_a_picture_is_billed_by_the_time(
    client: AsyncOpenAI, model: LocalOpenAI
) -> None:
    model.takes(seconds=40, on="picture")
    with anyio.move_on_after(20):
        await draw(client, size="1024x1024")
    billed = only(model.bill)
    assert billed.status == "interrupted"
    assert billed.usage.output_tokens == pytest.approx(528, abs=2)
    assert model.requests[-1].outcome == "interrupted"


async def test_an_openai_that_finishes_what_nobody_waits_for_bills_the_whole(
    client: AsyncOpenAI, model: LocalOpenAI
) -> None:
    model.keeps_interrupted = True
    events = await stages(client, partial_images=1)
    await events.close()
    assert (only(model.bill).status, model.bill[0].usage.output_tokens) == ("complete", 183)


async def test_a_cut_picture_is_billed_as_interrupted(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    model.cuts(after_events=1, on="picture")
    seen: list[Any] = []
    with pytest.raises(openai.APIConnectionError):
        await read(await stages(client, partial_images=1), seen)
    assert [event.type for event in seen] == ["image_generation.partial_image"]
    assert (only(model.bill).status, model.requests[-1].outcome) == ("interrupted", "cut")
    model.cuts(on="picture")
    with pytest.raises(openai.APIConnectionError):
        await draw(client)
    assert [line.usage.output_tokens for line in model.bill] == [91, 83]


async def test_a_stream_can_end_early_or_fall_silent(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    model.ends_early(after_events=1, on="picture")
    assert len([event async for event in await stages(client, partial_images=2)]) == 1
    assert model.requests[-1].outcome == "ended_early"
    model.stalls(after_events=1, on="picture")
    with pytest.raises(openai.APITimeoutError):
        [event async for event in await stages(client, partial_images=2, timeout=30)]
    assert [line.status for line in model.bill] == ["interrupted", "interrupted"]


async def test_what_is_told_for_one_operation_leaves_the_others_alone(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    model.never_answers(on="edit_picture")
    model.fails(500, on="create")
    model.cuts(on="transcribe")
    started_s = anyio.current_time()
    model.takes(seconds=90)
    assert (await draw(client)).data
    assert anyio.current_time() - started_s < 30
    with pytest.raises(openai.APITimeoutError):
        await change(client, ("a.png", picture(), PNG), timeout=5)
    assert model.requests[-1].operation == "edit_picture"


# Changing


async def test_an_edit_shows_the_source_changed(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    green = io.BytesIO()
    Image.new("RGB", (256, 320), (0, 255, 0)).save(green, "PNG")
    answer = await change(client, ("a.png", green.getvalue(), PNG))
    image = first(answer)
    assert image.size == (256, 320)
    tinted, band = image.getpixel((5, 5)), image.getpixel((2, 315))
    assert isinstance(tinted, tuple)
    assert tinted[1] > 150 > max(tinted[0], tinted[2])
    assert tinted[1] != 255
    assert band != tinted
    billed = only(model.bill)
    assert billed.usage == Usage(input_tokens=2 + 80, image_input_tokens=80, output_tokens=83, image_output_tokens=83)
    seen = model.requests[-1]
    assert (seen.operation, seen.body["image"], seen.body["prompt"]) == ("edit_picture", ["a.png"], "In red")
    assert answer.usage
    assert answer.usage.input_tokens_details.image_tokens == 80


async def test_a_mask_keeps_all_but_its_transparent_part(client: AsyncOpenAI) -> None:
    source, masking = io.BytesIO(), io.BytesIO()
    Image.new("RGB", (256, 320), (0, 255, 0)).save(source, "PNG")
    mask = Image.new("RGBA", (256, 320), (0, 0, 0, 255))
    mask.paste((0, 0, 0, 0), (0, 0, 128, 320))
    mask.save(masking, "PNG")
    image = first(await change(client, ("a.png", source.getvalue(), PNG), mask=("mask.png", masking.getvalue(), PNG)))
    assert image.getpixel((200, 100)) == (0, 255, 0)
    assert image.getpixel((20, 100)) != (0, 255, 0)


async def test_without_a_size_an_edit_has_the_shape_of_its_source(client: AsyncOpenAI) -> None:
    tall = ("a.jpg", picture("JPEG", width=90, height=160), "image/jpeg")
    assert (await change(client, tall, size="auto")).size == "1024x1536"


async def test_sixteen_sources_are_taken_and_no_more(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    sources = [(f"{number}.png", picture(width=64, height=64), PNG) for number in range(17)]
    assert first(await change(client, sources[:16])).size == (256, 320)
    assert only(model.bill).usage.image_input_tokens == 16 * 4
    with pytest.raises(openai.BadRequestError) as refused:
        await change(client, sources)
    assert refused.value.code == "array_above_max_length"


async def test_an_edit_is_streamed_with_names_of_its_own(client: AsyncOpenAI) -> None:
    events = await client.images.edit(
        model=MODEL, prompt="In red", image=("a.png", picture(), PNG), size=SMALL, stream=True, partial_images=1
    )
    assert [event.type async for event in events] == ["image_edit.partial_image", "image_edit.completed"]


@pytest.mark.parametrize(
    ("image", "code"),
    [
        (("a.png", b"no picture at all", PNG), "invalid_image_file"),
        (("a.png", b"", PNG), "invalid_image_file"),
        (("a.png", picture()[:300], PNG), "invalid_image_file"),
        (("a.png", picture("GIF"), PNG), "invalid_image_file"),
        (("a.png", deep_picture(), PNG), "invalid_image_file"),
        (("a.gif", picture("GIF"), "image/gif"), "unsupported_file_mimetype"),
        (picture(), "unsupported_file_mimetype"),
    ],
)
async def test_a_broken_source_is_refused_and_not_billed(
    client: AsyncOpenAI, model: LocalOpenAI, image: Any, code: str
) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        await change(client, image)
    assert (refused.value.code, refused.value.param) == (code, "image")
    assert not model.bill


async def test_a_mask_of_another_size_is_refused(client: AsyncOpenAI) -> None:
    mask = ("mask.png", picture(width=10, height=10), PNG)
    with pytest.raises(openai.BadRequestError) as refused:
        await change(client, ("a.png", picture(), PNG), mask=mask)
    assert refused.value.param == "mask"


async def test_an_edit_of_nothing_is_refused(client: AsyncOpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        await change(client, [])
    assert refused.value.param == "image"


# Moderation


async def test_nothing_is_flagged_unless_told(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    answer = await client.moderations.create(model="omni-moderation-latest", input="I want to read about war")
    assert answer.id.startswith("modr_")
    assert [result.flagged for result in answer.results] == [False]
    assert not any(answer.results[0].categories.to_dict().values())
    assert not model.bill
    assert model.requests[-1].operation == "moderate"


async def test_told_categories_are_flagged_once(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    model.flags("violence", "harassment/threatening")
    pictured: Any = [{"type": "text", "text": "x"}, {"type": "image_url", "image_url": {"url": "https://e.com/a.png"}}]
    result = (await client.moderations.create(input=pictured)).results[0]
    assert result.flagged
    assert result.categories.harassment_threatening
    assert result.categories.violence
    assert not result.categories.hate
    assert result.category_scores.violence > 0.5 > result.category_scores.hate
    assert result.category_applied_input_types.violence == ["text", "image"]
    calm = await client.moderations.create(input=["a", "b"])
    assert [result.flagged for result in calm.results] == [False, False]
    with pytest.raises(ValueError, match="rudeness"):
        model.flags("rudeness")


async def test_moderation_can_fail_and_take_its_time(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    model.fails(429, on="moderate")
    with pytest.raises(openai.RateLimitError):
        await client.moderations.create(input="x")
    model.takes(seconds=10, on="moderate")
    started_s = anyio.current_time()
    await client.moderations.create(input="x")
    assert anyio.current_time() - started_s == pytest.approx(10, abs=0.5)


async def test_there_is_nothing_to_moderate_in_nothing(client: AsyncOpenAI) -> None:
    with pytest.raises(openai.BadRequestError):
        await client.moderations.create(input=[])
    with pytest.raises(openai.NotFoundError):
        await client.moderations.create(input="x", model="text-moderation-latest")


async def test_models_for_media_are_listed_and_answer_no_questions(client: AsyncOpenAI) -> None:
    models = {one.id: one.shutdown_date async for one in await client.models.list()}
    assert (models[MODEL], models["whisper-1"], models["tts-1"]) == (None, "2027-02-26", "2027-01-06")
    assert (await client.models.retrieve("gpt-transcribe")).shutdown_date is None
    with pytest.raises(openai.BadRequestError):
        await client.responses.create(model=MODEL, input="Hi")
