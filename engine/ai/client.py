"""The SDK's client, set up for a bot: long keepalive, no retries of its own, named time-outs.

Over the network it runs on aiohttp (the SDK's own extra): httpx2's transport asks the kernel about every idle
connection at each request and parses in Python, which was half of what a message cost (docs/speed.md).
"""

from __future__ import annotations

import httpx2
from openai import AsyncOpenAI, DefaultAioHttpClient

__all__ = ["AsyncOpenAI", "openai_client"]

CONNECT_TIMEOUT_S = 10.0
READ_GAP_S = 180.0
"""The longest silence in an answer's stream; reasoning models think before their first word."""
WRITE_TIMEOUT_S = 60.0
POOL_TIMEOUT_S = 30.0
"""The longest wait for a free connection: more than that is told as an outage."""
CONNECTIONS = 2_500
"""One for each running answer (engine.runtime.jobs.JOBS_AT_ONCE), and some for looking things up."""
KEEPALIVE_CONNECTIONS = 200
KEEPALIVE_S = 75.0
"""The SDK's own 5 s would cost almost every question a new TLS handshake."""


def openai_client(api_key: str, base_url: str = "", transport: httpx2.AsyncBaseTransport | None = None) -> AsyncOpenAI:
    """A client. Close it with `await client.close()`. `transport` answers in this process (the sandbox)."""
    timeouts = httpx2.Timeout(connect=CONNECT_TIMEOUT_S, read=READ_GAP_S, write=WRITE_TIMEOUT_S, pool=POOL_TIMEOUT_S)
    limits = httpx2.Limits(
        max_connections=CONNECTIONS,
        max_keepalive_connections=KEEPALIVE_CONNECTIONS,
        keepalive_expiry=KEEPALIVE_S,
    )
    if transport is None:
        http_client: httpx2.AsyncClient = DefaultAioHttpClient(timeout=timeouts, limits=limits)
    else:
        http_client = httpx2.AsyncClient(transport=transport, timeout=timeouts, limits=limits)
    return AsyncOpenAI(
        api_key=api_key,
        base_url=base_url or None,
        max_retries=0,
        timeout=timeouts,
        http_client=http_client,
    )
