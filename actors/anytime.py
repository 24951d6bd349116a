"""What a conversation does in whatever state it is: commands, settings, the ends of errands."""

from __future__ import annotations

from actors.context import Context
from actors.events import (
    AnswerFailed,
    AnswerReady,
    AnswerStopped,
    ArchiveListed,
    ErrandFailed,
    Exported,
    ExportRequested,
    ForgetDecided,
    ForgetRequested,
    Forgotten,
    HandedOver,
    HelpRequested,
    Inspected,
    ListingFailed,
    Overheard,
    PauseMet,
    PictureFailed,
    PictureFileRequested,
    PictureReady,
    ResetRequested,
    SettingsRequested,
    SoundPriced,
    SpeechReady,
    StartRequested,
    StatsRequested,
    StrangerSpoke,
    Transcribed,
    TranscriptionFailed,
    UnknownAsked,
)
from actors.memory import (
    IDLE,
    Conversation,
)
from actors.steps.archives import (
    show_listed,
)
from actors.steps.captions import (
    refine_offer,
)
from actors.steps.listening import (
    say_errand_failed,
    send_speech,
)
from actors.steps.people import (
    ask_whether_to_forget,
    export,
    forget,
    greet,
    hand_over,
    is_forgetting,
    keep_all,
    overhear,
    refuse_stranger,
    say_forgotten,
    say_paused,
    say_unknown,
    say_unsupported,
    send_export,
    send_help,
    send_stats,
    start_afresh,
)
from actors.steps.pictures import (
    send_original,
)
from actors.steps.preferences import (
    is_not_governing,
    say_admins_only,
    show_settings,
)
from actors.steps.shared import ignore
from engine.core.chart import EVERY, SAME, Row
from engine.core.events import MessageEdited, TimedOut, UnsupportedReceived

ENDS = (
    *(SoundPriced, Transcribed, TranscriptionFailed, AnswerReady, AnswerStopped, AnswerFailed),
    *(PictureReady, PictureFailed),
)
"""How jobs end that a state waits for."""
LATE = (MessageEdited, TimedOut, *ENDS)
"""What concerns nobody, unless a state has a row for it."""

# fmt: off
ANYTIME: tuple[Row[Conversation, Context], ...] = (
    #   source            event                 guard                      step                       destination
    Row(EVERY,            StartRequested,       None,                      greet,                    SAME),
    Row(EVERY,            HelpRequested,        None,                      send_help,                SAME),
    Row(EVERY,            StatsRequested,       None,                      send_stats,               SAME),
    Row(EVERY,            ResetRequested,       None,                      start_afresh,             IDLE),
    Row(EVERY,            SettingsRequested,    None,                      show_settings,            SAME),
    Row(EVERY,            ForgetRequested,      is_not_governing,          say_admins_only,          SAME),
    Row(EVERY,            ForgetRequested,      None,                      ask_whether_to_forget,    SAME),
    Row(EVERY,            ForgetDecided,        is_not_governing,          say_admins_only,          SAME),
    Row(EVERY,            ForgetDecided,        is_forgetting,             forget,                   IDLE),
    Row(EVERY,            ForgetDecided,        None,                      keep_all,                 SAME),
    Row(EVERY,            ExportRequested,      None,                      export,                   SAME),
    Row(EVERY,            PictureFileRequested, None,                      send_original,            SAME),
    Row(EVERY,            SpeechReady,          None,                      send_speech,              SAME),
    Row(EVERY,            Inspected,            None,                      refine_offer,             SAME),
    Row(EVERY,            ArchiveListed,        None,                      show_listed,              SAME),
    Row(EVERY,            ListingFailed,        None,                      show_listed,              SAME),
    Row(EVERY,            Forgotten,            None,                      say_forgotten,            SAME),
    Row(EVERY,            Exported,             None,                      send_export,              SAME),
    Row(EVERY,            ErrandFailed,         None,                      say_errand_failed,        SAME),
    Row(EVERY,            UnknownAsked,         None,                      say_unknown,              SAME),
    Row(EVERY,            UnsupportedReceived,  None,                      say_unsupported,          SAME),
    Row(EVERY,            StrangerSpoke,        None,                      refuse_stranger,          SAME),
    Row(EVERY,            PauseMet,             None,                      say_paused,               SAME),
    Row(EVERY,            HandedOver,           None,                      hand_over,                SAME),
    Row(EVERY,            Overheard,            None,                      overhear,                 SAME),
    *(Row(EVERY, late, None, ignore, SAME) for late in LATE),
)
# fmt: on
