"""Which chat a request means, and whether the bot may: the checks that the real server makes on every InputPeer."""

from __future__ import annotations

from typing import Any

from telethon.tl import types

from engine.sandbox.telegram import tl
from engine.sandbox.telegram.api import Call, chat_id_of
from engine.sandbox.telegram.chats import Chat, Supergroup
from engine.sandbox.telegram.people import Person
from engine.sandbox.telegram.refusal import Refusal


def known_person(call: Call, peer: Any) -> Person | None:
    """The person of an InputUser or InputPeerUser, if the access hash is right (0 if they ever wrote)."""
    person = call.world.people.get(peer.user_id)
    if person is None:
        return None
    is_right = peer.access_hash == tl.access_hash(person.id) or (peer.access_hash == 0 and person.known_to_bot)
    return person if is_right else None


def chat(call: Call, peer: Any) -> Chat:
    """The chat to write to. Raises `Refusal` as the server does."""
    if isinstance(peer, types.InputPeerUser):
        person = known_person(call, peer)
        if person is None or not person.has_started:
            raise Refusal("PEER_ID_INVALID")
        if person.has_blocked:
            raise Refusal("USER_IS_BLOCKED")
        return person.chat
    if isinstance(peer, types.InputPeerChat):
        group = call.world.chats.get(-peer.chat_id)
        if group is None:
            raise Refusal("PEER_ID_INVALID")
        if not group.bot_is_member:
            raise Refusal("CHAT_WRITE_FORBIDDEN")
        return group
    if isinstance(peer, types.InputPeerChannel):
        return supergroup(call, peer)
    raise Refusal("PEER_ID_INVALID")


def supergroup(call: Call, channel: Any) -> Supergroup:
    """The supergroup of an InputChannel or InputPeerChannel; a bot may use access hash 0 where it is a member."""
    chat_id = chat_id_of(channel)
    found = call.world.chats.get(chat_id) if chat_id is not None else None
    if not isinstance(found, Supergroup) or channel.access_hash not in (0, tl.access_hash(found.id)):
        raise Refusal("CHANNEL_INVALID")
    if not found.bot_is_member:
        raise Refusal("CHANNEL_PRIVATE", 406)
    return found
