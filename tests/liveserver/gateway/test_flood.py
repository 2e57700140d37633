"""Who sends too much, or what is no message: told so, then sent away; nobody else waits."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from websockets.exceptions import ConnectionClosed

from broadcast.core.codes import Close
from broadcast.log.memory import MemoryLog
from liveserver.core.session import Removed
from tests.liveserver.gateway.node import (
    Client,
    joined,
    serving,
)
from tests.waiting import until


async def test_frames_that_are_no_messages_are_answered_a_few_times_and_then_no_more() -> None:
    async with serving(MemoryLog()) as node, joined(node) as client:
        garbage: list[str | bytes] = ["{", "[]", "7", b"\x80", '{"a":' * 500]
        for data in garbage:
            await client.connection.send(data)
        await until(lambda: sum(m["type"] == "reject" for m in client.messages) == len(garbage))
        rejects = [m for m in client.messages if m["type"] == "reject"]
        assert {(m["key"], m["code"]) for m in rejects} == {(None, "malformed")}
        await client.connection.send("{")
        assert await client.closed() == 4303


@pytest.mark.parametrize("size", [16 * 1024 + 1, 10 * 1024 * 1024])
async def test_ten_megabytes_of_text_close_one_socket_and_no_other(size: int) -> None:
    async with serving(MemoryLog()) as node, joined(node) as loud, joined(node, name="Ben") as ben:
        sending = asyncio.create_task(loud.connection.send("x" * size))
        assert await loud.closed() == 4304
        await asyncio.gather(sending, return_exceptions=True)
        assert (await ben.do("chat.send", "c", text="fine"))["type"] == "ack"


async def test_who_speaks_too_fast_is_told_when_to_go_on() -> None:
    async with serving(MemoryLog()) as node, joined(node) as client:
        for n in range(30):
            await client.say(type="chat.send", key=f"c-{n}", text="!")
        limited = await client.hear(lambda m: m.get("code") == "rate_limited")
        assert limited["retry_after_s"] > 0


FLOODS: dict[str, Callable[[Client], Awaitable[object]]] = {
    "messages": lambda client: client.say(type="ping"),
    "control frames": lambda client: client.connection.ping(),
    "empty fragments": lambda client: client.connection.send([""] * 100),
}


@pytest.mark.parametrize("flood", FLOODS)
async def test_who_floods_is_sent_away_and_nobody_else_waits(flood: str) -> None:
    async with serving(MemoryLog()) as node, joined(node) as loud, joined(node, name="Ben") as ben:
        for _ in range(1_000):
            try:
                await FLOODS[flood](loud)
            except ConnectionClosed:
                break
        assert await loud.closed() == 4303
        assert sum(m["type"] in ("reject", "pong") for m in loud.messages) <= 121
        assert (await ben.do("chat.send", "c", text="fine"))["type"] == "ack"


async def test_who_talks_on_into_a_closing_is_not_listened_to() -> None:
    async with serving(MemoryLog()) as node, joined(node) as loud:
        hub = node.gateway._hub
        assert hub is not None
        (socket,) = hub.sockets
        socket.feed(Removed(Close.DRAIN, "Bye"))
        socket.data_received(bytes.fromhex("898000000000") * 500)
        assert socket._deaf
        assert await loud.closed() == Close.DRAIN
