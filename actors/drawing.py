"""The job that draws: a prompt becomes a picture, or pictures become another one; one paid call, never made twice."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import anyio
import msgspec
from loguru import logger

from actors.alerts import alerts
from actors.arriving import Told, stop_button
from actors.asking import nameless
from actors.booking import Lines, PaidCalls, owed, unpriced_models
from actors.events import PictureFailed, PictureReady
from actors.failures import failure_of
from actors.fetching import Fetching, on_disk
from actors.heavy import in_thread
from actors.orders import PictureOrder
from actors.phrases import phrases
from actors.purse import Purse
from engine.ai.images import FinishedPicture, ImageRequest, Images, estimated_usage
from engine.ai.retries import with_retries
from engine.core.clock import Clock
from engine.core.conversation import place
from engine.core.errors import CutStreamError, GpttgError, TransientError
from engine.core.files import StoredFile
from engine.core.ledger import LedgerLine, Usage
from engine.media import pictures
from engine.runtime.behaviour import Job, JobResult
from engine.store.database import Database
from engine.store.media import Media
from engine.telegram.actions import ChatActions
from engine.telegram.pictures import PicturePreviews

PICTURE_TIMEOUT_S = 600.0
"""The longest that a picture may take, its sources and retries included."""
QUALITY = "medium"
PARTIAL_PICTURES = 2
"""How often a picture shows itself while it grows."""
SQUARE, LANDSCAPE, PORTRAIT = "1024x1024", "1536x1024", "1024x1536"


class Drawing(msgspec.Struct, frozen=True):
    """A picture that is paid for and on disk."""

    usage: Usage
    width: int
    height: int
    size: int


class Drawer:
    """The body of jobs of kind "picture"."""

    def __init__(
        self,
        *,
        database: Database,
        images: Images,
        fetching: Fetching,
        lines: Lines,
        purse: Purse,
        model: str,
        secret: bytes,
        previews: PicturePreviews,
        actions: ChatActions,
        clock: Clock,
    ) -> None:
        self._database = database
        self._images = images
        self._fetching = fetching
        self._lines = lines
        self._purse = purse
        self._model = model
        self._secret = secret
        self._previews = previews
        self._actions = actions
        self._clock = clock

    @property
    def _media(self) -> Media:
        return self._fetching.media

    async def run(self, job: Job) -> JobResult:
        """See JobBody."""
        order = job.decode_order(PictureOrder)
        calls = PaidCalls(self._database, self._lines, self._purse, job, order, "picture")
        drawing = msgspec.json.decode(job.result, type=Drawing) if job.result else None
        try:
            if drawing is None:
                await calls.book_lost(self._estimated(order))
                with job.stoppable(), anyio.fail_after(PICTURE_TIMEOUT_S):
                    async with self._actions.busy(place(job.conversation), "upload_photo"):
                        drawing = await self._drawn(job, order, calls)
        except (GpttgError, TimeoutError) as error:
            return self._failed(job, order, calls, error)
        if drawing is None:
            calls.book_under_way(self._estimated(order))
            event = PictureFailed(at=self._clock(), job=job.id, ref=order.ref, reason="stopped")
            return self._result(calls, event)
        calls.book(0, self._model, drawing.usage)
        return self._result(calls, self._ready(job, order, drawing, calls))

    async def crashed(self, job: Job) -> JobResult:
        """See JobBody."""
        now = self._clock()
        ref = job.decode_order(PictureOrder).ref
        event = PictureFailed(at=now, job=job.id, ref=ref, reason="crash")
        return JobResult(event, await owed(job, partial(self._bill, job)), alerts("crash", job.id, now))

    async def _bill(self, job: Job) -> list[LedgerLine]:
        order = job.decode_order(PictureOrder)
        calls = PaidCalls(self._database, self._lines, self._purse, job, order, "picture")
        if job.result:
            calls.book(0, self._model, msgspec.json.decode(job.result, type=Drawing).usage)
        calls.book_under_way(self._estimated(order))
        return calls.booked

    async def _drawn(self, job: Job, order: PictureOrder, calls: PaidCalls) -> Drawing:
        sources, size = await self._sources(job, order)
        try:
            request = self._request(order, sources, order.size or size)
            finished = await with_retries(partial(self._asked, job, order, calls, request))
        finally:
            with anyio.CancelScope(shield=True):
                await self._fetching.discard(*sources)
        original = self._media.made(f"{job.id}.png")
        with anyio.CancelScope(shield=True):  # it is paid for: it must come to disk
            try:
                with on_disk():
                    written = await in_thread(self._media.write, original, finished.data)
                    width, height = await in_thread(pictures.fit_photo, original, self._media.made(f"{job.id}.jpg"))
            except GpttgError:
                calls.book_lost_result(0, self._model, finished.usage)
                raise
            drawing = Drawing(finished.usage, width, height, written)
            await calls.brought(msgspec.json.encode(drawing))
        return drawing

    async def _asked(self, job: Job, order: PictureOrder, calls: PaidCalls, request: ImageRequest) -> FinishedPicture:
        await calls.begin(0, self._model, estimated_usage(request))
        return await calls.answered(0, self._finished(job, order, request))

    async def _finished(self, job: Job, order: PictureOrder, request: ImageRequest) -> FinishedPicture:
        async with self._images.draw(request) as pieces:
            async for piece in pieces:
                if isinstance(piece, FinishedPicture):
                    return piece
                await self._show(job, order, piece.data, piece.index)
        raise CutStreamError(code="no picture", may_have_run=True)

    async def _show(self, job: Job, order: PictureOrder, data: bytes, number: int) -> None:
        path = self._media.incoming(f"{job.id}-{number}.png")
        try:
            with on_disk():
                await in_thread(self._media.write, path, data)
        except TransientError as error:  # a picture that nobody sees grow is a picture
            logger.info("job {}: no preview: {}", job.id, error)
            return
        words = phrases(order.language)
        said, stop = words.styled("picture-drawing"), stop_button(job, words)
        await self._previews.show(job.conversation, order.ref, path, said, stop)
        await self._fetching.discard(path)

    async def _sources(self, job: Job, order: PictureOrder) -> tuple[tuple[Path, ...], str]:
        """The pictures that are to be changed, as OpenAI takes them, and the format nearest to the first."""
        sources: list[Path] = []
        size = SQUARE
        told = Told(order.ref, order.language, "arriving-then-draw")
        async with self._fetching.telling(job, told, order.sources) as telling:
            for attachment in order.sources:
                path = await self._fetching.fetch(job, attachment, telling)
                prepared = await in_thread(pictures.prepare, path, path.parent)
                if not sources:
                    size = nearest_format(prepared.width, prepared.height)
                sources.append(prepared.path)
        for drawn in order.drawn:
            copy = self._media.incoming(f"{job.id}-source{len(sources)}.png")
            content = await anyio.Path(self._media.absolute(drawn.path)).read_bytes()
            await in_thread(self._media.write, copy, content)
            if not sources:
                size = nearest_format(drawn.width, drawn.height)
            sources.append(copy)
        return tuple(sources), size

    def _estimated(self, order: PictureOrder) -> Usage:
        """What OpenAI would bill for the picture."""
        return estimated_usage(self._request(order, (), order.size or SQUARE))

    def _request(self, order: PictureOrder, sources: tuple[Path, ...], size: str) -> ImageRequest:
        return ImageRequest(
            model=self._model,
            prompt=order.prompt,
            size=size,
            quality=QUALITY,
            pictures=sources,
            partial_images=PARTIAL_PICTURES,
            safety_identifier=nameless(self._secret, order.person.id),
        )

    def _ready(self, job: Job, order: PictureOrder, drawing: Drawing, calls: PaidCalls) -> PictureReady:
        photo = StoredFile(
            path=self._media.relative(self._media.made(f"{job.id}.jpg")),
            kind="photo",
            name="picture.jpg",
            mime="image/jpeg",
            width=drawing.width,
            height=drawing.height,
        )
        original = StoredFile(
            path=self._media.relative(self._media.made(f"{job.id}.png")),
            name="picture.png",
            mime="image/png",
            size=drawing.size,
            width=drawing.width,
            height=drawing.height,
        )
        return PictureReady(
            at=self._clock(),
            job=job.id,
            ref=order.ref,
            photo=photo,
            original=original,
            prompt=order.prompt,
            cost_nanousd=calls.cost_nanousd(),
        )

    def _failed(self, job: Job, order: PictureOrder, calls: PaidCalls, error: GpttgError | TimeoutError) -> JobResult:
        logger.warning("job {} failed: {} {}", job.id, type(error).__name__, error)
        if getattr(error, "may_have_run", isinstance(error, TimeoutError)):
            calls.book_under_way(self._estimated(order))
        failure = failure_of(error)
        event = PictureFailed(
            at=self._clock(),
            job=job.id,
            ref=order.ref,
            reason=failure.reason,
            retry_after_s=failure.retry_after_s,
            name=getattr(error, "name", ""),
            limit=failure.limit,
        )
        return self._result(calls, event, *([(failure.alert, failure.detail)] if failure.alert else []))

    def _result(self, calls: PaidCalls, event: PictureReady | PictureFailed, *raised: tuple[str, str]) -> JobResult:
        told = [*raised, *(("unknown-price", model) for model in unpriced_models(calls.booked))]
        posts = [post for kind, detail in told for post in alerts(kind, detail, self._clock())]
        return JobResult(event, calls.booked, posts)


def nearest_format(width: int, height: int) -> str:
    """The size whose sides are most like those of a picture."""
    if not width or not height or 0.8 <= width / height <= 1.25:
        return SQUARE
    return LANDSCAPE if width > height else PORTRAIT
