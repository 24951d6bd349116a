"""LocalOpenAI: an OpenAI that lives in this process, for the sandbox, the tests and the benchmarks.

local = LocalOpenAI()
local.says("Hello, Alice.")
async with local.client() as openai:  # in this process, no socket
    answer = await openai.responses.create(model="gpt-6.1-terra", input="Hi")

local.hears("Good evening")  # what the next transcription hears; without it, the words that the sound carries
local.takes(seconds=30, on="picture")

async with local.listen() as base_url:  # over TCP, for any client
    openai = AsyncOpenAI(base_url=base_url, api_key="sk-sandbox")
"""

from engine.sandbox.openai.behaviour import Behaviour
from engine.sandbox.openai.bill import BilledCall, Usage
from engine.sandbox.openai.limits import Limits
from engine.sandbox.openai.responses import LocalResponse
from engine.sandbox.openai.seen import SeenRequest
from engine.sandbox.openai.service import LocalOpenAI
from engine.sandbox.openai.told import INSTANT, LIFELIKE, Pace
from engine.sandbox.openai.transport import LocalTransport
from engine.sandbox.openai.wire import Answer, ApiError, ConnectionCut, Request

__all__ = [
    "INSTANT",
    "LIFELIKE",
    "Answer",
    "ApiError",
    "Behaviour",
    "BilledCall",
    "ConnectionCut",
    "Limits",
    "LocalOpenAI",
    "LocalResponse",
    "LocalTransport",
    "Pace",
    "Request",
    "SeenRequest",
    "Usage",
]
