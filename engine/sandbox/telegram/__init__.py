"""The sandbox Telegram: a server with people, groups and faults that a real `TelegramClient` talks MTProto to."""

from engine.sandbox.telegram import media
from engine.sandbox.telegram.changed import Changed
from engine.sandbox.telegram.chats import BasicGroup, Chat, PrivateChat, Supergroup, Timeline, Topic
from engine.sandbox.telegram.faults import Faults
from engine.sandbox.telegram.files import PartRead
from engine.sandbox.telegram.local import LocalTelegram, RequestSeen
from engine.sandbox.telegram.media import Media
from engine.sandbox.telegram.memory import MemoryConnection
from engine.sandbox.telegram.messages import Button, Draft, Forward, Message, Press, Version
from engine.sandbox.telegram.people import Bot, Person
from engine.sandbox.telegram.tcp import Address

__all__ = [
    "Address",
    "BasicGroup",
    "Bot",
    "Button",
    "Changed",
    "Chat",
    "Draft",
    "Faults",
    "Forward",
    "LocalTelegram",
    "Media",
    "MemoryConnection",
    "Message",
    "PartRead",
    "Person",
    "Press",
    "PrivateChat",
    "RequestSeen",
    "Supergroup",
    "Timeline",
    "Topic",
    "Version",
    "media",
]
