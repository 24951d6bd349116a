"""Telethon, with what it leaves open closed: every batch of updates comes out together with the position behind it.

Six methods of Telethon's own are overridden (1.45.0, pinned; tests/engine/test_client.py fails when they change):

  connect                 a connection whose first call fails is closed: Telethon would take it for one that is ready;
                          so is one that is never answered
  _preprocess_updates     called with each batch that the message box has put in order: handed to `take` together with
                          the position, instead of being dispatched to handlers that lose what they raise
  __call__                edits and deletions inside a difference, which the message box throws away, are kept; a
                          difference that fails is asked for again; before a channel's is asked for, that is on disk
  _handle_auto_reconnect  asks for what was missed while the connection was down
  _on_login               begins a little before the login, where Telethon would begin at the present
  _create_exported_sender a connection to another data centre that fails half-way is closed

and two of its message box's: `apply_pts_info`, so that a supergroup begins a little before its first update, and
`process_updates`, which also gives out which message a send of ours became.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from copy import copy
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

import anyio
from loguru import logger
from telethon import TelegramClient, errors, functions, types
from telethon._updates import MessageBox
from telethon._updates.messagebox import PtsInfo
from telethon.network import ConnectionTcpFull, MTProtoSender
from telethon.tl.alltlobjects import LAYER

from engine.core.errors import ConfigurationError, CredentialsRefusedError, FloodWaitError, GpttgError, OutageError
from engine.store.telegram import Position
from engine.telegram.carrier import LineOrder
from engine.telegram.errors import BROKEN, GARBLED, KEY_UNKNOWN, NOT_TELEGRAM, translated
from engine.telegram.patience import in_the_end, once
from engine.telegram.senders import CALL_TIMEOUT_S, answer_of, introduce
from engine.telegram.session import StoredSession

UNKNOWN_KEY_TOLD_S = 1.0
"""How soon Telethon says why a connection has ended."""
UPDATES_QUEUED = 10_000
"""Packets of updates waiting inside Telethon. Beyond it they are dropped, and the difference brings them later."""
ENTITIES_CACHED = 20_000
"""Access hashes that Telethon keeps in memory (it needs a channel's to ask for what it missed there)."""
DIFFERENCE_RETRY_S = 5.0
"""How long to wait before a failed difference is asked for again."""
FIRST_LOOK_BACK_PTS = 1_000
"""How many events before the present one are looked at as long as no position is on disk."""
CHANNEL_LOOK_BACK_PTS = 100
"""How many events before the first one that is heard of a supergroup are looked at: a kill may have taken them."""
DATE_ROUNDING = timedelta(seconds=2)
"""By how much Telegram's dates, which are whole seconds, may be behind."""
RECONNECT_DELAY_S = 1
"""Between attempts to connect; they never end."""
CONNECT_S = 60.0
"""How long connecting may take, handshake and first call included: Telethon would wait for ever for their answers."""

_OUT_OF_DIFFERENCE = (
    types.UpdateEditMessage,
    types.UpdateEditChannelMessage,
    types.UpdateDeleteMessages,
    types.UpdateDeleteChannelMessages,
)


class Batch(NamedTuple):
    """Updates in order, who is in them, and the position when all of them have been taken in."""

    updates: list[Any]
    users: list[Any]
    chats: list[Any]
    positions: list[Position]
    on_disk: asyncio.Event | None = None
    """to be set when the position is on disk, which is to be soon if somebody waits for it"""


class _BoundedUpdates(asyncio.Queue[Any]):
    """Telethon's queue of packets, bounded: when it is full, packets are dropped and a difference is asked for."""

    def __init__(self) -> None:
        super().__init__()
        self._overflowed = False

    def put_nowait(self, item: Any) -> None:
        if self.qsize() < UPDATES_QUEUED:
            super().put_nowait(item)
        elif not self._overflowed:
            self._overflowed = True
            logger.warning("more than {} packets of updates wait: the rest will be asked for", UPDATES_QUEUED)

    async def get(self) -> Any:
        if self._overflowed and self.empty():
            self._overflowed = False
            return types.UpdatesTooLong()
        return await super().get()


class _UpdatesInOrder(MessageBox):  # type: ignore[misc]
    """Telethon's message box takes the first update of a supergroup for its beginning, and does not ask for one whose
    position it does not know. But the updates before may have been lost with a process that was killed."""

    map: dict[Any, Any]

    def __init__(self, log: Any, hashes: Any) -> None:
        super().__init__(log)
        self._hashes = hashes

    def load(self, session_state: Any, channel_states: Any) -> None:
        heard_of = {entry: state for entry, state in self.map.items() if isinstance(entry, int)}
        super().load(session_state, channel_states)
        self.map = heard_of | self.map  # a login knows nothing of supergroups, and their differences are under way

    def process_updates(self, updates: Any, chat_hashes: Any, result: list[Any]) -> Any:
        chat_hashes.extend(getattr(updates, "users", ()), getattr(updates, "chats", ()))
        people_and_chats = super().process_updates(updates, chat_hashes, result)
        if getattr(updates, "_self_outgoing", False):  # the answer to a call of ours: Telethon keeps all of it back
            result.extend(one for one in getattr(updates, "updates", ()) if isinstance(one, types.UpdateMessageID))
        return people_and_chats

    def apply_pts_info(self, update: Any, *, reset_deadlines: Any) -> Any:
        at = PtsInfo.from_update(update)
        if at is not None and isinstance(at.entry, int) and at.entry not in self.map and self._hashes.get(at.entry):
            self.try_set_channel_state(at.entry, max(1, at.pts - at.pts_count - CHANNEL_LOOK_BACK_PTS))
            self.try_begin_get_diff(at.entry, "heard of for the first time")
        return super().apply_pts_info(update, reset_deadlines=reset_deadlines)


class Client(TelegramClient):  # type: ignore[misc]
    """A bot's connection to Telegram. `take` is awaited for each batch and must not raise; while it waits, Telethon
    takes in nothing more (its queue is bounded too)."""

    def __init__(
        self,
        session: StoredSession,
        api_id: int,
        api_hash: str,
        *,
        take: Callable[[Batch], Awaitable[None]],
        connection: type = ConnectionTcpFull,
    ) -> None:
        super().__init__(
            session,
            api_id,
            api_hash,
            connection=connection,
            connection_retries=None,
            retry_delay=RECONNECT_DELAY_S,
            request_retries=1,
            flood_sleep_threshold=0,
            raise_last_call_error=True,
            catch_up=True,
            entity_cache_limit=ENTITIES_CACHED,
            device_model="GPTTG",
            app_version="gpttg",
        )
        type(self)._config = None  # Telethon keeps one for all clients; another server has other addresses
        self._updates_queue = self._sender._updates_queue = _BoundedUpdates()
        self._message_box = _UpdatesInOrder(self._log["messagebox"], self._mb_entity_cache)
        self._take = take
        self._missed: list[Any] = []
        self._known_channels: dict[int, Position] = {}

    @property
    def not_before(self) -> datetime | None:
        """Messages that are older than the first login are not for this bot. By Telegram's clock, as theirs."""
        began_at: datetime | None = self.session.login_began_at
        return began_at and began_at - DATE_ROUNDING

    async def log_in(self, bot_token: str, *, patiently: bool = True) -> Any:
        """Connects and logs in; our own user. Telegram's updates begin to come. `patiently` waits as
        long as Telegram wants, or has internal issues.

        Raises CredentialsRefusedError for a wrong token, ConfigurationError for a wrong api id or hash, OutageError
        or RefusedError for whatever else Telegram says.
        """
        tries = in_the_end if patiently else once
        return await tries(partial(self._arrive, bot_token))

    async def _arrive(self, bot_token: str) -> Any:
        await self.connect()  # which does nothing where only the login has failed
        for channel_id in self.session.channels_behind:
            self._message_box.try_begin_get_diff(channel_id, "a process before was about to ask")
        return await self._log_in(bot_token)

    async def connect(self) -> None:
        """As Telethon's. Raises OutageError or FloodWaitError, too, where Telegram is there and takes no calls, or
        nobody answers in time; an OutageError of code NOT_TELEGRAM where the line is cut half-way, or somebody else
        answers."""
        try:
            with anyio.fail_after(CONNECT_S):
                await super().connect()
        except (errors.AuthKeyNotFound, ConnectionError, TimeoutError) as error:
            if not await self._has_unknown_key(error):
                await self._sender.disconnect()
                raise translated(error) from error
            # a new key, and the token, let the bot in again
            await self._sender.disconnect()
            self._sender.auth_key.key = None
            self.session.auth_key = None
            self.session.save()
            raise OutageError(code=KEY_UNKNOWN) from error
        except errors.RPCError as error:
            await self._sender.disconnect()
            if isinstance(ours := translated(error), OutageError | FloodWaitError):
                raise ours from error
            raise
        except GARBLED as error:
            await self._sender.disconnect()
            raise OutageError(code=NOT_TELEGRAM) from error

    async def _has_unknown_key(self, error: Exception) -> bool:
        """Whether a connection ended because Telegram does not know its key: Telethon may be quicker to say that it has
        ended than why."""
        try:
            with anyio.move_on_after(UNKNOWN_KEY_TOLD_S):
                await self.disconnected
        except errors.AuthKeyNotFound:
            return True
        except Exception:  # noqa: BLE001 - something else
            return False
        return isinstance(error, errors.AuthKeyNotFound)

    async def _log_in(self, bot_token: str) -> Any:
        try:
            me = await self.get_me()
            if me is None:
                config = await self(functions.help.GetConfigRequest())
                await self.session.note_login_begins(config.date)
                me = await self.sign_in(bot_token=bot_token)
        except errors.ApiIdInvalidError as error:
            raise ConfigurationError(
                "TELEGRAM_API_ID and TELEGRAM_API_HASH do not belong together: copy both from my.telegram.org"
            ) from error
        except (errors.AccessTokenInvalidError, errors.AccessTokenExpiredError, errors.UnauthorizedError) as error:
            raise CredentialsRefusedError(code="BOT_TOKEN") from error
        except (errors.RPCError, *BROKEN) as error:
            raise translated(error) from error
        return me

    async def invoke(self, request: Any) -> Any:
        """The answer to one call. No retries, no sleeping, no flood memory of Telethon's: the sender schedules.

        Raises what engine.telegram.errors translates to (FloodWaitError, UndeliverableError, OutageError, ...).
        """
        return await answer_of(self._sender, request)

    async def invoke_at(self, dc_id: int, request: Any) -> Any:
        """The answer of another data centre (0: our own) to one call. There is one connection to each of them, which
        is closed when it has not been used for a minute.

        Raises as `invoke` does; a file that lies elsewhere is a RefusedError whose code begins with FILE_ELSEWHERE.
        """
        if dc_id in (0, self.session.dc_id):
            return await self.invoke(request)
        try:
            with anyio.fail_after(CALL_TIMEOUT_S):
                sender = await self._borrow_exported_sender(dc_id)
        except (errors.RPCError, *BROKEN, ValueError) as error:
            raise translated(error) from error
        try:
            return await answer_of(sender, request)
        except CredentialsRefusedError as refused:  # what was exported to there, not our own login: export anew
            await self._forget_exported_sender(dc_id, sender)
            raise OutageError(code=refused.code) from refused
        except OutageError:
            if not sender.is_connected():  # Telethon has given that connection up
                await self._forget_exported_sender(dc_id, sender)
            raise
        finally:
            state, kept = self._borrowed_senders.get(dc_id, (None, None))
            if kept is sender:
                state.add_return()

    async def _create_exported_sender(self, dc_id: int) -> Any:
        order = await self._order(dc_id, None)
        sender = MTProtoSender(None, loggers=self._log, connect_timeout=self._timeout)
        connection = self._connection(
            order.host, order.port, dc_id, loggers=self._log, proxy=self._proxy, local_addr=self._local_addr
        )
        await introduce(sender, connection, order.introduction)
        return sender

    async def line_order(self, dc_id: int, auth_key: bytes | None) -> LineOrder:
        """What it takes to open one more connection to a data centre (0: our own), for files only (carrier.py).
        `auth_key`: that of another line to there, which is logged in. Raises as `invoke` does."""
        if dc_id in (0, self.session.dc_id):
            dc_id, auth_key = self.session.dc_id, self.session.auth_key.key
        try:
            with anyio.fail_after(CALL_TIMEOUT_S):
                return await self._order(dc_id, auth_key)
        except (errors.RPCError, *BROKEN, ValueError) as error:
            raise translated(error) from error

    async def _order(self, dc_id: int, auth_key: bytes | None) -> LineOrder:
        """Without a key that is logged in, it comes with a login exported from here."""
        dc = await self._get_dc(dc_id)
        host, port = dc.ip_address, dc.port
        if dc_id == self.session.dc_id:
            host, port = self.session.server_address, self.session.port
        introduction = copy(self._init_request)
        introduction.query = functions.InvokeWithoutUpdatesRequest(functions.help.GetConfigRequest())
        if auth_key is None:
            auth = await self(functions.auth.ExportAuthorizationRequest(dc_id))
            introduction.query = functions.auth.ImportAuthorizationRequest(id=auth.id, bytes=auth.bytes)
        return LineOrder(host, port, dc_id, auth_key, functions.InvokeWithLayerRequest(LAYER, introduction))

    async def _forget_exported_sender(self, dc_id: int, sender: Any) -> None:
        async with self._borrow_sender_lock:
            _, kept = self._borrowed_senders.get(dc_id, (None, None))
            if kept is sender:
                del self._borrowed_senders[dc_id]
                await sender.disconnect()

    async def ended(self) -> GpttgError | None:
        """Waits until the connection has ended for good; why, or None after a disconnect of ours."""
        try:
            await self.disconnected
        except Exception as error:  # noqa: BLE001 - whatever Telethon's own tasks died of
            return translated(error)
        return None if self._updates_error is None else translated(self._updates_error)

    async def __call__(self, request: Any, ordered: bool = False, flood_sleep_threshold: int | None = None) -> Any:
        is_difference = isinstance(
            request, functions.updates.GetDifferenceRequest | functions.updates.GetChannelDifferenceRequest
        )
        if isinstance(request, functions.updates.GetChannelDifferenceRequest):
            await self._note_positions()
        try:
            result = await super().__call__(request, ordered=ordered)
        except (errors.RPCError, ValueError):
            if is_difference:
                asyncio.get_running_loop().call_later(
                    DIFFERENCE_RETRY_S, self._updates_queue.put_nowait, types.UpdatesTooLong()
                )
            raise
        if is_difference:
            self._keep_missed(result)
        return result

    def _keep_missed(self, difference: Any) -> None:
        if isinstance(difference, types.updates.DifferenceTooLong | types.updates.ChannelDifferenceTooLong):
            logger.error("Telegram no longer has all that was missed: {}", type(difference).__name__)
        self._missed += [
            update for update in getattr(difference, "other_updates", ()) if isinstance(update, _OUT_OF_DIFFERENCE)
        ]

    async def _preprocess_updates(self, updates: list[Any], users: list[Any], chats: list[Any]) -> list[Any]:
        self._mb_entity_cache.extend(users, chats)
        missed, self._missed = self._missed, []
        await self._take(Batch([*updates, *missed], users, chats, self._moved_positions()))
        return []  # nothing is left for Telethon's own handlers

    async def _note_positions(self) -> None:
        """Telegram is about to be asked for a channel's news: returns when that is on disk."""
        on_disk = asyncio.Event()
        await self._take(Batch([], [], [], self._moved_positions(), on_disk))
        await on_disk.wait()

    def _moved_positions(self) -> list[Position]:
        account, pts_of_channels = self._message_box.session_state()
        behind = self._message_box.getting_diff_for
        channels = {id_: Position(id_, pts, is_behind=id_ in behind) for id_, pts in pts_of_channels.items()}
        moved = [position for id_, position in channels.items() if self._known_channels.get(id_) != position]
        self._known_channels = channels
        if account["pts"]:
            date = int(account["date"].timestamp())
            moved.append(Position(0, account["pts"], account["qts"], date, account["seq"]))
        return moved

    async def _handle_auto_reconnect(self) -> None:
        await super()._handle_auto_reconnect()
        await self.catch_up()

    async def _on_login(self, user: Any) -> Any:
        """A first login, or one whose position never came to disk: begins a little before the present. What is older
        than the login is left out by the feed, what is known already by the inbox."""
        result = await super()._on_login(user)
        now, _ = self._message_box.session_state()
        now["pts"] = max(1, now["pts"] - FIRST_LOOK_BACK_PTS)
        self._message_box.set_state(types.updates.State(**now, unread_count=0))
        await self.catch_up()
        return result
