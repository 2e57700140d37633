"""The TCP path: every mode is felt at both ends, and none after it is healed."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from failover.faults.catalogue import make
from failover.faults.fault import CannotRehearse
from failover.faults.path import TcpPath
from failover.faults.path_fault import PathFault
from tests.waiting import until


@asynccontextmanager
async def echo_behind(speech: str = "raw") -> AsyncIterator[tuple[int, str]]:
    """An echo behind a path: `(port of the path, its control)`."""
    async with path_before_echo(speech) as (_, port, control):
        yield port, control


@asynccontextmanager
async def path_before_echo(speech: str = "raw") -> AsyncIterator[tuple[TcpPath, int, str]]:
    """A path, its port and its control, with an echo behind."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    path = TcpPath("127.0.0.1", server.sockets[0].getsockname()[1], speech=speech)
    port, control = await path.open("127.0.0.1", 0, 0)
    try:
        yield path, port, f"127.0.0.1:{control}"
    finally:
        await path.close()
        server.close()


class Talker:
    """One connection through the path."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def say(self, data: bytes = b"hello") -> float:
        """Seconds until it came back."""
        began = time.monotonic()
        self.writer.write(data)
        await asyncio.wait_for(self.reader.readexactly(len(data)), 10)
        return time.monotonic() - began


@asynccontextmanager
async def talker(port: int) -> AsyncIterator[Talker]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield Talker(reader, writer)
    finally:
        writer.close()


async def fault_of(control: str, mode: str, **knobs: float) -> PathFault:
    return await asyncio.to_thread(PathFault, control, mode, **knobs)


async def did(fault: PathFault, what: str) -> bool | None:
    return await asyncio.to_thread(getattr(fault, what))


async def test_a_whole_path_passes_everything():
    async with echo_behind() as (port, _), talker(port) as one:
        assert await one.say(b"x" * 300_000) < 5


async def test_a_cut_resets_who_is_there_and_who_comes_until_healed():
    async with echo_behind() as (port, control), talker(port) as one:
        await one.say()
        fault = await fault_of(control, "cut")
        assert not await did(fault, "bit")
        await did(fault, "inject")
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await one.say()
        assert await did(fault, "bit")
        async with talker(port) as late:
            with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
                await late.say()
        await did(fault, "heal")
        async with talker(port) as again:
            await again.say()
        assert not await did(fault, "bit")


async def test_a_stalled_path_is_open_and_silent_and_loses_nothing():
    async with echo_behind() as (port, control), talker(port) as one:
        await one.say()
        fault = await fault_of(control, "stall")
        await did(fault, "inject")
        answer = asyncio.create_task(one.say(b"late"))
        await until(lambda: did(fault, "bit"))
        assert not answer.done()
        await did(fault, "heal")
        await answer


async def test_a_connection_made_while_stalled_is_served_afterwards():
    async with echo_behind() as (port, control):
        fault = await fault_of(control, "stall")
        await did(fault, "inject")
        async with talker(port) as one:
            answer = asyncio.create_task(one.say())
            await until(lambda: did(fault, "bit"))
            await did(fault, "heal")
            await answer


async def test_delay_is_felt_in_both_directions():
    async with echo_behind() as (port, control), talker(port) as one:
        fault = await fault_of(control, "delay", delay_ms=100)
        await did(fault, "inject")
        assert await one.say() >= 0.2
        assert await did(fault, "bit")
        await did(fault, "heal")
        assert await one.say() < 0.2


async def test_a_throttled_path_takes_its_time():
    async with echo_behind() as (port, control), talker(port) as one:
        fault = await fault_of(control, "throttle", bytes_per_s=20_000)
        await did(fault, "inject")
        assert await one.say(b"x" * 5_000) >= 0.4
        assert await did(fault, "bit")


async def test_a_lossy_path_brings_later_what_was_lost():
    async with echo_behind() as (port, control), talker(port) as one:
        fault = await fault_of(control, "lossy", share=1)
        await did(fault, "inject")
        assert await one.say() >= 0.4
        assert await did(fault, "bit")


@pytest.mark.parametrize(
    ("name", "knobs"),
    [
        ("stall", {}),
        ("delay", {"delay_ms": 60_000.0}),
        ("throttle", {"bytes_per_s": 0.1}),
        ("lossy", {"share": 1.0}),
        ("lane-slow", {"delay_ms": 60_000.0}),
        ("lane-silent", {}),
    ],
)
async def test_what_is_held_back_comes_when_healed_and_nothing_is_left_behind(name, knobs):
    async with path_before_echo() as (path, port, control):
        async with talker(port) as one:
            await one.say()
            fault = await asyncio.to_thread(make, name, control, knobs)
            await did(fault, "inject")
            answer = asyncio.create_task(one.say(b"late"))
            await until(lambda: did(fault, "bit"))
            await did(fault, "heal")
            await answer
            async with talker(port) as other:
                await other.say()
            await one.say(b"x" * 100_000)
            assert not await did(fault, "bit")
        await until(lambda: whole(path))


@pytest.mark.parametrize("name", ["cut", "lane-errors"])
async def test_what_was_turned_away_is_let_in_when_healed_and_nothing_is_left_behind(name):
    async with path_before_echo("smtp") as (path, port, control), talker(port) as before:
        await before.say()
        fault = await asyncio.to_thread(make, name, control, {})
        await did(fault, "inject")
        assert await did(fault, "bit"), "who was there has lost the connection"
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await before.say()
        await did(fault, "heal")
        async with talker(port) as again:
            await again.say()
        assert not await did(fault, "bit")
        await until(lambda: whole(path))


def whole(path: TcpPath) -> bool:
    """Whether nothing of a fault, and nobody who came through, is left in the path."""
    state = path._state
    return (state.mode, state.bitten, state.connections, len(path._writers), len(path._tasks)) == ("pass", 0, 0, 0, 0)


@pytest.mark.parametrize(
    ("speech", "answer"), [("smtp", b"421 4.3.2"), ("http", b"HTTP/1.1 503"), ("redis", b"-LOADING")]
)
async def test_a_lane_with_errors_answers_in_its_own_language(speech, answer):
    async with echo_behind(speech) as (port, control):
        fault = await fault_of(control, "errors")
        await did(fault, "inject")
        async with talker(port) as one:
            if speech != "smtp":
                one.writer.write(b"GET / HTTP/1.1\r\n\r\n")
            assert (await asyncio.wait_for(one.reader.read(), 5)).startswith(answer)
        assert await did(fault, "bit")


async def test_behind_nothing_the_path_resets():
    path = TcpPath("127.0.0.1", 9)
    port, _ = await path.open("127.0.0.1", 0, 0)
    async with talker(port) as one:
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await one.say()
    await path.close()


@pytest.mark.parametrize(
    ("mode", "knobs", "why"),
    [
        ("explode", {}, "no mode is called 'explode'"),
        ("delay", {}, "delay needs delay_ms"),
        ("delay", {"delay_ms": -5}, "delay needs delay_ms, greater than zero"),
        ("cut", {"share": 1}, "cut needs nothing"),
    ],
)
async def test_an_order_that_makes_no_sense_is_refused_by_name(mode, knobs, why):
    async with echo_behind() as (_, control):
        fault = await fault_of(control, mode, **knobs)
        with pytest.raises(CannotRehearse, match=why):
            await did(fault, "inject")


async def test_a_control_port_where_nobody_listens_is_said():
    with pytest.raises(CannotRehearse, match=r"no path listens at 127.0.0.1:9"):
        await fault_of("127.0.0.1:9", "cut")
    with pytest.raises(CannotRehearse, match="no control port"):
        await fault_of("nonsense", "cut")
