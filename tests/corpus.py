"""The corpus: which conversation tests are kept as recordings in tests/recordings/, one for each feature.

`make recordings` plays them in the sandbox and writes what was recorded; tests/engine/test_recordings.py replays all of
them, strictly. A change that alters what the bot does alters these files, and shows in review.
"""

from __future__ import annotations

CORPUS = {
    "start": "test_commands.py::test_start_greets_by_name_and_brings_the_keyboard",
    "answer": "test_talking.py::test_a_question_is_answered_and_booked",
    "thread": "test_talking.py::test_the_next_question_is_asked_in_the_same_thread",
    "waiting-messages": (
        "test_talking.py::test_messages_that_come_while_the_model_answers_wait_and_are_answered_in_order"
    ),
    "markdown": "test_talking.py::test_markdown_arrives_as_entities",
    "rich-answer": "test_talking.py::test_a_long_answer_is_one_rich_message",
    "answer-in-parts": "test_talking.py::test_a_longer_one_comes_in_parts_that_lose_nothing",
    "answer-as-file": "test_talking.py::test_an_answer_that_is_longer_still_comes_as_a_file",
    "refusal": "test_talking.py::test_a_refusal_is_shown_in_the_models_words",
    "stop": "test_stopping.py::test_stop_means_stop[draft]",
    "stop-button-in-group": "test_stopping.py::test_the_stop_button_in_a_group",
    "deleted-question": "test_stopping.py::test_deleting_the_question_ends_its_answer_without_a_word",
    "reset": "test_stopping.py::test_reset_while_the_model_answers_begins_afresh",
    "stats": "test_commands.py::test_statistics_show_what_was_spent_by_model",
    "keyboard": "test_commands.py::test_a_word_on_the_keyboard_is_its_command",
    "old-buttons": "test_commands.py::test_every_press_of_an_old_button_is_answered",
    "stranger": "test_gate.py::test_a_stranger_in_a_group_spends_nothing_and_stops_nothing",
    "forward": "test_gathering.py::test_a_forward_and_the_comment_after_it_are_one_turn",
    "paste": "test_gathering.py::test_a_paste_that_telegram_has_split_is_one_question",
    "two-people": "test_gathering.py::test_what_another_person_says_meanwhile_is_another_question",
    "kill-while-gathering": "test_gathering.py::test_a_kill_while_gathering_loses_nothing",
    "group": "test_groups.py::test_in_a_group_the_answer_replaces_the_message_that_stood_for_it[supergroup]",
    "group-thread": "test_groups.py::test_members_of_a_group_share_its_thread_and_private_chats_do_not",
    "topics": "test_groups.py::test_each_topic_has_its_own_thread_and_is_answered_in_its_place",
    "rate-limit": "test_openai_trouble.py::test_a_rate_limit_that_lasts_too_long_is_told_with_its_time",
    "empty-account": "test_openai_trouble.py::test_an_empty_account_is_no_rate_limit_and_the_admin_hears_of_it_once",
    "broken-stream": "test_openai_trouble.py::test_a_broken_stream_keeps_what_was_said_and_books_an_estimate[cuts]",
    "lost-thread": "test_openai_trouble.py::test_a_lost_thread_is_rebuilt_from_what_was_kept_here",
    "flood-wait": "test_telegram_trouble.py::test_a_flood_wait_is_honoured_exactly_and_holds_up_no_other_chat",
    "blocked": "test_telegram_trouble.py::test_a_person_who_blocked_the_bot_does_not_disturb_others",
    "marks-refused": "test_telegram_trouble.py::test_formatting_that_telegram_refuses_arrives_plain",
    "restart": "test_restart.py::test_a_job_that_was_cut_off_is_begun_again_and_both_calls_are_booked",
    "stop-and-kill": "test_restart.py::test_a_stop_before_a_kill_is_still_a_stop_after_it",
    "reply": "test_threads.py::test_a_reply_to_an_older_answer_goes_on_from_there",
    "quote": "test_threads.py::test_the_marked_part_of_a_message_is_part_of_the_turn",
    "edit": "test_threads.py::test_a_longer_answer_grows_new_messages_and_a_shorter_one_loses_some",
    "retry": "test_threads.py::test_retry_asks_the_same_question_from_the_same_place[button]",
    "continue": "test_threads.py::test_a_cut_answer_can_be_continued",
    "settings": "test_settings.py::test_ones_own_instructions_take_the_place_of_the_usual_ones",
    "group-settings": "test_settings.py::test_in_a_group_only_its_admins_choose",
    "voice": "test_voice.py::test_a_voice_note_is_written_down_and_answered",
    "spoken-answer": "test_voice.py::test_answers_are_spoken_where_that_is_wanted[always]",
    "picture": "test_pictures.py::test_a_picture_is_drawn_in_the_format_that_was_chosen",
    "picture-changed": "test_pictures.py::test_a_reply_to_a_picture_changes_it",
    "picture-stopped": "test_pictures.py::test_a_stopped_picture_is_booked",
    "animated-sticker": "test_files.py::test_an_animated_sticker_is_its_emoji",
    "location": "test_files.py::test_a_location_is_text",
    "unsupported": "test_files.py::test_what_is_no_message_gets_one_sentence[game]",
    "export": "test_forgetting.py::test_the_conversation_comes_as_a_file",
    "not-forgotten": "test_forgetting.py::test_nothing_is_deleted_unless_it_is_meant",
    "background": "test_background.py::test_a_stop_ends_the_answer_at_openai_too",
}
"""By the recording's name: the test that it comes from, in tests/conversations."""

BY_TEST = {test: name for name, test in CORPUS.items()}
