"""Calls to other data centres: one connection to each, which is made anew when it or its login is lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from telethon import errors, functions, types
from telethon.errors import rpc_message_to_error
from telethon.tl.types import RpcError

from engine.core.errors import CredentialsRefusedError, FloodWaitError, GpttgError, OutageError, RefusedError
from engine.store.database import open_database
from engine.telegram.client import Client
from engine.telegram.errors import FILE_ELSEWHERE, FILE_PART_MISSING, code_of, translated
from engine.telegram.senders import CALL_TIMEOUT_S
from engine.telegram.session import load_session

pytestmark = pytest.mark.anyio

PING = functions.PingRequest(1)


class Door:
    """A connection to a data centre, as Telethon's MTProtoSender is one; it answers what it is told to."""

    def __init__(self, answers: list[Any]) -> None:
        self.answers = answers
        self.is_open = True
        self.dc_id = 0
        self.sent: list[Any] = []

    async def connect(self, connection: Any) -> None:
        """Open."""
        self.is_open = True

    def is_connected(self) -> bool:
        """Whether Telethon has not given it up."""
        return self.is_open

    def send(self, request: Any) -> asyncio.Future[Any]:
        """The answer to come; "cut" is the end of the connection, "silence" none at all."""
        self.sent.append(request)
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        answer = self.answers.pop(0)
        if answer == "cut":
            self.is_open = False
            future.cancel()
        elif isinstance(answer, Exception):
            future.set_exception(answer)
        elif answer != "silence":
            future.set_result(answer)
        return future

    async def disconnect(self) -> None:
        """Closed."""
        self.is_open = False


class Traveller(Client):
    """A client whose connections to other data centres are doors."""

    doors: list[Door]
    script: list[list[Any] | Exception]
    exported: Any

    async def __call__(self, request: Any, ordered: bool = False, flood_sleep_threshold: int | None = None) -> Any:
        if isinstance(self.exported, Exception):
            raise self.exported
        return self.exported

    async def _create_exported_sender(self, dc_id: int) -> Any:
        answers = self.script.pop(0)
        if isinstance(answers, Exception):
            raise answers
        self.doors.append(Door(answers))
        return self.doors[-1]


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[Traveller]:
    """A client that is at home in data centre 2."""

    async def take(batch: Any) -> None:
        raise AssertionError(batch)

    async with open_database(tmp_path / "c.db", durable=False) as database:
        session = await load_session(database, 1)
        session.set_dc(2, "127.0.0.1", 1)
        client = Traveller(session, 1, "hash", take=take)
        client.doors, client.script = [], []
        yield client


async def test_calls_to_the_same_place_share_a_connection(client: Traveller) -> None:
    client.script = [["a", "b"], ["c"]]
    assert [await client.invoke_at(dc_id, PING) for dc_id in (4, 4, 1)] == ["a", "b", "c"]
    assert len(client.doors) == 2


async def test_a_connection_that_nobody_uses_is_closed(client: Traveller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("telethon.client.telegrambaseclient._DISCONNECT_EXPORTED_AFTER", -1)
    client.script = [["a"]]
    await client.invoke_at(4, PING)
    await client._clean_exported_senders()
    assert not client.doors[0].is_open


async def test_calls_home_go_over_our_own_connection(client: Traveller) -> None:
    client._sender = Door(["a", "b"])
    assert [await client.invoke_at(dc_id, PING) for dc_id in (0, 2)] == ["a", "b"]
    assert client.doors == []


async def test_a_connection_that_was_cut_is_made_anew(client: Traveller) -> None:
    client.script = [["cut"], ["b"]]
    with pytest.raises(OutageError):
        await client.invoke_at(4, PING)
    assert await client.invoke_at(4, PING) == "b"


async def test_a_login_that_is_lost_elsewhere_is_not_our_own(client: Traveller) -> None:
    client.script = [[errors.AuthKeyUnregisteredError(PING)], ["b"]]
    with pytest.raises(OutageError) as caught:
        await client.invoke_at(4, PING)
    assert not isinstance(caught.value, CredentialsRefusedError)
    assert not client.doors[0].is_open
    assert await client.invoke_at(4, PING) == "b"


async def test_a_call_that_is_not_answered_ends(client: Traveller) -> None:
    client.script = [["silence", "b"]]
    began = anyio.current_time()
    with pytest.raises(OutageError):
        await client.invoke_at(4, PING)
    assert CALL_TIMEOUT_S <= anyio.current_time() - began < CALL_TIMEOUT_S + 1
    assert await client.invoke_at(4, PING) == "b"
    assert len(client.doors) == 1


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (errors.FloodWaitError(PING, capture=9), FloodWaitError),
        (ConnectionError("no way"), OutageError),
        (asyncio.IncompleteReadError(b"", 4), OutageError),
        (errors.InvalidBufferError(b"\x6c\xfe\xff\xff"), OutageError),
        (ValueError("no such data centre"), RefusedError),
    ],
)
async def test_what_keeps_us_from_there_is_one_of_our_errors(
    client: Traveller, failure: Exception, expected: type[GpttgError]
) -> None:
    client.script = [failure, ["b"]]
    with pytest.raises(expected):
        await client.invoke_at(4, PING)
    assert await client.invoke_at(4, PING) == "b"


@pytest.fixture
def door(client: Traveller, monkeypatch: pytest.MonkeyPatch) -> Door:
    """What Telethon's own connection to data centre 4 is here."""
    door = Door([True])
    monkeypatch.setattr("engine.telegram.client.MTProtoSender", lambda *_, **__: door)
    config = types.Config.__new__(types.Config)
    config.dc_options = [types.DcOption(id=4, ip_address="127.0.0.1", port=1)]
    monkeypatch.setattr(Traveller, "_config", config)
    return door


async def test_a_login_is_exported_to_another_data_centre(client: Traveller, door: Door) -> None:
    client.exported = types.auth.ExportedAuthorization(7, b"login")
    assert await Client._create_exported_sender(client, 4) is door
    (request,) = door.sent
    assert isinstance(request, functions.InvokeWithLayerRequest)
    assert request.query.query == functions.auth.ImportAuthorizationRequest(7, b"login")
    assert door.is_open


@pytest.mark.parametrize("refused", ["export", "import"])
async def test_a_connection_that_fails_half_way_is_closed(client: Traveller, door: Door, refused: str) -> None:
    flood = errors.FloodWaitError(PING, capture=9)
    client.exported = flood if refused == "export" else types.auth.ExportedAuthorization(7, b"login")
    door.answers = [flood]
    door.is_open = False
    with pytest.raises((errors.FloodWaitError, FloodWaitError)):
        await Client._create_exported_sender(client, 4)
    assert not door.is_open


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ("FILE_MIGRATE_4", f"{FILE_ELSEWHERE}4"),
        ("FILE_PART_3_MISSING", FILE_PART_MISSING),
        ("PHOTO_INVALID_DIMENSIONS", "PHOTO_INVALID_DIMENSIONS"),
        ("RICH_VALIDATE_DEPTH_EXCEEDED", "RICH_VALIDATE_DEPTH_EXCEEDED"),
        ("FILE_REFERENCE_EXPIRED", "FILE_REFERENCE_EXPIRED"),
    ],
)
async def test_telegrams_codes_survive_telethon(told: str, code: str) -> None:
    error = rpc_message_to_error(RpcError(303 if "MIGRATE" in told else 400, told), PING)
    assert code_of(error) == code
    assert isinstance(translated(error), RefusedError)
