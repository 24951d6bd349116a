"""The conversation: what a chat (or a topic) does with everything that can happen to it.

    idle               waits for a question
    gathering          puts together what belongs together: an album, a forward and its comment, a split paste
    awaiting_caption   has files and waits for what to do with them
    awaiting_words     has asked for words: a picture's prompt, a change, a system prompt, a time zone
    transcribing       turns sound into words
    generating         the model answers
    drawing            a picture is made

What is said while it is busy is postponed, and looked at again, in order, after the next change of state: of each
person one message after the other.
"""

from __future__ import annotations

from actors.anytime import ANYTIME, ENDS
from actors.context import Context
from actors.events import (
    ActionRequested,
    AnswerFailed,
    AnswerReady,
    AnswerStopped,
    ConsentGiven,
    ContinueRequested,
    FormatChosen,
    Overheard,
    PictureFailed,
    PictureReady,
    PictureRequested,
    RetryRequested,
    SettingChosen,
    SoundPriced,
    StopRequested,
    Transcribed,
    TranscriptionFailed,
)
from actors.memory import (
    AWAITING_CAPTION,
    AWAITING_WORDS,
    DRAWING,
    GATHERING,
    GENERATING,
    IDLE,
    STATES,
    TRANSCRIBING,
    Conversation,
)
from actors.steps.answers import (
    deliver_answer,
    is_other_job,
    is_stale,
    keep_stopped,
    say_failed,
    say_nothing_runs,
    say_too_late,
    stop_job,
)
from actors.steps.archives import (
    is_archive_question,
    is_listing_stopped,
    is_opening,
    is_paging,
    list_archive,
    open_member,
    stop_listing,
    turn_page,
)
from actors.steps.captions import (
    await_opening,
    drop_held,
    gather_beside,
    is_about_unopened,
    is_as_file,
    is_caption,
    is_caption_over,
    is_held_gone,
    is_not_holder,
    is_packed,
    is_packed_beside,
    is_packed_mate,
    is_packed_part,
    is_reply_to_offer,
    is_reply_to_packed,
    is_wordless,
    let_rest,
    offer_actions,
    offer_packed,
    offer_replied_packed,
    say_unopened,
    send_as_file,
    set_mate_aside,
    set_packed_aside,
)
from actors.steps.consent import (
    ask_consent,
    drop_priced,
    is_declined,
    is_not_payer,
    is_price_gone,
    listen_after_all,
)
from actors.steps.deleting import (
    ask_rest,
    drop_deleted,
    drop_gathered_part,
    forget_gathered,
    is_all_deleted,
    is_file_gone,
    is_last_file_gone,
    is_nothing_left,
    is_question_gone,
    is_sound_left,
    listen_to_rest,
    say_file_gone,
    stop_quietly,
)
from actors.steps.editing import (
    ask_with_edit,
    end_replaced,
    is_caption_added,
    is_caption_added_to_sound,
    is_file_replaced,
    is_price_outdated,
    is_priced_reworded,
    is_replaced_by_nothing,
    is_sound_instead,
    is_useless_instead,
    listen_instead,
    price_anew,
    reword_priced,
    take_replaced,
    write_down_with_edit,
)
from actors.steps.gathering import (
    begin_gathering,
    drop_gathered,
    edit_gathered,
    has_words_only,
    is_album_mate,
    is_beginning,
    is_from_holder,
    is_gathered_edited,
    is_joining,
    is_not_gathered,
    is_part_of_question,
    is_reply_to_unfit,
    is_unfit,
    is_unfit_mate,
    join,
    join_album,
    join_held,
    say_replied_unfit,
    say_unfit,
    say_unfit_mate,
    take_up_again,
)
from actors.steps.listening import (
    is_about_sound,
    is_caption_of_sound,
    is_own_voice,
    is_reply_to_sound_offer,
    is_silent,
    is_silent_film,
    is_spoken,
    is_transcript_wanted,
    is_transcription,
    keep_transcript,
    look_at_film,
    say_silent,
    say_transcription_failed,
    show_and_ask,
    write_down,
    write_down_held,
    write_down_note,
    write_down_replied,
    write_down_with_caption,
)
from actors.steps.people import hand_over_reply, is_bare_mention, is_reply_to_desk, say_listening
from actors.steps.pictures import (
    change_drawn,
    change_gathered,
    change_held,
    change_theirs,
    deliver_picture,
    draw,
    has_no_prompt,
    is_change_gathered,
    is_change_of_drawn,
    is_change_of_theirs,
    is_edit_action,
    is_idea_gone,
    is_not_idea_owner,
    is_wanted_change,
    is_wanted_prompt,
    offer_formats,
    offer_wanted,
    say_idea_gone,
    say_picture_failed,
    want_change,
    want_prompt,
)
from actors.steps.preferences import (
    choose,
    drop_wanted,
    is_in_words,
    is_not_governing,
    is_wanted_prompt_too_long,
    is_wanted_system_prompt,
    is_wanted_zone,
    is_wanted_zone_unknown,
    is_words_over,
    say_admins_only,
    say_prompt_too_long,
    say_zone_unknown,
    take_system_prompt,
    take_zone,
    want_setting,
)
from actors.steps.questions import (
    ask_again,
    ask_changed,
    ask_edited,
    ask_gathered,
    ask_held,
    ask_model,
    ask_with_caption,
    continue_answer,
    has_no_turn,
    is_edit_of_running,
    is_edit_of_turn,
    is_too_long,
    say_no_turn,
    say_too_long,
)
from actors.steps.shared import ignore, postpone, say_busy, say_button_gone, say_not_yours
from actors.steps.shut_out import is_shut_out, leave_gathered, leave_transcript
from engine.core.chart import SAME, Chart, Row
from engine.core.events import FileReceived, MessageEdited, MessagesDeleted, TextReceived, TimedOut

WAITING = (AWAITING_CAPTION, AWAITING_WORDS)
"""The next words of a person are for something."""
OPEN = (IDLE, *WAITING)
"""Nothing is on its way: a question is asked at once."""
BUSY = (TRANSCRIBING, GENERATING, DRAWING)
"""A job works for this conversation."""
CLOSED = (GATHERING, *BUSY)

# fmt: off
TABLE: tuple[Row[Conversation, Context], ...] = (
    #   source            event                 guard                      step                       destination
    # ── a text ──
    Row(AWAITING_WORDS,   TextReceived,         is_bare_mention,           say_listening,            SAME),
    Row(AWAITING_WORDS,   TextReceived,         is_wanted_prompt,          offer_wanted,             IDLE),
    Row(AWAITING_WORDS,   TextReceived,         is_wanted_change,          change_held,              DRAWING),
    Row(AWAITING_WORDS,   TextReceived,         is_wanted_prompt_too_long, say_prompt_too_long,      SAME),
    Row(AWAITING_WORDS,   TextReceived,         is_wanted_system_prompt,   take_system_prompt,       IDLE),
    Row(AWAITING_WORDS,   TextReceived,         is_wanted_zone_unknown,    say_zone_unknown,         SAME),
    Row(AWAITING_WORDS,   TextReceived,         is_wanted_zone,            take_zone,                IDLE),
    Row(OPEN,             TextReceived,         is_reply_to_desk,          hand_over_reply,          SAME),
    Row(OPEN,             TextReceived,         is_too_long,               say_too_long,             SAME),
    Row(OPEN,             TextReceived,         is_reply_to_unfit,         say_replied_unfit,        SAME),
    Row(OPEN,             TextReceived,         is_change_of_drawn,        change_drawn,             DRAWING),
    Row(OPEN,             TextReceived,         is_change_of_theirs,       change_theirs,            DRAWING),
    Row(OPEN,             TextReceived,         is_reply_to_sound_offer,   write_down_with_caption,  TRANSCRIBING),
    Row(AWAITING_CAPTION, TextReceived,         is_about_unopened,         say_unopened,             IDLE),
    Row(OPEN,             TextReceived,         is_about_unopened,         say_unopened,             SAME),
    Row(OPEN,             TextReceived,         is_reply_to_packed,        offer_replied_packed,     AWAITING_CAPTION),
    Row(OPEN,             TextReceived,         is_reply_to_offer,         ask_with_caption,         GENERATING),
    Row(OPEN,             TextReceived,         is_about_sound,            write_down_replied,       TRANSCRIBING),
    Row(AWAITING_CAPTION, TextReceived,         is_caption_of_sound,       write_down_with_caption,  TRANSCRIBING),
    Row(AWAITING_CAPTION, TextReceived,         is_caption,                ask_with_caption,         GENERATING),
    Row(OPEN,             TextReceived,         is_bare_mention,           say_listening,            SAME),
    Row(OPEN,             TextReceived,         is_beginning,              begin_gathering,          GATHERING),
    Row(OPEN,             TextReceived,         None,                      ask_model,                GENERATING),
    Row(GATHERING,        TextReceived,         is_joining,                join,                     SAME),
    Row(BUSY,             TextReceived,         is_too_long,               say_too_long,             SAME),
    Row(GENERATING,       TextReceived,         is_part_of_question,       take_up_again,            GATHERING),
    Row(CLOSED,           TextReceived,         None,                      postpone,                 SAME),

    # ── a file ──
    Row(STATES,           FileReceived,         is_unfit,                  say_unfit,                SAME),
    Row(OPEN,             FileReceived,         is_packed_part,            gather_beside,            GATHERING),
    Row(AWAITING_CAPTION, FileReceived,         is_packed_beside,          set_packed_aside,         SAME),
    Row(OPEN,             FileReceived,         is_packed,                 offer_packed,             AWAITING_CAPTION),
    Row(GATHERING,        FileReceived,         is_packed_part,            gather_beside,            SAME),
    Row(GATHERING,        FileReceived,         is_packed,                 set_packed_aside,         SAME),
    Row(AWAITING_CAPTION, FileReceived,         is_about_unopened,         say_unopened,             IDLE),
    Row(OPEN,             FileReceived,         is_reply_to_packed,        offer_replied_packed,     AWAITING_CAPTION),
    Row(AWAITING_CAPTION, FileReceived,         is_from_holder,            join_held,                GATHERING),
    Row(OPEN,             FileReceived,         is_own_voice,              write_down_note,          TRANSCRIBING),
    Row(OPEN,             FileReceived,         None,                      begin_gathering,          GATHERING),
    Row(GATHERING,        FileReceived,         is_joining,                join,                     SAME),
    Row(GENERATING,       FileReceived,         is_part_of_question,       take_up_again,            GATHERING),
    Row(CLOSED,           FileReceived,         None,                      postpone,                 SAME),
    Row(GATHERING,        Overheard,            is_unfit_mate,             say_unfit_mate,           SAME),
    Row(GATHERING,        Overheard,            is_packed_mate,            set_mate_aside,           SAME),
    Row(GATHERING,        Overheard,            is_album_mate,             join_album,               SAME),

    # ── what was gathered is whole ──
    Row(GATHERING,        TimedOut,             is_not_gathered,           ignore,                   SAME),
    Row(GATHERING,        TimedOut,             is_shut_out,               leave_gathered,           IDLE),
    Row(GATHERING,        TimedOut,             has_words_only,            await_opening,            AWAITING_CAPTION),
    Row(GATHERING,        TimedOut,             is_change_gathered,        change_gathered,          DRAWING),
    Row(GATHERING,        TimedOut,             is_spoken,                 write_down,               TRANSCRIBING),
    Row(GATHERING,        TimedOut,             is_wordless,               offer_actions,            AWAITING_CAPTION),
    Row(GATHERING,        TimedOut,             None,                      ask_gathered,             GENERATING),
    Row(STATES,           StopRequested,        is_listing_stopped,        stop_listing,             SAME),
    Row(GATHERING,        StopRequested,        None,                      drop_gathered,            IDLE),
    Row(GATHERING,        MessageEdited,        is_gathered_edited,        edit_gathered,            SAME),
    Row(GATHERING,        MessagesDeleted,      is_all_deleted,            forget_gathered,          IDLE),
    Row(GATHERING,        MessagesDeleted,      None,                      drop_gathered_part,       SAME),

    # ── waiting for words ──
    Row(AWAITING_CAPTION, TimedOut,             is_caption_over,           let_rest,                 IDLE),
    Row(AWAITING_CAPTION, StopRequested,        None,                      drop_held,                IDLE),
    Row(AWAITING_WORDS,   TimedOut,             is_words_over,             drop_wanted,              IDLE),
    Row(AWAITING_WORDS,   StopRequested,        None,                      drop_wanted,              IDLE),
    Row(IDLE,             StopRequested,        None,                      say_nothing_runs,         SAME),
    Row(WAITING,          MessagesDeleted,      is_nothing_left,           drop_deleted,             IDLE),
    Row(OPEN,             MessagesDeleted,      None,                      drop_deleted,             SAME),

    # ── buttons and commands that start something ──
    Row(OPEN,             ActionRequested,      is_held_gone,              say_button_gone,          SAME),
    Row(OPEN,             ActionRequested,      is_not_holder,             say_not_yours,            SAME),
    Row(OPEN,             ActionRequested,      is_as_file,                send_as_file,             SAME),
    Row(OPEN,             ActionRequested,      is_archive_question,       list_archive,             SAME),
    Row(OPEN,             ActionRequested,      is_paging,                 turn_page,                SAME),
    Row(OPEN,             ActionRequested,      is_opening,                open_member,              AWAITING_CAPTION),
    Row(OPEN,             ActionRequested,      is_edit_action,            want_change,              AWAITING_WORDS),
    Row(OPEN,             ActionRequested,      is_transcription,          write_down_held,          TRANSCRIBING),
    Row(OPEN,             ActionRequested,      None,                      ask_held,                 GENERATING),
    Row(OPEN,             RetryRequested,       has_no_turn,               say_no_turn,              SAME),
    Row(OPEN,             RetryRequested,       None,                      ask_again,                GENERATING),
    Row(OPEN,             ContinueRequested,    has_no_turn,               say_no_turn,              SAME),
    Row(OPEN,             ContinueRequested,    None,                      continue_answer,          GENERATING),
    Row(OPEN,             MessageEdited,        is_price_outdated,         price_anew,               TRANSCRIBING),
    Row(WAITING,          MessageEdited,        is_replaced_by_nothing,    take_replaced,            IDLE),
    Row(OPEN,             MessageEdited,        is_file_replaced,          take_replaced,            SAME),
    Row(OPEN,             MessageEdited,        is_priced_reworded,        reword_priced,            SAME),
    Row(AWAITING_CAPTION, MessageEdited,        is_about_unopened,         say_unopened,             IDLE),
    Row(OPEN,             MessageEdited,        is_about_unopened,         say_unopened,             SAME),
    Row(OPEN,             MessageEdited,        is_caption_added_to_sound, write_down_with_edit,     TRANSCRIBING),
    Row(OPEN,             MessageEdited,        is_caption_added,          ask_with_edit,            GENERATING),
    Row(OPEN,             MessageEdited,        is_edit_of_turn,           ask_edited,               GENERATING),
    Row(OPEN,             PictureRequested,     has_no_prompt,             want_prompt,              AWAITING_WORDS),
    Row(OPEN,             PictureRequested,     None,                      offer_formats,            IDLE),
    Row(STATES,           FormatChosen,         is_idea_gone,              say_idea_gone,            SAME),
    Row(OPEN,             FormatChosen,         is_not_idea_owner,         say_not_yours,            SAME),
    Row(OPEN,             FormatChosen,         None,                      draw,                     DRAWING),
    Row(STATES,           ConsentGiven,         is_price_gone,             say_button_gone,          SAME),
    Row(OPEN,             ConsentGiven,         is_not_payer,              say_not_yours,            SAME),
    Row(OPEN,             ConsentGiven,         is_declined,               drop_priced,              SAME),
    Row(OPEN,             ConsentGiven,         None,                      listen_after_all,         TRANSCRIBING),
    Row(STATES,           SettingChosen,        is_not_governing,          say_admins_only,          SAME),
    Row(OPEN,             SettingChosen,        is_in_words,               want_setting,             AWAITING_WORDS),
    Row(CLOSED,           PictureRequested,     None,                      postpone,                 SAME),
    Row(CLOSED,           ActionRequested,      is_as_file,                send_as_file,             SAME),
    *(Row(CLOSED,         start,                None,                      say_busy,                 SAME)
      for start in (ActionRequested, RetryRequested, ContinueRequested, FormatChosen, ConsentGiven)),
    Row(CLOSED,           SettingChosen,        is_in_words,               say_busy,                 SAME),
    Row(STATES,           SettingChosen,        None,                      choose,                   SAME),

    # ── while something is on its way ──
    Row(BUSY,             StopRequested,        is_other_job,              say_too_late,             SAME),
    Row(BUSY,             StopRequested,        None,                      stop_job,                 SAME),
    Row(BUSY,             MessagesDeleted,      is_question_gone,          stop_quietly,             IDLE),
    Row(BUSY,             MessagesDeleted,      is_last_file_gone,         say_file_gone,            IDLE),
    Row(TRANSCRIBING,     MessagesDeleted,      is_sound_left,             listen_to_rest,           SAME),
    Row(TRANSCRIBING,     MessagesDeleted,      is_file_gone,              ask_rest,                 GENERATING),
    Row(GENERATING,       MessagesDeleted,      is_file_gone,              ask_rest,                 SAME),
    Row(BUSY,             MessagesDeleted,      None,                      postpone,                 SAME),
    Row(GENERATING,       MessageEdited,        is_sound_instead,          listen_instead,           TRANSCRIBING),
    Row(GENERATING,       MessageEdited,        is_useless_instead,        end_replaced,             IDLE),
    Row(GENERATING,       MessageEdited,        is_edit_of_running,        ask_changed,              SAME),
    Row(CLOSED,           MessageEdited,        None,                      postpone,                 SAME),

    # ── how it ended ──
    *(Row(BUSY,           end,                  is_stale,                  ignore,                   SAME)
      for end in ENDS),
    Row(TRANSCRIBING,     SoundPriced,          None,                      ask_consent,              IDLE),
    Row(TRANSCRIBING,     Transcribed,          is_shut_out,               leave_transcript,         IDLE),
    Row(TRANSCRIBING,     Transcribed,          is_silent,                 say_silent,               IDLE),
    Row(TRANSCRIBING,     Transcribed,          is_transcript_wanted,      keep_transcript,          IDLE),
    Row(TRANSCRIBING,     Transcribed,          None,                      show_and_ask,             GENERATING),
    Row(TRANSCRIBING,     TranscriptionFailed,  is_shut_out,               leave_transcript,         IDLE),
    Row(TRANSCRIBING,     TranscriptionFailed,  is_silent_film,            look_at_film,             GENERATING),
    Row(TRANSCRIBING,     TranscriptionFailed,  None,                      say_transcription_failed, IDLE),
    Row(GENERATING,       AnswerReady,          None,                      deliver_answer,           IDLE),
    Row(GENERATING,       AnswerStopped,        None,                      keep_stopped,             IDLE),
    Row(GENERATING,       AnswerFailed,         None,                      say_failed,               IDLE),
    Row(DRAWING,          PictureReady,         None,                      deliver_picture,          IDLE),
    Row(DRAWING,          PictureFailed,        None,                      say_picture_failed,       IDLE),

    *ANYTIME,
)
# fmt: on

CHART = Chart(STATES, TABLE, with_state=lambda c, state: c.but(state=state))
