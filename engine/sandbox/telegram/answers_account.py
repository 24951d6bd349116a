"""Answers about the account: login, users and chats by id, what was missed, what the bot says of itself."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta
from hashlib import sha256
from typing import Any

from telethon.tl import functions, types

from engine.sandbox.telegram import peers, tl
from engine.sandbox.telegram import text as texts
from engine.sandbox.telegram.api import Call, answers, chat_id_of
from engine.sandbox.telegram.files import DC_ID
from engine.sandbox.telegram.history import Event, EventKind, PtsHistory
from engine.sandbox.telegram.refusal import Refusal

SEQ = 1
"""The account's `seq`; nothing that is pushed to bots moves it."""
_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
COMMANDS_LIMIT, DESCRIPTION_LIMIT = 100, 256

_WITHOUT_MEANING_HERE = (
    "online_update_period_ms",
    "offline_blur_timeout_ms",
    "offline_idle_timeout_ms",
    "online_cloud_timeout_ms",
    "notify_cloud_delay_ms",
    "notify_default_delay_ms",
    "push_chat_period_ms",
    "push_chat_limit",
    "rating_e_decay",
    "stickers_recent_limit",
    "channels_read_media_period",
    "call_receive_timeout_ms",
    "call_ring_timeout_ms",
    "call_connect_timeout_ms",
    "call_packet_timeout_ms",
)


@answers(functions.help.GetConfigRequest, before_login=True)
def get_config(call: Call) -> Any:
    """The data centres, at the sandbox's own addresses."""
    line = call.session.line
    now = call.world.now()
    zeros = dict.fromkeys(_WITHOUT_MEANING_HERE, 0)
    return types.Config(
        date=now,
        expires=now + timedelta(hours=1),
        test_mode=False,
        this_dc=DC_ID if line is None else line.dc_id,
        dc_options=[types.DcOption(dc_id, *address) for dc_id, address in call.telegram.addresses.items()],
        dc_txt_domain_name="sandbox.invalid",
        chat_size_max=200,
        megagroup_size_max=200_000,
        forwarded_count_max=100,
        edit_time_limit=172_800,
        revoke_time_limit=2_147_483_647,
        revoke_pm_time_limit=2_147_483_647,
        me_url_prefix="https://t.me/",
        caption_length_max=texts.CAPTION_LIMIT,
        message_length_max=texts.MESSAGE_LIMIT,
        webfile_dc_id=DC_ID,
        **zeros,
    )


@answers(functions.auth.ImportBotAuthorizationRequest, before_login=True)
def log_in(call: Call) -> Any:
    """Right token or ACCESS_TOKEN_INVALID."""
    if call.request.bot_auth_token != call.world.bot.token:
        raise Refusal("ACCESS_TOKEN_INVALID")
    call.telegram.delivery.log_in(call.session.authorisation)
    return types.auth.Authorization(user=call.world.bot.tl)


@answers(functions.auth.ExportAuthorizationRequest)
def export_login(call: Call) -> Any:
    """What a key of another data centre is logged in with."""
    if call.request.dc_id not in call.telegram.addresses:
        raise Refusal("DC_ID_INVALID")
    return types.auth.ExportedAuthorization(call.world.bot.id, _exported(call))


@answers(functions.auth.ImportAuthorizationRequest, before_login=True)
def import_login(call: Call) -> Any:
    """The key may fetch files from now on; it gets no updates."""
    if call.request.id != call.world.bot.id or call.request.bytes != _exported(call):
        raise Refusal("AUTH_BYTES_INVALID")
    call.session.authorisation.is_logged_in = True
    call.wants_updates = False
    return types.auth.Authorization(user=call.world.bot.tl)


def _exported(call: Call) -> bytes:
    return sha256(b"exported" + call.world.bot.token.encode()).digest()


@answers(functions.auth.LogOutRequest)
def log_out(call: Call) -> Any:
    """The key stays, the login goes."""
    call.telegram.delivery.log_out(call.session.authorisation)
    call.wants_updates = False
    return types.auth.LoggedOut()


@answers(functions.users.GetUsersRequest)
def get_users(call: Call) -> Any:
    """The bot itself, and people by id."""
    found: list[Any] = []
    for wanted in call.request.id:
        if isinstance(wanted, types.InputUserSelf) or chat_id_of(wanted) == call.world.bot.id:
            found.append(call.world.bot.tl)
        elif isinstance(wanted, types.InputUser):
            person = peers.known_person(call, wanted)
            found.append(person.tl if person is not None else types.UserEmpty(wanted.user_id))
        else:
            raise Refusal("USER_ID_INVALID")
    return found


@answers(functions.channels.GetChannelsRequest)
def get_channels(call: Call) -> Any:
    """Supergroups by id."""
    return types.messages.Chats([call.world.tl_group(peers.supergroup(call, one)) for one in call.request.id])


@answers(functions.messages.GetChatsRequest)
def get_chats(call: Call) -> Any:
    """Basic groups by id."""
    found = [call.world.chats.get(-chat_id) for chat_id in call.request.id]
    return types.messages.Chats([call.world.tl_group(chat) for chat in found if chat is not None])


# -- what was missed ---------------------------------------------------------------------------------------------


def _state(call: Call, pts: int, qts: int) -> Any:
    return types.updates.State(pts, qts, call.world.now(), SEQ, unread_count=0)


@answers(functions.updates.GetStateRequest)
def get_state(call: Call) -> Any:
    """Where the account is now."""
    return _state(call, call.world.account.pts, call.world.qts.qts)


@answers(functions.updates.GetDifferenceRequest)
def get_difference(call: Call) -> Any:
    """What came after a pts and qts; supergroups that have news are only named (`updateChannelTooLong`)."""
    request, world = call.request, call.world
    if request.pts < 1:
        raise Refusal("PERSISTENT_TIMESTAMP_EMPTY")
    if call.telegram.forgets_differences_after is not None and _is_too_old(call, world.account, request.pts):
        return types.updates.DifferenceTooLong(world.account.pts)
    events, is_all = world.account.after(request.pts, call.telegram.slice_size)
    new, others = _missed(events)
    users, groups = tl.who(events)
    if not is_all:
        state = _state(call, events[-1].pts, request.qts)
        return types.updates.DifferenceSlice(new, [], others, groups, users, state)
    behind = [channel for channel in call.session.authorisation.behind if channel.bot_is_member]
    others += [types.UpdateChannelTooLong(channel.channel_id, channel.log.pts) for channel in behind]
    groups += [world.tl_group(channel) for channel in behind]
    unordered = world.qts.after(request.qts)
    others += unordered
    users += [person.tl for person in _people_in(call, unordered)]
    if not new and not others:
        return types.updates.DifferenceEmpty(world.now(), SEQ)
    state = _state(call, world.account.pts, world.qts.qts)
    return types.updates.Difference(new, [], others, groups, users, state)


@answers(functions.updates.GetChannelDifferenceRequest)
def get_channel_difference(call: Call) -> Any:
    """What came after a pts in one supergroup."""
    request = call.request
    channel = peers.supergroup(call, request.channel)
    if request.pts < 1:
        raise Refusal("PERSISTENT_TIMESTAMP_EMPTY")
    events, is_all = channel.log.after(request.pts, min(request.limit, call.telegram.slice_size))
    if is_all:
        call.session.authorisation.behind.discard(channel)
    if not events:
        return types.updates.ChannelDifferenceEmpty(channel.log.pts, final=True)
    new, others = _missed(events)
    users, groups = tl.who(events)
    return types.updates.ChannelDifference(events[-1].pts, new, others, groups, users, final=is_all or None)


def _is_too_old(call: Call, log: PtsHistory, pts: int) -> bool:
    limit = call.telegram.forgets_differences_after
    return limit is not None and log.pts - pts > limit


def _missed(events: Iterable[Event]) -> tuple[list[Any], list[Any]]:
    """New messages in their last version, and the other updates: edits of older ones, deletions, random ids."""
    new, edited, others = {}, {}, []
    for event in events:
        record = event.messages[0]
        if event.kind is EventKind.SENT:
            if event.random_id is not None:
                others.append(types.UpdateMessageID(record.id, event.random_id))
            if not record.deleted:
                new[record] = tl.message(record)
        elif event.kind is EventKind.EDITED:
            if record not in new and not record.deleted:
                edited[record] = tl.event(event)
        else:
            others.append(tl.event(event))
    return list(new.values()), [*others, *edited.values()]


def _people_in(call: Call, updates: Iterable[Any]) -> Iterable[Any]:
    for update in updates:
        peer = getattr(update, "actor", None) or update
        person = call.world.people.get(getattr(peer, "user_id", 0))
        if person is not None:
            yield person


# -- what the bot says of itself ---------------------------------------------------------------------------------


def scope_name(call: Call, scope: Any) -> str:
    """'default', 'users', 'chats', 'chatAdmins', 'peer:123', 'peerAdmins:123' or 'peerUser:123:456'."""
    kind = type(scope).__name__.removeprefix("BotCommandScope")
    name = kind[:1].lower() + kind[1:]
    for part in (getattr(scope, "peer", None), getattr(scope, "user_id", None)):
        if part is not None:
            name += f":{chat_id_of(part)}"
    if isinstance(scope, types.BotCommandScopePeer | types.BotCommandScopePeerAdmins):
        peers.chat(call, scope.peer)
    return name


@answers(functions.bots.SetBotCommandsRequest)
def set_commands(call: Call) -> Any:
    """Up to 100, small letters, digits and underscores."""
    commands = call.request.commands
    if len(commands) > COMMANDS_LIMIT:
        raise Refusal("BOT_COMMANDS_TOO_MUCH")
    for command in commands:
        if not _COMMAND.fullmatch(command.command):
            raise Refusal("BOT_COMMAND_INVALID")
        if not 1 <= len(command.description) <= DESCRIPTION_LIMIT:
            raise Refusal("BOT_COMMAND_DESCRIPTION_INVALID")
    call.telegram.commands[(scope_name(call, call.request.scope), call.request.lang_code)] = list(commands)
    call.world.changed.ring()
    return True


@answers(functions.bots.ResetBotCommandsRequest)
def reset_commands(call: Call) -> Any:
    """Forget the commands of a scope and language."""
    call.telegram.commands.pop((scope_name(call, call.request.scope), call.request.lang_code), None)
    call.world.changed.ring()
    return True


@answers(functions.bots.GetBotCommandsRequest)
def get_commands(call: Call) -> Any:
    """The commands of exactly this scope and language."""
    return call.telegram.commands.get((scope_name(call, call.request.scope), call.request.lang_code), [])


@answers(functions.bots.SetBotMenuButtonRequest)
def set_menu_button(call: Call) -> Any:
    """The button beside the input field, for one person (marked id) or everybody (None)."""
    call.telegram.menu_buttons[chat_id_of(call.request.user_id)] = call.request.button
    call.world.changed.ring()
    return True


@answers(functions.bots.SetBotInfoRequest)
def set_info(call: Call) -> Any:
    """Name, about and description, per language."""
    texts = call.telegram.bot_info.setdefault(call.request.lang_code, {})
    for field in ("name", "about", "description"):
        value = getattr(call.request, field)
        if value is not None:
            texts[field] = value
    call.world.changed.ring()
    return True


@answers(functions.bots.GetBotInfoRequest)
def get_info(call: Call) -> Any:
    """Name, about and description in one language."""
    texts = call.telegram.bot_info.get(call.request.lang_code, {})
    return types.bots.BotInfo(
        texts.get("name", call.world.bot.name), texts.get("about", ""), texts.get("description", "")
    )
