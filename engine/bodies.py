"""The bodies of the jobs, each made with what it needs: one entry for each kind of job that a conversation starts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from actors.answering import Answering
from actors.asking import Asking
from actors.booking import Booking, Lines
from actors.counting import Counting
from actors.desk.reporting import Archive, Digesting, Incident, Painter, Reporting
from actors.desk.reports.status import Running
from actors.desk.storing import Storing
from actors.desk.watching import Eyes, Watching
from actors.drawing import Drawer
from actors.errands import Exporting, Inspecting
from actors.fetching import Fetching, Tidied
from actors.forgetting import Forgetting
from actors.hearing import Hearing
from actors.looking import House
from actors.outcomes import Outcomes
from actors.outlining import Outlining
from actors.purse import Purse
from actors.speaking import Speaking
from actors.supplies import Remote, Supplies
from actors.transcribing import Transcribing
from actors.unpacking import Listing, Looks
from actors.vocabulary import vocabulary
from engine.ai.images import Images
from engine.ai.responses import Responses
from engine.ai.speech import Speech
from engine.ai.transcription import Transcriptions
from engine.core.budget import Period
from engine.core.clock import Clock
from engine.core.money import nanousd
from engine.recording.beginnings import Selection
from engine.recording.export import write_recording
from engine.runtime.behaviour import JobBody
from engine.runtime.janitor import Janitor
from engine.settings import Settings
from engine.store.database import Database
from engine.telegram.actions import ChatActions
from engine.telegram.pacing import Pacing
from engine.telegram.pictures import PicturePreviews
from engine.telegram.preview import Previews
from engine.telegram.standing import StandingTexts


@dataclass(frozen=True)
class OpenAIWires:
    """Everything that is asked of OpenAI."""

    responses: Responses
    transcriptions: Transcriptions
    images: Images
    speech: Speech
    places: Remote


@dataclass(frozen=True)
class Screens:
    """What shows work that is under way. Nothing of it is durable."""

    previews: Previews
    pictures: PicturePreviews
    standing: StandingTexts
    actions: ChatActions
    pacing: Pacing


@dataclass(frozen=True)
class Shared:
    """What all bodies work with."""

    database: Database
    clock: Clock
    house: House
    lines: Lines
    counting: Counting
    purse: Purse
    fetching: Fetching
    janitor: Janitor
    secret: bytes
    disk_free: Callable[[Path], int]
    """the bytes that are left on the disk of a directory"""


def bodies(settings: Settings, shared: Shared, wires: OpenAIWires, screens: Screens) -> Mapping[str, JobBody]:
    """The body for each kind of job."""
    made = _bodies(settings, shared, wires, screens)
    return {kind: Tidied(body, shared.fetching) for kind, body in made.items()}


def _bodies(settings: Settings, shared: Shared, wires: OpenAIWires, screens: Screens) -> Mapping[str, JobBody]:
    database, clock, house, fetching = shared.database, shared.clock, shared.house, shared.fetching
    archive = _archive(settings, shared, wires, screens)
    painter, looks = Painter(archive), Looks()
    return {
        "answer": _answering(settings, shared, wires, screens),
        "transcribe": Transcribing(
            database=database,
            hearing=Hearing(database, wires.transcriptions, fetching, settings.transcription_model, clock),
            media=fetching.media,
            lines=shared.lines,
            purse=shared.purse,
            ask_above_nanousd=nanousd(settings.ask_above_usd),
            outlining=Outlining(wires.responses, settings.openai_model, shared.secret),
            standing=screens.standing,
            actions=screens.actions,
            clock=clock,
        ),
        "picture": Drawer(
            database=database,
            images=wires.images,
            fetching=fetching,
            lines=shared.lines,
            purse=shared.purse,
            model=settings.image_model,
            secret=shared.secret,
            previews=screens.pictures,
            actions=screens.actions,
            clock=clock,
        ),
        "speak": Speaking(
            database=database,
            speech=wires.speech,
            media=fetching.media,
            lines=shared.lines,
            purse=shared.purse,
            model=settings.speech_model,
            voice=settings.speech_voice,
            actions=screens.actions,
            clock=clock,
        ),
        "inspect": Inspecting(fetching, clock),
        "list": Listing(fetching, looks, clock),
        "export": Exporting(database, fetching.media, house.zone, clock),
        "report": Reporting(archive, painter),
        "digest": Digesting(archive, painter),
        "watch": Watching(archive, database, _eyes(settings, shared, screens)),
        "storage": Storing(archive, database, wires.places.stores, shared.lines, shared.janitor),
        "forget": Forgetting(database, shared.janitor, fetching, looks, clock),
    }


def _archive(settings: Settings, shared: Shared, wires: OpenAIWires, screens: Screens) -> Archive:
    started_at = shared.clock()

    def running() -> Running:
        free = shared.disk_free(settings.database_path.absolute().parent)
        return Running(version("gpttg"), started_at, *screens.pacing.floods(), free)

    return Archive(
        database_path=settings.database_path,
        media=shared.fetching.media,
        house=shared.house,
        responses=wires.responses,
        used={
            settings.transcription_model: "transcription",
            settings.image_model: "picture",
            settings.speech_model: "speech",
        },
        running=running,
        clock=shared.clock,
        incident=_incident(settings, shared.clock),
    )


def _incident(settings: Settings, clock: Clock) -> Incident:
    def incident(path: Path, event_id: int, *, redact: bool) -> int:
        chosen = Selection(event=event_id)
        return write_recording(path, chosen, settings.database_path, clock(), redact=vocabulary() if redact else None)

    return incident


def _eyes(settings: Settings, shared: Shared, screens: Screens) -> Eyes:
    directories = {
        "DATABASE_PATH": settings.database_path.absolute().parent,
        "MEDIA_PATH": settings.media_directory.absolute(),
    }
    return Eyes(
        disk_free=lambda: {name: shared.disk_free(path) for name, path in directories.items()},
        longest_flood_s=screens.pacing.longest_flood_s,
        alert_usd={Period.DAY: settings.alert_usd_day, Period.MONTH: settings.alert_usd_month},
    )


def _answering(settings: Settings, shared: Shared, wires: OpenAIWires, screens: Screens) -> Answering:
    return Answering(
        database=shared.database,
        responses=wires.responses,
        booking=Booking(wires.responses, shared.counting, shared.lines, background=settings.openai_background),
        asking=Asking(
            model=settings.openai_model,
            system_prompt=settings.system_prompt,
            zone=shared.house.zone,
            secret=shared.secret,
            background=settings.openai_background,
        ),
        supplies=Supplies(shared.database, shared.fetching, wires.places, shared.lines, shared.purse, shared.clock),
        outcomes=Outcomes(wires.places.containers, shared.fetching.media),
        purse=shared.purse,
        previews=screens.previews,
        clock=shared.clock,
    )
