"""The composition: every part is made here, given what it needs, and run in one task group.

database ─► engine (actors, jobs, timers, janitor) ◄─ feed ◄─ client ◄─ Telegram
               │                                                ▲
               ├─► sender, previews, downloads ─────────────────┘
               └─► the jobs' bodies (engine/bodies.py) ─► OpenAI
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

import anyio
import msgspec
from anyio.abc import TaskGroup
from loguru import logger

from actors.behaviour import ConversationBehaviour
from actors.booking import Lines
from actors.commands import by_word, menu
from actors.context import Offer
from actors.counting import Counting
from actors.desk.behaviour import DeskBehaviour
from actors.desk.events import DESK
from actors.desk.looking import DeskLooker
from actors.desk.quiet import quiet_hours
from actors.desk.steps.digests import SPANS, digest_timer, next_digest
from actors.desk.steps.watching import WATCH, next_watch
from actors.drawing import PARTIAL_PICTURES, QUALITY
from actors.fetching import Fetching
from actors.looking import GroupRights, House, Looker
from actors.pace import Paces
from actors.phrases import LANGUAGES, phrases
from actors.purse import Purse
from actors.steps.pictures import FORMATS
from actors.supplies import Remote
from engine.ai.client import AsyncOpenAI, openai_client
from engine.ai.containers import Containers
from engine.ai.files import Files
from engine.ai.images import Images, picture_cost_nanousd
from engine.ai.prices import Prices
from engine.ai.responses import Responses
from engine.ai.speech import AudioChatSpeech
from engine.ai.transcription import Transcriptions
from engine.ai.vector_stores import VectorStores
from engine.bodies import OpenAIWires, Screens, Shared, bodies
from engine.core.budget import Period, role_scope
from engine.core.clock import Clock
from engine.core.moment import momentary
from engine.core.money import nanousd
from engine.core.roles import Role
from engine.recording.told import told
from engine.runtime.behaviour import Behaviours, Cast
from engine.runtime.engine import Engine
from engine.runtime.janitor import Deleter, Janitor
from engine.runtime.pruning import Pruning
from engine.settings import Settings
from engine.store import access, budgets, outbox, recording, spent, timers
from engine.store.cache import Cache
from engine.store.database import Database, open_database
from engine.store.inbox import Accept
from engine.store.media import Media
from engine.telegram.client import Client
from engine.telegram.downloads import Downloads, Large
from engine.telegram.feed import Feed
from engine.telegram.lines import Lines as FileLines
from engine.telegram.menus import CommandMenus
from engine.telegram.pacing import Pacing
from engine.telegram.pictures import PicturePreviews
from engine.telegram.preview import Previews
from engine.telegram.rights import Rights
from engine.telegram.sender import Sender
from engine.telegram.session import StoredSession, load_session
from engine.telegram.standing import StandingTexts
from engine.telegram.staying import stay_connected
from engine.telegram.wide import WideDownloads
from engine.world import World, trust_server


@dataclass(frozen=True)
class Bot:
    """A running bot, as its owner sees it."""

    database: Database
    engine: Engine
    sender: Sender
    previews: Previews
    client: Client
    username: str

    @property
    def is_idle(self) -> bool:
        """Whether nothing is under way: no event, no job, no message."""
        return not (self.engine.actors.busy or self.engine.jobs.open or self.sender.busy or self.engine.janitor.busy)


@asynccontextmanager
async def running_bot(settings: Settings, world: World | None = None) -> AsyncIterator[Bot]:
    """A bot that runs for the length of the block. Everything it owns ends with it.

    Raises ConfigurationError, or CredentialsRefusedError for a wrong token.
    """
    world = world or World()
    opened = world.opened or partial(open_database, settings.database_path, durable=world.durable)
    async with opened() as database:
        openai = openai_client(settings.openai_api_key.get_secret_value(), settings.openai_base_url, world.transport)
        try:
            async with anyio.create_task_group() as tasks:
                try:
                    yield await _start(settings, world, database, openai, tasks)
                finally:
                    tasks.cancel_scope.cancel()
        finally:
            with anyio.CancelScope(shield=True):
                await openai.close()


@dataclass(frozen=True)
class _Telegram:
    """The Telegram half: what comes in, what goes out, what is shown meanwhile."""

    client: Client
    feed: Feed
    sender: Sender
    lines: FileLines
    screens: Screens
    rights: Rights


async def _start(settings: Settings, world: World, database: Database, openai: AsyncOpenAI, tasks: TaskGroup) -> Bot:
    media = Media(settings.media_directory)
    await anyio.to_thread.run_sync(media.prepare)
    session = await open_session(settings, world, database)
    await database.write(partial(_prepare_house, settings=settings, clock=world.clock))
    engine: Engine
    telegram = _telegram(settings, world, database, session, tasks, lambda *given: engine.actors.accept(*given))  # noqa: PLW0108 - the engine is made below
    wires = _wires(settings, openai)
    janitor = Janitor(database, _deleters(wires), world.clock)
    shared = await _shared(settings, world, database, wires, telegram, janitor, media)
    if world.casting is None:
        who = behaviours(settings, shared.house, telegram.rights, lambda: telegram.feed.username, world.clock)
        cast = Cast(who, bodies(settings, shared, wires, telegram.screens))
    else:
        cast = world.casting(database, momentary(world.clock))
    command_menus = _menus(database, telegram.client, shared.house)

    def wake(chat_id: int) -> None:
        telegram.sender.wake(chat_id)
        command_menus.wake(chat_id)

    engine = Engine(
        database,
        cast.behaviours,
        cast.bodies,
        janitor,
        wake,
        world.clock,
        tasks,
        world.observe,
    )
    if world.casting is None:  # nobody else's actors have a desk
        await database.write(partial(_set_timers, settings=settings, now=world.clock()))
    username = await _begin(settings, telegram, engine, tasks)
    database.write_later(partial(recording.note_username, username=username))
    tasks.start_soon(command_menus.run)
    tasks.start_soon(Pruning(database, media, settings.record_days, world.clock).run)
    return Bot(database, engine, telegram.sender, telegram.screens.previews, telegram.client, username)


async def _shared(
    settings: Settings,
    world: World,
    database: Database,
    wires: OpenAIWires,
    telegram: _Telegram,
    janitor: Janitor,
    media: Media,
) -> Shared:
    prices = prices_of(settings, world.clock)
    counting = Counting(database, wires.responses)
    return Shared(
        database=database,
        clock=world.clock,
        house=house_of(settings, prices),
        lines=Lines(prices, world.clock),
        counting=counting,
        purse=Purse(database, prices, counting, world.clock),
        fetching=Fetching(
            Downloads(telegram.client, await _large(settings, world, database, telegram.lines)),
            telegram.sender,
            media,
            telegram.screens.standing,
        ),
        janitor=janitor,
        secret=await database.read(outbox.installation_secret),
        disk_free=world.disk_free,
    )


def behaviours(
    settings: Settings, house: House, rights: GroupRights, username: Callable[[], str], clock: Clock
) -> Behaviours:
    """Who is there: what each kind of actor does with its events. Their clock stands still meanwhile."""
    clock = momentary(clock)
    return Behaviours(
        ConversationBehaviour(Looker(house, rights, Paces(settings.rate_per_minute)), clock),
        desk=DeskBehaviour(DeskLooker(house, quiet_hours(settings.quiet_hours), username), clock),
    )


def _set_timers(db: sqlite3.Connection, settings: Settings, now: datetime) -> None:
    """The timers of the watch, and of the digests that are wanted. One that has run out
    while the bot was away still rings."""
    if timers.due(db, DESK, WATCH) is None:
        timers.set_timer(db, DESK, WATCH, next_watch(now))
    zone = ZoneInfo(settings.timezone)
    for which in SPANS:
        timer = digest_timer(which)
        due = next_digest(which, settings.digest_hour, now, zone)
        if which not in settings.digest:
            timers.clear_timer(db, DESK, timer)
        elif (set_for := timers.due(db, DESK, timer)) is None or set_for > now:
            timers.set_timer(db, DESK, timer, due)


async def _learn_to_speak(can_speak: anyio.Event) -> None:
    """Reads the words of all languages, a tenth of a second's work, while Telegram is waited for."""
    await anyio.to_thread.run_sync(by_word)
    can_speak.set()


async def _begin(settings: Settings, telegram: _Telegram, engine: Engine, tasks: TaskGroup) -> str:
    """Logs in and takes up what the last run has left; the bot's username."""
    can_speak = anyio.Event()
    tasks.start_soon(_learn_to_speak, can_speak)
    me = await telegram.client.log_in(settings.bot_token.get_secret_value())
    await can_speak.wait()
    username = me.username or ""
    telegram.feed.logged_in(username, telegram.client.not_before)
    tasks.start_soon(stay_connected, telegram.client)
    tasks.start_soon(telegram.lines.run)
    tasks.start_soon(telegram.screens.previews.run)
    await engine.start()  # before the feed: a job that is new would be taken for one that was left, and run twice
    tasks.start_soon(telegram.feed.run)
    await telegram.sender.start()
    logger.info("@{} is listening", username)
    return username


def _telegram(
    settings: Settings,
    world: World,
    database: Database,
    session: StoredSession,
    tasks: TaskGroup,
    accept: Accept,
) -> _Telegram:
    monotonic = asyncio.get_running_loop().time
    pacing = Pacing(monotonic)
    feed = Feed(accept, session.keep_positions, world.clock)
    client = Client(
        session,
        settings.telegram_api_id,
        settings.telegram_api_hash.get_secret_value(),
        take=feed.take,
        connection=world.connection,
    )
    lines = FileLines(client, world.carrier, tasks, settings.download_connections)
    sender = Sender(database, client, pacing, world.clock, tasks, media_root=settings.media_directory, lines=lines)
    screens = Screens(
        Previews(database, client, pacing, sender.peer, monotonic),
        PicturePreviews(database, client, pacing, sender.peer, monotonic),
        StandingTexts(database, client, pacing, sender.peer, monotonic),
        sender.actions,
        pacing,
    )
    return _Telegram(client, feed, sender, lines, screens, Rights(client, sender.peer, monotonic))


async def _large(settings: Settings, world: World, database: Database, lines: FileLines) -> Large:
    root = settings.media_directory / "cache"
    cache = Cache(database, root, settings.media_cache_mb * 1024 * 1024, world.clock)
    await cache.prepare()
    return Large(cache, WideDownloads(lines, database, world.clock))


def prices_of(settings: Settings, clock: Clock) -> Prices:
    """What OpenAI's calls cost."""
    prices = Prices(
        usd_per_1k_tokens=settings.openai_price_per_1k_tokens,
        usd_per_minute=settings.whisper_price,
        usd_per_picture=settings.dalle_price,
        now=clock,
    )
    prices.warm()
    return prices


def house_of(settings: Settings, prices: Prices) -> House:
    """Who may come in and what is offered, as the settings say."""
    cost = partial(picture_cost_nanousd, prices, settings.image_model, quality=QUALITY, partial_images=PARTIAL_PICTURES)
    sizes = {size: cost(size) for size in FORMATS.values()}
    offer = Offer(
        models=settings.offered_models,
        file_bytes=settings.max_file_mb * 1024 * 1024,
        admin_file_bytes=settings.admin_max_file_mb * 1024 * 1024,
        picture_prices=sizes,
        zone=settings.timezone,
    )
    return House(
        admins=frozenset(settings.admin_id),
        members=frozenset(settings.allowed_user_ids),
        zone=ZoneInfo(settings.timezone),
        offer=offer,
        access=settings.access,
    )


def _prepare_house(db: sqlite3.Connection, settings: Settings, clock: Clock) -> None:
    """With which settings it starts, where days begin, and what guests may spend together: the last until an admin says
    otherwise."""
    recording.note_settings(db, msgspec.json.encode(told(settings)).decode(), clock())
    spent.set_zone(db, settings.timezone)
    guests = role_scope(Role.GUEST)
    if settings.access == "open" and not any(scope == guests for scope, _, _ in budgets.limits(db)):
        budgets.set_limit(db, guests, Period.MONTH, nanousd(settings.guest_budget_usd), clock())


def _wires(settings: Settings, openai: AsyncOpenAI) -> OpenAIWires:
    return OpenAIWires(
        responses=Responses(openai),
        transcriptions=Transcriptions(openai),
        images=Images(openai),
        speech=AudioChatSpeech(openai, settings.speech_model),
        places=Remote(Files(openai), VectorStores(openai), Containers(openai)),
    )


def _deleters(wires: OpenAIWires) -> dict[str, Deleter]:
    return {
        "file": wires.places.files.delete,
        "vector_store": wires.places.stores.delete,
        "container": wires.places.containers.delete,
        "response": wires.responses.delete,
    }


async def open_session(settings: Settings, world: World, database: Database) -> StoredSession:
    """This bot's session, pointed at the server that the settings name.

    Raises ConfigurationError where TELEGRAM_SERVER_KEY is no public key.
    """
    session = await load_session(database, settings.bot_id)
    if address := settings.server_address:
        session.set_dc(2, *address)
    await anyio.to_thread.run_sync(trust_server, settings)
    if world.prepare_session is not None:
        world.prepare_session(session)
    return session


def _menus(database: Database, client: Client, house: House) -> CommandMenus:
    def of(role: Role) -> dict[str, list[tuple[str, str]]]:
        return {"" if language == "en" else language: menu(role, phrases(language)) for language in LANGUAGES}

    return CommandMenus(database, client, of(Role.MEMBER), of(Role.ADMIN), partial(access.admins, doors=house.doors))
