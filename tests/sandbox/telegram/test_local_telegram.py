"""The sandbox Telegram, seen by a real TelegramClient."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import anyio
import pytest
from telethon import Button, errors, functions, types
from telethon.crypto import rsa
from telethon.network import (
    ConnectionTcpAbridged,
    ConnectionTcpFull,
    ConnectionTcpIntermediate,
)
from telethon.sessions import MemorySession

from engine.sandbox.telegram import LocalTelegram, Person
from tests.sandbox.telegram.world import PATIENCE_S, World, refused

pytestmark = pytest.mark.anyio


def send(peer: Any, text: str, random_id: int, **fields: Any) -> Any:
    return functions.messages.SendMessageRequest(peer, text, random_id=random_id, **fields)


# -- login -------------------------------------------------------------------------------------------------------


async def test_the_bot_logs_in_with_its_token(client: Any) -> None:
    me = await client.get_me()
    assert (me.id, me.bot, me.username) == (1000, True, "gpttg_bot")


async def test_a_wrong_token_is_refused(world: World) -> None:
    with pytest.raises(errors.AccessTokenInvalidError):
        await world.new_client().start(bot_token="1000:wrong")


async def test_an_unknown_key_is_refused(world: World) -> None:
    session = MemorySession()
    session.set_dc(2, "127.0.0.1", 443)
    session.auth_key = LocalTelegram().issue_key()
    with pytest.raises(errors.AuthKeyNotFound):
        await world.new_client(session).connect()


async def test_an_unknown_request_fails_loudly_with_its_name(client: Any, telegram: LocalTelegram) -> None:
    await refused(client, functions.messages.GetDialogFiltersRequest(), "LOCAL_TELEGRAM_UNKNOWN_REQUEST")
    assert telegram.unknown_requests == ["messages.getDialogFilters"]
    telegram.unknown_requests.clear()


async def test_logging_out_ends_it(client: Any, telegram: LocalTelegram) -> None:
    await client.log_out()
    assert telegram.calls[-1].name == "auth.logOut"


# -- messages ----------------------------------------------------------------------------------------------------


async def test_a_message_reaches_the_bot(world: World, client: Any, alice: Person) -> None:
    alice.says("Hello, @gpttg_bot: /start 🙂")
    await world.hears("new Hello, @gpttg_bot: /start 🙂")
    update = await world.hears_raw(types.UpdateNewMessage)
    assert [type(e).__name__ for e in update.message.entities] == ["MessageEntityMention", "MessageEntityBotCommand"]
    sender = await client.get_entity(alice.id)
    assert (sender.first_name, sender.lang_code, sender.username) == ("Alice", "ru", "alice")


async def test_some_people_have_ids_beyond_31_bits(world: World, client: Any, alice: Person, bob: Person) -> None:
    assert alice.id < 2**31 < bob.id
    bob.says("hi")
    await world.hears("new hi")
    await client.send_message(bob.id, "yes?")
    assert bob.chat.messages[-1].text == "yes?"


async def test_the_bot_answers(client: Any, telegram: LocalTelegram, alice: Person) -> None:
    question = alice.says("Hi")
    buttons = [[Button.inline("Stop", b"stop"), Button.url("Site", "https://example.org")]]
    sent = await client.send_message(alice.id, "Hello", reply_to=question.id, buttons=buttons)
    shown = alice.chat.messages[-1]
    assert (shown.id, shown.text, shown.reply_to, shown.sender) == (sent.id, "Hello", question, telegram.bot)
    assert [(b.text, b.data, b.url) for b in shown.buttons] == [
        ("Stop", b"stop", None),
        ("Site", None, "https://example.org"),
    ]
    assert "Hello [Stop] [Site]" in alice.chat.transcript()
    assert telegram.count("SendMessageRequest", alice.chat) == 1


async def test_the_same_random_id_makes_one_message(client: Any, alice: Person) -> None:
    alice.says("Hi")
    peer = await client.get_input_entity(alice.id)
    first = await client(send(peer, "Once", 77))
    again = await client(send(peer, "Once", 77))
    assert (first.id, first.pts) == (again.id, again.pts)
    assert [m.text for m in alice.chat.messages] == ["Hi", "Once"]


async def test_a_random_id_can_be_called_duplicate(client: Any, telegram: LocalTelegram, alice: Person) -> None:
    alice.says("Hi")
    client._request_retries = 0
    telegram.faults.random_id_duplicate(times=2)
    peer = await client.get_input_entity(alice.id)
    await client(send(peer, "Once", 77))
    with pytest.raises(errors.RandomIdDuplicateError):
        await client(send(peer, "Once", 77))


@pytest.mark.parametrize(
    ("text", "entities", "error"),
    [
        ("x" * 4097, None, "MESSAGE_TOO_LONG"),
        ("🙂" * 2049, None, "MESSAGE_TOO_LONG"),
        (" \n ", None, "MESSAGE_EMPTY"),
        ("🙂", [types.MessageEntityBold(0, 3)], "ENTITY_BOUNDS_INVALID"),
    ],
)
async def test_what_can_not_be_sent(
    client: Any, alice: Person, text: str, entities: Sequence[Any] | None, error: str
) -> None:
    alice.says("Hi")
    peer = await client.get_input_entity(alice.id)
    await refused(client, send(peer, text, 1, entities=entities), error)


async def test_text_is_trimmed_and_entities_with_it(client: Any, alice: Person) -> None:
    alice.says("Hi")
    many = [types.MessageEntityBold(2, 3), *(types.MessageEntityItalic(2, 1) for _ in range(120))]
    await client.send_message(alice.id, "  abc \n", formatting_entities=many)
    shown = alice.chat.messages[-1]
    assert (shown.text, len(shown.entities)) == ("abc", 100)
    assert (shown.entities[0].offset, shown.entities[0].length) == (0, 3)


async def test_people_who_never_wrote_can_not_be_written_to(client: Any, alice: Person) -> None:
    await refused(client, send(types.InputPeerUser(alice.id, 0), "Hi", 1), "PEER_ID_INVALID")


async def test_a_block_is_told_and_felt(world: World, client: Any, alice: Person) -> None:
    alice.says("Hi")
    alice.blocks_bot()
    assert (await world.hears_raw(types.UpdateBotStopped)).stopped
    peer = await client.get_input_entity(alice.id)
    with pytest.raises(errors.UserIsBlockedError):
        await client(send(peer, "Hi", 1))
    alice.unblocks_bot()
    await client(send(peer, "Hi", 1))


async def test_edits(client: Any, alice: Person) -> None:
    alice.says("Hi")
    sent = await client.send_message(alice.id, "One", buttons=[Button.inline("Stop", b"s")])
    shown = alice.chat.messages[-1]
    with pytest.raises(errors.MessageNotModifiedError):
        await client.edit_message(alice.id, sent.id, "One \n", buttons=[Button.inline("Stop", b"s")])
    edited = await client.edit_message(alice.id, sent.id, "Two")
    assert (edited.text, shown.text, shown.buttons, len(shown.edits)) == ("Two", "Two", [], 1)
    assert [v.text for v in shown.versions] == ["One", "Two"]
    with pytest.raises(errors.MessageIdInvalidError):
        await client.edit_message(alice.id, 999, "Two")
    with pytest.raises(errors.MessageAuthorRequiredError):
        await client.edit_message(alice.id, alice.chat.messages[0].id, "Mine now")


async def test_deletions_both_ways(world: World, client: Any, alice: Person) -> None:
    question = alice.says("Hi")
    sent = await client.send_message(alice.id, "One")
    await client.delete_messages(alice.id, [sent.id, 4711])
    assert [m.text for m in alice.chat.messages] == ["Hi"]
    assert alice.chat.history[-1].deleted
    alice.edits(question, "Hi!")
    alice.deletes(question)
    await world.hears("new Hi", "edited Hi!", f"deleted [{question.id}]")


async def test_messages_can_be_read_by_id(client: Any, alice: Person) -> None:
    question = alice.says("Hi")
    found = await client.get_messages(alice.id, ids=[question.id, 999])
    assert found[0].raw_text == "Hi"
    assert found[1] is None


async def test_a_rich_message(client: Any, alice: Person) -> None:
    alice.says("Hi")
    peer = await client.get_input_entity(alice.id)
    blocks = [types.PageBlockHeading1(types.TextPlain("Title")), types.PageBlockParagraph(types.TextPlain("Body"))]
    result = await client(send(peer, "", 5, rich_message=types.InputRichMessage(blocks)))
    assert result.updates[1].message.rich_message.blocks[1].text.text == "Body"
    assert alice.chat.messages[-1].text == "Title\nBody"
    title = types.InputRichMessage([types.PageBlockTitle(types.TextPlain("x"))])
    await refused(client, send(peer, "", 6, rich_message=title), "RICH_VALIDATE_CTOR_NOT_ALLOWED")


async def test_long_pastes_come_in_pieces(alice: Person) -> None:
    pieces = alice.pastes("word " * 2000)
    assert [len(piece.text) <= 4096 for piece in pieces] == [True] * 3
    with pytest.raises(Exception, match="MESSAGE_TOO_LONG"):
        alice.says("word " * 2000)


# -- buttons -----------------------------------------------------------------------------------------------------


async def test_a_press_is_answered_once(world: World, client: Any, alice: Person) -> None:
    alice.says("Hi")
    await client.send_message(alice.id, "Choose", buttons=[Button.inline("Stop", b"stop")])
    press = alice.presses("Stop")
    query = await world.hears_raw(types.UpdateBotCallbackQuery)
    assert (query.data, query.user_id, press.answer) == (b"stop", alice.id, None)
    answer = functions.messages.SetBotCallbackAnswerRequest(query.query_id, 0, alert=True, message="Stopped")
    await client(answer)
    assert (press.answer, press.alert) == ("Stopped", True)
    with pytest.raises(errors.QueryIdInvalidError):
        await client(answer)


async def test_a_press_can_be_answered_too_late(world: World, client: Any, alice: Person) -> None:
    alice.says("Hi")
    await client.send_message(alice.id, "Choose", buttons=[Button.inline("Stop", b"stop")])
    press = alice.presses(0)
    query = await world.hears_raw(types.UpdateBotCallbackQuery)
    world.time += timedelta(seconds=16)
    with pytest.raises(errors.QueryIdInvalidError):
        await client(functions.messages.SetBotCallbackAnswerRequest(query.query_id, 0))
    assert press.answer is None


async def test_button_data_is_limited(client: Any, alice: Person) -> None:
    alice.says("Hi")
    row = types.KeyboardInlineButtonRow([types.KeyboardInlineButton("x", types.InlineButtonTypeCallback(b"x" * 65))])
    peer = await client.get_input_entity(alice.id)
    with pytest.raises(errors.ButtonDataInvalidError):
        await client(send(peer, "x", 1, reply_markup=types.ReplyInlineMarkup([row])))


async def test_reply_keyboards(world: World, client: Any, alice: Person) -> None:
    alice.says("Hi")
    await client.send_message(alice.id, "Choose", buttons=[[Button.text("Tea"), Button.text("Coffee")]])
    assert alice.chat.reply_keyboard == [["Tea", "Coffee"]]
    alice.taps("Tea")
    await world.hears("new Hi", "new Tea")
    await client.send_message(alice.id, "Bye", buttons=Button.clear())
    with pytest.raises(LookupError):
        alice.taps("Tea")


async def test_no_such_button_shows_the_chat(alice: Person) -> None:
    alice.says("Hi")
    with pytest.raises(LookupError, match="Alice: Hi"):
        alice.presses("Stop")


# -- drafts and typing -------------------------------------------------------------------------------------------


def draft(text: str, random_id: int = 9, **flags: Any) -> Any:
    return types.SendMessageTextDraftAction(types.TextWithEntities(text, []), random_id=random_id, **flags)


async def test_a_draft_grows_and_ends_with_the_message(client: Any, telegram: LocalTelegram, alice: Person) -> None:
    alice.says("Hi")
    peer = await client.get_input_entity(alice.id)
    for text in ("Once", "Once upon"):
        await client(functions.messages.SetTypingRequest(peer, draft(text)))
    assert alice.chat.draft is not None
    assert (alice.chat.draft.text, alice.chat.draft.updates) == ("Once upon", 2)
    assert "(draft): Once upon" in telegram.transcript()
    await client.send_message(alice.id, "Once upon a time")
    assert alice.chat.draft is None
    assert [text for _, text in alice.chat.drafts] == ["Once", "Once upon"]


async def test_a_draft_can_be_stopped(world: World, client: Any, alice: Person) -> None:
    alice.says("Hi")
    peer = await client.get_input_entity(alice.id)
    await client(functions.messages.SetTypingRequest(peer, draft("Once", can_stop=True)))
    alice.stops_draft()
    update = await world.hears_raw(types.UpdateUserTyping)
    assert (update.user_id, update.action.random_id) == (alice.id, 9)
    with pytest.raises(LookupError):
        alice.stops_draft()


async def test_a_draft_lives_30_seconds(world: World, client: Any, alice: Person) -> None:
    alice.says("Hi")
    peer = await client.get_input_entity(alice.id)
    await client(functions.messages.SetTypingRequest(peer, draft("Once")))
    world.time += timedelta(seconds=30)
    assert alice.chat.draft is None


async def test_no_drafts_in_groups(client: Any, telegram: LocalTelegram, alice: Person) -> None:
    group = telegram.group("Friends", [alice])
    peer = await client.get_input_entity(group.id)
    await refused(client, functions.messages.SetTypingRequest(peer, draft("Once")), "TEXTDRAFT_PEER_INVALID")


async def test_typing_is_seen_for_6_seconds(world: World, client: Any, alice: Person) -> None:
    alice.says("Hi")
    peer = await client.get_input_entity(alice.id)
    await client(functions.messages.SetTypingRequest(peer, types.SendMessageTypingAction()))
    assert alice.chat.typing == "typing"
    world.time += timedelta(seconds=6)
    assert alice.chat.typing is None


async def test_a_change_can_be_awaited(client: Any, telegram: LocalTelegram, alice: Person) -> None:
    alice.says("Hi")
    seen = telegram.changed.version
    async with anyio.create_task_group() as group:
        group.start_soon(client.send_message, alice.id, "Hello")
        with anyio.fail_after(PATIENCE_S):
            await telegram.changed.wait(seen)
            assert await telegram.changed.wait(since=seen) > seen
    assert alice.chat.messages[-1].text == "Hello"


# -- groups ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["basic", "supergroup"])
async def test_privacy_in_groups(world: World, client: Any, telegram: LocalTelegram, kind: str, alice: Person) -> None:
    group = telegram.group("Friends", [alice], kind=kind)
    alice.says("between us", to=group)
    alice.says("/help", to=group)
    alice.says("/help@other_bot", to=group)
    alice.says("hey @gpttg_bot", to=group)
    sent = await client.send_message(group.id, "Yes?")
    answered = next(m for m in group.messages if m.id == sent.id)
    alice.says("never mind", reply_to=answered)
    alice.says("between us again", to=group)
    await world.hears("new /help", "new hey @gpttg_bot", "new never mind")


async def test_without_privacy_the_bot_sees_all(world: World, client: Any, alice: Person) -> None:
    world.telegram.bot.privacy = False
    group = world.telegram.group("Friends", [alice])
    alice.says("between us", to=group)
    await world.hears("new between us")


async def test_topics(world: World, client: Any, telegram: LocalTelegram, alice: Person, bob: Person) -> None:
    group = telegram.group("Friends", [alice, bob], forum=True)
    news = group.topic("News")
    question = alice.says("@gpttg_bot what is new?", to=news)
    await world.until(lambda: "new @gpttg_bot what is new?" in world.heard)
    incoming = [u.message for u in world.raw if isinstance(u, types.UpdateNewChannelMessage)][-1]
    assert incoming.reply_to.forum_topic
    assert incoming.reply_to.reply_to_msg_id == news.id
    peer = await client.get_input_entity(group.id)
    reply = types.InputReplyToMessage(question.id, top_msg_id=news.id)
    result = await client(send(peer, "Nothing", 3, reply_to=reply))
    header = result.updates[1].message.reply_to
    assert (header.reply_to_msg_id, header.reply_to_top_id) == (question.id, news.id)
    await client(send(peer, "Really", 4, reply_to=types.InputReplyToMessage(news.id)))
    await client(send(peer, "In General", 5))
    assert [m.text for m in news.messages] == ["", "@gpttg_bot what is new?", "Nothing", "Really"]
    assert group.messages[-1].topic is None


async def test_only_admins_delete_what_others_wrote(client: Any, telegram: LocalTelegram, alice: Person) -> None:
    group = telegram.group("Friends", [alice])
    asked = alice.says("/help", to=group)
    with pytest.raises(errors.MessageDeleteForbiddenError):
        await client.delete_messages(group.id, asked.id)
    group.bot_is_admin = True
    await client.delete_messages(group.id, asked.id)
    assert asked.deleted


async def test_a_group_that_threw_the_bot_out(client: Any, telegram: LocalTelegram, alice: Person) -> None:
    group = telegram.group("Friends", [alice])
    peer = await client.get_input_entity(group.id)
    telegram.world.remove_bot(group, alice)
    with pytest.raises(errors.ChannelPrivateError):
        await client(send(peer, "Hello?", 1))


# -- what was missed ---------------------------------------------------------------------------------------------


async def test_what_was_said_while_the_bot_was_offline(
    world: World, client: Any, telegram: LocalTelegram, alice: Person
) -> None:
    group = telegram.group("Friends", [alice])
    alice.says("/before", to=group)
    old = alice.says("before")
    await world.until(lambda: len(world.heard) == 2)
    await client.disconnect()
    world.heard.clear()
    alice.edits(old, "before, edited")
    said = alice.says("one")
    alice.edits(said, "one, edited")
    alice.deletes(alice.says("never mind"))
    alice.says("/two", to=group)
    await world.new_client(world.session, catch_up=True).connect()
    await world.until(lambda: len(world.heard) >= 2)
    await world.settle()
    assert sorted(world.heard) == ["new /two", "new one, edited"]


async def test_a_difference_says_everything(world: World, client: Any, telegram: LocalTelegram, alice: Person) -> None:
    state = await client(functions.updates.GetStateRequest())
    old = alice.says("old")
    middle = await client(functions.updates.GetStateRequest())
    alice.edits(old, "older")
    gone = alice.says("gone")
    alice.deletes(gone)
    alice.reacts(old, "👍")
    sent = await client(send(await client.get_input_entity(alice.id), "sent", 8))
    ask = functions.updates.GetDifferenceRequest(middle.pts, middle.date, middle.qts)
    difference = await client(ask)
    assert [m.message for m in difference.new_messages] == ["sent"]
    kinds = [type(u).__name__ for u in difference.other_updates]
    assert kinds == ["UpdateDeleteMessages", "UpdateMessageID", "UpdateEditMessage", "UpdateBotMessageReaction"]
    assert difference.other_updates[1].id == sent.id
    telegram.slice_size = 2
    part = await client(functions.updates.GetDifferenceRequest(state.pts, state.date, state.qts))
    assert isinstance(part, types.updates.DifferenceSlice)
    telegram.forgets_differences_after = 2
    part = await client(functions.updates.GetDifferenceRequest(state.pts, state.date, state.qts))
    assert isinstance(part, types.updates.DifferenceTooLong)


async def test_a_long_absence_comes_in_slices(
    world: World, client: Any, telegram: LocalTelegram, alice: Person
) -> None:
    group = telegram.group("Friends", [alice])
    await world.hears_raw(types.UpdateNewChannelMessage)
    await client.disconnect()
    telegram.slice_size = 10
    for number in range(35):
        alice.says(f"{number}")
        alice.says(f"/{number}", to=group)
    await world.new_client(world.session, catch_up=True).connect()
    await world.until(lambda: len(world.heard) >= 70)
    assert sorted(world.heard) == sorted([f"new {n}" for n in range(35)] + [f"new /{n}" for n in range(35)])


Trouble = Callable[[LocalTelegram], Any]


@pytest.mark.parametrize(
    "trouble",
    [
        lambda telegram: telegram.faults.lose_updates(1),
        lambda telegram: telegram.faults.duplicate_updates(2),
        lambda telegram: telegram.faults.swap_updates(),
    ],
    ids=["lost", "duplicated", "swapped"],
)
@pytest.mark.parametrize("where", ["private", "supergroup"])
async def test_trouble_with_updates_ends_in_one_event_each(
    world: World, client: Any, telegram: LocalTelegram, alice: Person, trouble: Trouble, where: str
) -> None:
    group = telegram.group("Friends", [alice])
    to = group if where == "supergroup" else None
    await world.hears_raw(types.UpdateNewChannelMessage)
    trouble(telegram)
    for text in ("/one", "/two", "/three"):
        alice.says(text, to=to)
    await world.hears("new /one", "new /two", "new /three")


async def test_own_sends_keep_the_client_in_step(world: World, client: Any, alice: Person, bob: Person) -> None:
    group = world.telegram.group("Friends", [alice])
    basic = world.telegram.group("Old friends", [alice, bob], kind="basic")
    alice.says("Hi")
    for chat in (alice.chat, group, basic):
        sent = await client.send_message(chat.id, "One")
        await client.edit_message(chat.id, sent.id, "Two")
        if chat is not group:  # Telethon counts a deletion in a supergroup as one of the account
            await client.delete_messages(chat.id, sent.id)
    alice.says("/end", to=group)
    alice.says("/end", to=basic)
    alice.says("/end")
    await world.until(lambda: world.heard.count("new /end") == 3)
    assert world.telegram.count("getDifference") == 1  # the one at login
    assert world.telegram.count("getChannelDifference") == 0


async def test_another_session_of_the_bot_hears_too(world: World, client: Any, alice: Person) -> None:
    alice.says("Hi")
    first, session = world.client, world.session
    silent = world.new_client(receive_updates=False)
    await silent.start(bot_token="1000:sandbox")
    await silent.send_message(alice.id, "from the other one")
    await world.hears("new Hi", "own from the other one")
    await silent.disconnect()
    world.client, world.session = first, session


# -- faults ------------------------------------------------------------------------------------------------------


async def test_flood_wait(client: Any, telegram: LocalTelegram, alice: Person, bob: Person) -> None:
    alice.says("Hi")
    bob.says("Hi")
    telegram.faults.flood_wait(17, request="sendMessage", chat=alice.chat)
    await client.send_message(bob.id, "Hello")
    with pytest.raises(errors.FloodWaitError) as caught:
        await client.send_message(alice.id, "Hello")
    assert caught.value.seconds == 17
    client._flood_waited_requests.clear()
    await client.send_message(alice.id, "Hello")
    assert [c.outcome for c in telegram.calls if c.name == "messages.sendMessage"] == ["", "FLOOD_WAIT_17", ""]


async def test_a_lost_answer_makes_one_message(
    world: World, client: Any, telegram: LocalTelegram, alice: Person
) -> None:
    alice.says("Hi")
    telegram.faults.lose_answer("sendMessage")
    await client.send_message(alice.id, "Once")
    assert [m.text for m in alice.chat.messages] == ["Hi", "Once"]
    assert telegram.count("sendMessage") == 2
    alice.says("Bye")
    await world.until(lambda: "new Bye" in world.heard)


async def test_a_dropped_connection_comes_back(
    world: World, client: Any, telegram: LocalTelegram, alice: Person
) -> None:
    group = telegram.group("Friends", [alice])
    alice.says("/one", to=group)
    await world.hears("new /one")
    telegram.faults.refuse_connections(count=2)
    assert telegram.faults.drop_connections() == 1
    alice.says("/two", to=group)
    alice.says("two")
    await client.get_me()
    await client.catch_up()
    await world.until(lambda: {"new /two", "new two"} <= set(world.heard))


async def test_a_slow_answer(client: Any, telegram: LocalTelegram, alice: Person) -> None:
    alice.says("Hi")
    telegram.faults.slow("sendMessage", 0.05, times=1)
    peer = await client.get_input_entity(alice.id)
    began = asyncio.get_running_loop().time()
    await client(send(peer, "Late", 1))
    assert asyncio.get_running_loop().time() - began >= 0.05


async def test_told_errors(client: Any, telegram: LocalTelegram, alice: Person) -> None:
    alice.says("Hi")
    client._request_retries = 0
    telegram.faults.server_error(request="messages.sendMessage")
    with pytest.raises(errors.RPCError) as caught:
        await client.send_message(alice.id, "Hello")
    assert caught.value.code == 500
    telegram.faults.refuse("CHAT_WRITE_FORBIDDEN", chat=alice.chat)
    with pytest.raises(errors.ChatWriteForbiddenError):
        await client.send_message(alice.id, "Hello")


# -- the bot's own texts -----------------------------------------------------------------------------------------


async def test_commands_menu_and_texts(client: Any, telegram: LocalTelegram, alice: Person) -> None:
    default = types.BotCommandScopeDefault()
    await client(functions.bots.SetBotCommandsRequest(default, "ru", [types.BotCommand("help", "Помощь")]))
    assert [c.command for c in telegram.commands["default", "ru"]] == ["help"]
    assert len(await client(functions.bots.GetBotCommandsRequest(default, "ru"))) == 1
    await client(functions.bots.ResetBotCommandsRequest(default, "ru"))
    assert telegram.commands == {}
    with pytest.raises(errors.BotCommandInvalidError):
        await client(functions.bots.SetBotCommandsRequest(default, "", [types.BotCommand("No!", "x")]))
    await client(functions.bots.SetBotMenuButtonRequest(types.InputUserEmpty(), types.BotMenuButtonCommands()))
    assert isinstance(telegram.menu_buttons[None], types.BotMenuButtonCommands)
    await client(functions.bots.SetBotInfoRequest("en", about="A bot"))
    assert telegram.bot_info["en"] == {"about": "A bot"}


async def test_reactions(world: World, client: Any, telegram: LocalTelegram, alice: Person) -> None:
    asked = alice.says("Hi")
    peer = await client.get_input_entity(alice.id)
    await client(functions.messages.SendReactionRequest(peer, asked.id, reaction=[types.ReactionEmoji("👀")]))
    assert asked.reactions == {telegram.bot.id: "👀"}
    alice.reacts(asked, "👍")
    assert (await world.hears_raw(types.UpdateBotMessageReaction)).new_reactions[0].emoticon == "👍"


# -- TCP ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("transport", [ConnectionTcpFull, ConnectionTcpAbridged, ConnectionTcpIntermediate])
async def test_over_tcp_with_the_whole_key_exchange(
    world: World, telegram: LocalTelegram, alice: Person, transport: type[Any], tmp_path: Path
) -> None:
    telegram.write_public_key(tmp_path / "key.pem")
    rsa.add_key((tmp_path / "key.pem").read_bytes(), old=False)
    async with telegram.listen() as address:
        session = MemorySession()
        session.set_dc(2, address.host, address.port)
        client = world.new_client(session, connection=transport)
        await client.start(bot_token="1000:sandbox")
        alice.says("Hi" * 1000)
        await world.hears("new " + "Hi" * 1000)
        await client.send_message(alice.id, "y" * 4000)
        assert alice.chat.messages[-1].text == "y" * 4000
        telegram.faults.drop_connections()
        await client.send_message(alice.id, "still here")
        assert alice.chat.messages[-1].text == "still here"
        await client.disconnect()


async def test_nonsense_on_the_port_is_hung_up_on(telegram: LocalTelegram) -> None:
    async with telegram.listen() as address:
        reader, writer = await asyncio.open_connection(*address)
        writer.write(b"GET / HTTP/1.1\r\n\r\n")
        with contextlib.suppress(ConnectionError):
            assert await reader.read() == b""
        writer.close()
