"""Answers about the members of groups: who they are, and who of them may do what."""

from __future__ import annotations

from typing import Any

from telethon.tl import functions, types

from engine.sandbox.telegram import peers, tl
from engine.sandbox.telegram.api import Call, answers
from engine.sandbox.telegram.chats import BasicGroup, Chat
from engine.sandbox.telegram.people import Person
from engine.sandbox.telegram.refusal import Refusal


@answers(functions.channels.GetParticipantRequest)
def get_participant(call: Call) -> Any:
    """One member of a supergroup: its creator, an admin, or nobody special."""
    channel = peers.supergroup(call, call.request.channel)
    wanted = call.request.participant
    if isinstance(wanted, types.InputPeerSelf) or getattr(wanted, "user_id", None) == call.world.bot.id:
        return types.channels.ChannelParticipant(_bot_itself(call, channel), [], [call.world.bot.tl])
    if not isinstance(wanted, types.InputPeerUser):
        raise Refusal("PARTICIPANT_ID_INVALID")
    person = peers.known_person(call, wanted)
    if person is None:
        raise Refusal("PARTICIPANT_ID_INVALID")
    if person not in channel.members:
        raise Refusal("USER_NOT_PARTICIPANT")
    group = call.world.tl_group(channel)
    return types.channels.ChannelParticipant(_participant(channel, person), [group], [person.tl])


def _bot_itself(call: Call, channel: Chat) -> Any:
    bot, since = call.world.bot.id, call.world.born
    if not channel.bot_is_admin:
        return types.ChannelParticipant(bot, since)
    creator = channel.members[0].id
    return types.ChannelParticipantAdmin(bot, creator, since, _rights(), is_self=True, inviter_id=creator)


def _participant(channel: Chat, person: Person) -> Any:
    creator, since = channel.members[0], channel.world.born
    if person in channel.admins:
        if person is creator:
            return types.ChannelParticipantCreator(person.id, _rights())
        return types.ChannelParticipantAdmin(person.id, creator.id, since, _rights())
    return types.ChannelParticipant(person.id, since)


def _rights() -> Any:
    return types.ChatAdminRights(change_info=True, delete_messages=True, ban_users=True, invite_users=True)


@answers(functions.messages.GetFullChatRequest)
def get_full_chat(call: Call) -> Any:
    """A basic group with all its members."""
    group = call.world.chats.get(-call.request.chat_id)
    if not isinstance(group, BasicGroup):
        raise Refusal("CHAT_ID_INVALID")
    everybody = _members(call, group) if group.bot_is_member else types.ChatParticipantsForbidden(-group.id)
    full = types.ChatFull(
        id=-group.id,
        about="",
        participants=everybody,
        notify_settings=types.PeerNotifySettings(),
        can_set_username=None,
    )
    people: list[tl.Encoded] = [member.tl for member in group.members] if group.bot_is_member else []
    return types.messages.ChatFull(full, [call.world.tl_group(group)], [*people, call.world.bot.tl])


def _members(call: Call, group: BasicGroup) -> Any:
    creator, since = group.members[0], call.world.born
    found: list[Any] = []
    for member in group.members:
        if member is creator and member in group.admins:
            found.append(types.ChatParticipantCreator(member.id))
        elif member in group.admins:
            found.append(types.ChatParticipantAdmin(member.id, creator.id, since))
        else:
            found.append(types.ChatParticipant(member.id, creator.id, since))
    kind = types.ChatParticipantAdmin if group.bot_is_admin else types.ChatParticipant
    found.append(kind(call.world.bot.id, creator.id, since))
    return types.ChatParticipants(-group.id, found, version=1)
