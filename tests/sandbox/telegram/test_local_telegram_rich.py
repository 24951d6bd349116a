"""Rich messages and members of groups in the sandbox Telegram, seen by a real TelegramClient."""

from __future__ import annotations

from typing import Any

import pytest
from telethon import errors, functions, types

from engine.sandbox.telegram import LocalTelegram, Person
from tests.sandbox.telegram.world import refused

pytestmark = pytest.mark.anyio


def plain(text: str) -> Any:
    return types.TextPlain(text)


def paragraph(text: str) -> Any:
    return types.PageBlockParagraph(plain(text))


def row(*cells: str, header: bool = False) -> Any:
    return types.PageTableRow([types.PageTableCell(header=header or None, text=plain(cell)) for cell in cells])


def nested(depth: int) -> Any:
    block = paragraph("x")
    for _ in range(depth - 1):
        block = types.PageBlockDetails([block], plain("more"))
    return block


def rich(*blocks: Any) -> Any:
    return types.InputRichMessage(list(blocks))


def send(peer: Any, given: Any, random_id: int = 1) -> Any:
    return functions.messages.SendMessageRequest(peer, "", random_id=random_id, rich_message=given)


async def peer_of(client: Any, alice: Person) -> Any:
    alice.says("Hi")
    return await client.get_input_entity(alice.id)


# -- rich messages -----------------------------------------------------------------------------------------------

EVERYTHING = [
    types.PageBlockHeading2(plain("Primes")),
    types.PageBlockParagraph(
        types.TextConcat(
            [
                plain("See "),
                types.TextBold(types.TextItalic(plain("this"))),
                plain(" "),
                types.TextUrl(plain("page"), "https://example.org", 0),
                types.TextMath("x^2"),
                types.TextCustomEmoji(1, "🙂"),
                types.TextEmpty(),
            ]
        )
    ),
    types.PageBlockTable(plain("Table 1"), [row("n", "prime", header=True), row("2", "yes")]),
    types.PageBlockList(
        [
            types.PageListItemText(plain("one\nmore"), checkbox=True, checked=True),
            types.PageListItemText(plain("two"), checkbox=True),
            types.PageListItemBlocks([paragraph("three"), paragraph("four")]),
        ]
    ),
    types.PageBlockOrderedList([types.PageListOrderedItemText(plain("first"))], start=3),
    types.PageBlockPreformatted(plain("x = 1\ny = 2"), "python"),
    types.PageBlockMath("a = b"),
    types.PageBlockDivider(),
    types.PageBlockDetails([paragraph("hidden")], plain("Sources")),
    types.PageBlockBlockquote(plain("said\ntwice"), types.TextEmpty()),
    types.PageBlockBlockquoteBlocks([paragraph("in blocks")], types.TextEmpty()),
    types.PageBlockPhoto(1, types.PageCaption(plain("A fox"), types.TextEmpty())),
    types.PageBlockAnchor("here"),
]
READABLE = """\
## Primes
See **_this_** [page](https://example.org)$x^2$🙂
Table 1
| n | prime |
| - | ----- |
| 2 | yes   |
- [x] one
  more
- [ ] two
- three
  four
3. first
```python
x = 1
y = 2
```
$$a = b$$
---
▸ Sources
  hidden
> said
> twice
> in blocks
[photo] A fox
[anchor]"""


async def test_a_rich_message_can_be_read(client: Any, alice: Person) -> None:
    peer = await peer_of(client, alice)
    await client(send(peer, rich(*EVERYTHING)))
    shown = alice.chat.messages[-1]
    assert shown.rich_text == READABLE
    assert "prime\n2" in shown.text
    assert alice.chat.messages[0].rich_text == ""
    await client(functions.messages.EditMessageRequest(peer, shown.id, rich_message=rich(paragraph("less"))))
    assert [version.rich_text for version in shown.versions] == [READABLE, "less"]
    await client(functions.messages.EditMessageRequest(peer, shown.id, message="plain"))
    assert (shown.text, shown.rich_text) == ("plain", "")


async def test_a_draft_can_be_rich(client: Any, alice: Person) -> None:
    peer = await peer_of(client, alice)
    action = types.InputSendMessageRichMessageDraftAction(rich(nested(2)), random_id=7)
    await client(functions.messages.SetTypingRequest(peer, action))
    assert alice.chat.draft is not None
    assert alice.chat.draft.rich_text == "▸ more\n  x"


@pytest.mark.parametrize(
    ("blocks", "error"),
    [
        ([paragraph("x" * 32_768)], ""),
        ([paragraph("x" * 32_769)], "MESSAGE_TOO_LONG"),
        ([paragraph("x")] * 500, ""),
        ([paragraph("x")] * 501, "MESSAGE_TOO_LONG"),
        ([nested(16)], ""),
        ([nested(17)], "RICH_VALIDATE_DEPTH_EXCEEDED"),
        ([types.PageBlockTable(plain(""), [row(*["x"] * 20)])], ""),
        ([types.PageBlockTable(plain(""), [row(*["x"] * 21)])], "RICH_VALIDATE_COLUMNS_EXCEEDED"),
        ([types.PageBlockDetails([types.PageBlockHeader(plain("x"))], plain("x"))], "RICH_VALIDATE_CTOR_NOT_ALLOWED"),
        ([paragraph("x"), *[types.PageBlockPhoto(1, types.PageCaption(plain(""), plain("")))] * 51], "MEDIA_EXCEEDED"),
        ([paragraph(" ")], "MESSAGE_EMPTY"),
    ],
)
async def test_the_limits_of_rich_messages(client: Any, alice: Person, blocks: list[Any], error: str) -> None:
    request = send(await peer_of(client, alice), rich(*blocks))
    if error:
        await refused(client, request, error)
    else:
        await client(request)
        assert len(alice.chat.messages) == 2


async def test_every_rich_message_can_be_refused(client: Any, telegram: LocalTelegram, alice: Person) -> None:
    peer = await peer_of(client, alice)
    telegram.faults.refuse_rich(times=1)
    await refused(client, send(peer, rich(paragraph("x"))), "RICH_VALIDATE_CTOR_NOT_ALLOWED")
    sent = await client(send(peer, rich(paragraph("x"))))
    telegram.faults.refuse_rich("RICH_MESSAGE_EMAIL_INVALID")
    given = rich(paragraph("y"))
    draft = types.InputSendMessageRichMessageDraftAction(given, random_id=7)
    for request in (
        send(peer, given, 2),
        functions.messages.EditMessageRequest(peer, sent.updates[0].id, rich_message=given),
        functions.messages.SetTypingRequest(peer, draft),
    ):
        await refused(client, request, "RICH_MESSAGE_EMAIL_INVALID")
    await client.send_message(alice.id, "plain")
    telegram.faults.clear()
    await client(send(peer, given, 3))


# -- members and actions -----------------------------------------------------------------------------------------


async def test_who_is_an_admin_of_a_supergroup(
    client: Any, telegram: LocalTelegram, alice: Person, bob: Person
) -> None:
    carol, dora = telegram.person("Carol"), telegram.person("Dora")
    group = telegram.group("Team", [alice, bob, carol], admins=[bob])
    for person in (alice, bob, carol, dora):
        person.says("Hi")
    channel = await client.get_input_entity(group.id)

    async def kind(person: Any) -> type[Any]:
        wanted = person if isinstance(person, types.InputPeerSelf) else await client.get_input_entity(person.id)
        found = await client(functions.channels.GetParticipantRequest(channel, wanted))
        return type(found.participant)

    assert [await kind(person) for person in (alice, bob, carol, types.InputPeerSelf())] == [
        types.ChannelParticipantCreator,
        types.ChannelParticipantAdmin,
        types.ChannelParticipant,
        types.ChannelParticipant,
    ]
    group.bot_is_admin = True
    assert await kind(types.InputPeerSelf()) is types.ChannelParticipantAdmin
    group.admins.discard(bob)
    assert await kind(bob) is types.ChannelParticipant
    with pytest.raises(errors.UserNotParticipantError):
        await kind(dora)
    stranger = functions.channels.GetParticipantRequest(channel, types.InputPeerUser(5, 5))
    await refused(client, stranger, "PARTICIPANT_ID_INVALID")
    nobody = functions.channels.GetParticipantRequest(channel, types.InputPeerEmpty())
    await refused(client, nobody, "PARTICIPANT_ID_INVALID")


async def test_who_is_an_admin_of_a_basic_group(
    client: Any, telegram: LocalTelegram, alice: Person, bob: Person
) -> None:
    carol = telegram.person("Carol")
    group = telegram.group("Team", [alice, bob, carol], kind="basic", admins=[bob])
    full = await client(functions.messages.GetFullChatRequest(-group.id))
    kinds = {type(one): one.user_id for one in full.full_chat.participants.participants[:3]}
    assert kinds == {
        types.ChatParticipantCreator: alice.id,
        types.ChatParticipantAdmin: bob.id,
        types.ChatParticipant: carol.id,
    }
    assert {user.id for user in full.users} == {alice.id, bob.id, carol.id, telegram.bot.id}
    telegram.world.remove_bot(group, alice)
    full = await client(functions.messages.GetFullChatRequest(-group.id))
    assert isinstance(full.full_chat.participants, types.ChatParticipantsForbidden)
    await refused(client, functions.messages.GetFullChatRequest(5), "CHAT_ID_INVALID")


async def test_what_the_bot_was_seen_doing(client: Any, telegram: LocalTelegram, alice: Person) -> None:
    peer = await peer_of(client, alice)
    for action in (
        types.SendMessageUploadPhotoAction(0),
        types.SendMessageRecordAudioAction(),
        types.SendMessageUploadDocumentAction(50),
        types.SendMessageCancelAction(),
    ):
        await client(functions.messages.SetTypingRequest(peer, action))
    assert [name for _, name in alice.chat.actions] == ["uploadPhoto", "recordAudio", "uploadDocument"]
    assert alice.chat.typing is None
    topic = telegram.group("Team", [alice], forum=True).topic("Ideas")
    group = await client.get_input_entity(topic.chat.id)
    await client(functions.messages.SetTypingRequest(group, types.SendMessageTypingAction(), top_msg_id=topic.id))
    assert ([name for _, name in topic.actions], topic.chat.actions) == (["typing"], [])
