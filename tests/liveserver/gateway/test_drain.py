"""Endings: a drain, and a room that everybody has left."""

import asyncio
import time

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from broadcast.core.codes import Close
from broadcast.log.memory import MemoryLog
from tests.liveserver.gateway.moving import GatedLog, hub_of
from tests.liveserver.gateway.node import BACKUP, Client, Node, joined, opened, serving
from tests.waiting import until


async def test_a_drain_sends_everyone_elsewhere_over_its_window_and_takes_nobody_new() -> None:
    async with serving(MemoryLog()) as node:
        clients = [await stay(node) for _ in range(10)]
        began = time.monotonic()
        draining = asyncio.create_task(node.gateway.drain(0.5))
        codes = await asyncio.gather(*(client.closed() for client in clients))
        await draining
        assert set(codes) == {Close.DRAIN}
        assert 0.3 < time.monotonic() - began < 2.0
        assert node.gateway.ready() == (False, "draining")
        with pytest.raises(InvalidStatus) as refused:
            await connect(node.url(), proxy=None)
        assert refused.value.response.status_code == 503


async def test_a_room_is_forgotten_some_time_after_its_last_member() -> None:
    async with serving(MemoryLog(), linger_s=0.05, sweep_s=0.02) as node:
        async with joined(node):
            assert [report.here for report in node.gateway.rooms()] == [1]
        hub = hub_of(node)
        await until(lambda: not list(hub.venues))
        async with joined(node) as again:
            assert (await again.do("chat.send", "c", text="hi"))["type"] == "ack"


async def test_a_room_that_is_slow_to_open_is_not_taken_for_one_that_everybody_left() -> None:
    log = GatedLog()
    async with serving(log, linger_s=0.05, sweep_s=0.02) as node, opened(node, BACKUP) as ada:
        await ada.say(type="hello", name="Ada", media="none")
        hub = hub_of(node)
        await until(lambda: hub.venues.get(BACKUP))
        began = asyncio.get_running_loop().time()
        await until(lambda: hub._swept_at > began + 0.2)
        log.gate.set()
        await ada.hear("welcome")
        await ada.do("chat.send", "c", text="hi")
        await ada.hear("chat")


async def stay(node: Node) -> Client:
    """Somebody who stays until the server closes."""
    client = Client(await connect(node.url(), proxy=None)).listen()
    await client.say(type="hello", name="Ada")
    await client.hear("welcome")
    return client
