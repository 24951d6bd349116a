"""The conversation: what a chat (or a topic) does with everything that can happen to it.

    idle               waits for a question
    awaiting_caption   has a file and waits for what to do with it   (its events come with files)
    transcribing       turns a voice note into words                 (its events come with voice)
    generating         the model answers

What is said while it is busy is postponed, and looked at again, in order, after the next change of state.
"""

from __future__ import annotations

from actors.context import Context
from actors.events import (
    AnswerFailed,
    AnswerReady,
    AnswerStopped,
    HelpRequested,
    Overheard,
    ResetRequested,
    StartRequested,
    StatsRequested,
    StopRequested,
    StrangerSpoke,
    UnknownAsked,
)
from actors.memory import AWAITING_CAPTION, GENERATING, IDLE, TRANSCRIBING, Conversation
from actors.steps import (
    ask_model,
    deliver_answer,
    greet,
    ignore,
    is_other_answer,
    is_question_gone,
    is_stale,
    is_too_long,
    keep_stopped,
    postpone,
    refuse_stranger,
    say_failed,
    say_nothing_runs,
    say_too_late,
    say_too_long,
    say_unknown,
    say_unsupported,
    send_help,
    send_stats,
    show_alert,
    start_afresh,
    stop_answer,
    stop_quietly,
)
from engine.core.chart import EVERY, SAME, Chart, Row
from engine.core.events import (
    AlertRaised,
    MessageEdited,
    MessagesDeleted,
    TextReceived,
    TimedOut,
    UnsupportedReceived,
)

# fmt: off
TABLE: tuple[Row[Conversation, Context], ...] = (
    #   source            event                guard             step              destination
    Row(IDLE,             TextReceived,        is_too_long,      say_too_long,     SAME),
    Row(IDLE,             TextReceived,        None,             ask_model,        GENERATING),
    Row(IDLE,             StopRequested,       None,             say_nothing_runs, SAME),

    Row(AWAITING_CAPTION, TextReceived,        is_too_long,      say_too_long,     SAME),
    Row(AWAITING_CAPTION, TextReceived,        None,             ask_model,        GENERATING),
    Row(AWAITING_CAPTION, StopRequested,       None,             say_nothing_runs, IDLE),
    Row(AWAITING_CAPTION, TimedOut,            None,             ignore,           IDLE),

    Row(TRANSCRIBING,     TextReceived,        None,             postpone,         SAME),
    Row(TRANSCRIBING,     StopRequested,       is_other_answer,  say_too_late,     SAME),
    Row(TRANSCRIBING,     StopRequested,       None,             stop_answer,      IDLE),
    Row(TRANSCRIBING,     TimedOut,            None,             ignore,           IDLE),

    Row(GENERATING,       TextReceived,        is_too_long,      say_too_long,     SAME),
    Row(GENERATING,       TextReceived,        None,             postpone,         SAME),
    Row(GENERATING,       AnswerReady,         is_stale,         ignore,           SAME),
    Row(GENERATING,       AnswerReady,         None,             deliver_answer,   IDLE),
    Row(GENERATING,       AnswerStopped,       is_stale,         ignore,           SAME),
    Row(GENERATING,       AnswerStopped,       None,             keep_stopped,     IDLE),
    Row(GENERATING,       AnswerFailed,        is_stale,         ignore,           SAME),
    Row(GENERATING,       AnswerFailed,        None,             say_failed,       IDLE),
    Row(GENERATING,       StopRequested,       is_other_answer,  say_too_late,     SAME),
    Row(GENERATING,       StopRequested,       None,             stop_answer,      SAME),
    Row(GENERATING,       MessagesDeleted,     is_question_gone, stop_quietly,     IDLE),

    Row(EVERY,            StartRequested,      None,             greet,            SAME),
    Row(EVERY,            HelpRequested,       None,             send_help,        SAME),
    Row(EVERY,            StatsRequested,      None,             send_stats,       SAME),
    Row(EVERY,            ResetRequested,      None,             start_afresh,     IDLE),
    Row(EVERY,            UnknownAsked,        None,             say_unknown,      SAME),
    Row(EVERY,            UnsupportedReceived, None,             say_unsupported,  SAME),
    Row(EVERY,            StrangerSpoke,       None,             refuse_stranger,  SAME),
    Row(EVERY,            AlertRaised,         None,             show_alert,       SAME),
    Row(EVERY,            Overheard,           None,             ignore,           SAME),
    Row(EVERY,            MessageEdited,       None,             ignore,           SAME),
    Row(EVERY,            MessagesDeleted,     None,             ignore,           SAME),
    Row(EVERY,            AnswerReady,         None,             ignore,           SAME),
    Row(EVERY,            AnswerStopped,       None,             ignore,           SAME),
    Row(EVERY,            AnswerFailed,        None,             ignore,           SAME),
    Row(EVERY,            TimedOut,            None,             ignore,           SAME),
)
# fmt: on

CHART = Chart((IDLE, AWAITING_CAPTION, TRANSCRIBING, GENERATING), TABLE, with_state=lambda c, state: c.but(state=state))
