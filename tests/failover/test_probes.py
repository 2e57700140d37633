"""What is heard of a media node, from silence to nonsense on the wire; and of gateways that answer wrongly."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect
from structlog.testing import capture_logs

from failover.directory import Directory
from failover.probes import FeedProbe, SampleSaid, SourceSaid
from failover.stall import Stall
from tests.failover.conftest import serving
from tests.waiting import until


@dataclass
class Heard:
    sources: list[SourceSaid] = field(default_factory=list)
    samples: list[SampleSaid] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)

    def source_said(self, _node: str, said: SourceSaid) -> None:
        self.sources.append(said)

    def sampled(self, _node: str, said: SampleSaid, _late_s: float) -> None:
        self.samples.append(said)

    def node_lost(self, node: str) -> None:
        self.lost.append(node)


class Node:
    """Says what a test puts on its tongue."""

    def __init__(self) -> None:
        self.greeted = 0
        self.tongue: asyncio.Queue[bytes | str] = asyncio.Queue()
        self.first = [{"type": "node", "node": "m1", "tick_ms": 100}]

    async def serve(self, socket: WebSocket) -> None:
        await socket.accept()
        self.greeted += 1
        for message in self.first:
            await socket.send_bytes(msgspec.msgpack.encode(message))
        try:
            while True:
                data = await self.tongue.get()
                await (socket.send_text(data) if isinstance(data, str) else socket.send_bytes(data))
        except (WebSocketDisconnect, RuntimeError):
            pass


@pytest.fixture
async def node() -> AsyncIterator[tuple[Node, str]]:
    made = Node()
    async with serving(Starlette(routes=[WebSocketRoute("/feeds", made.serve)])) as url:
        yield made, url


class Clumsy(Heard):
    """Fails at what it hears first, and at being told of the loss."""

    bugs: int = 0

    def source_said(self, node: str, said: SourceSaid) -> None:
        if self.bugs == 0:
            self.bugs += 1
            raise ZeroDivisionError
        super().source_said(node, said)

    def node_lost(self, node: str) -> None:
        super().node_lost(node)
        raise ZeroDivisionError


async def test_a_bug_on_the_way_marks_the_node_as_lost_and_it_is_followed_anew(node: tuple[Node, str]) -> None:
    speaker, url = node
    heard = Clumsy()
    probe = FeedProbe(url, lambda: "t", heard, lambda: 0.0)
    speaker.first.append({"type": "source", "room": "demo", "source": "main", "session": "s1", "state": "up"})
    with capture_logs() as logs:
        probe.start()
        await until(lambda: heard.sources and heard.lost == [url])
    assert (speaker.greeted, probe.up) == (2, True)
    assert [line["event"] for line in logs if line["log_level"] == "error"] == [
        "following a media node broke off",
        "nobody could be told that a media node is lost",
    ]
    await probe.close()


async def test_a_node_that_goes_quiet_is_lost_and_found_again(node: tuple[Node, str]) -> None:
    speaker, url = node
    heard = Heard()
    probe = FeedProbe(url, lambda: "t", heard, lambda: 0.0)
    probe.start()
    await until(lambda: probe.up)
    await until(lambda: heard.lost == [url])
    await until(lambda: speaker.greeted >= 2 and probe.up)
    await probe.close()


async def test_who_stood_still_itself_does_not_call_a_node_lost(node: tuple[Node, str]) -> None:
    speaker, url = node
    heard = Heard()
    probe = FeedProbe(url, lambda: "t", heard, lambda: 9.0)
    probe.start()
    await until(lambda: probe.up)
    looped = asyncio.get_running_loop().time() + 1.2
    await until(lambda: asyncio.get_running_loop().time() > looped)
    assert heard.lost == []
    assert speaker.greeted == 1
    await probe.close()


async def test_nonsense_on_the_wire_is_passed_over(node: tuple[Node, str]) -> None:
    speaker, url = node
    heard = Heard()
    probe = FeedProbe(url, lambda: "t", heard, lambda: 0.0)
    probe.start()
    sample = {"type": "sample", "room": "demo", "source": "main", "session": "s", "video": {"silent_ms": 3, "new": 1}}
    for data in (
        b"",
        b"\x01\x00media frame",
        "text",
        msgspec.msgpack.encode({"type": "feed", "feed": 1}),
        msgspec.msgpack.encode({"type": "source", "room": 7}),
        msgspec.msgpack.encode({"type": "source", "room": "demo", "source": "main", "session": "s", "state": "odd"}),
        msgspec.msgpack.encode([1, 2]),
        msgspec.msgpack.encode(sample),
    ):
        speaker.tongue.put_nowait(data)
    await until(lambda: heard.samples)
    assert heard.sources == []
    video: Any = heard.samples[0].video
    assert video.silent_ms == 3
    await probe.close()


async def test_a_node_that_is_not_there_is_looked_for_without_end() -> None:
    heard = Heard()
    probe = FeedProbe("http://127.0.0.1:9", lambda: "t", heard, lambda: 0.0)
    probe.start()
    await asyncio.sleep(0)
    assert not probe.up
    await probe.close()
    assert heard.lost == []


async def test_a_standstill_of_our_own_is_noticed_and_forgotten() -> None:
    stall = Stall()
    loop = asyncio.get_running_loop()
    end = loop.time() + 0.4
    while loop.time() < end:
        pass
    assert stall.late_s() > 0.25
    await asyncio.sleep(0)
    await until(lambda: stall.late_s() < 0.1)
    stall.close()


async def test_gateways_that_answer_wrongly_are_passed_over_for_one_that_does_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("failover.directory.EVERY_S", 0.05)
    answers = ["no json", '{"events":[{"id":7}]}', '{"events":[{"id":"demo","title":"D","room":"demo","plan":""}]}']

    async def events(_: Request) -> Response:
        return PlainTextResponse(answers.pop(0) if len(answers) > 1 else answers[0])

    changes: list[int] = []
    async with serving(Starlette(routes=[Route("/api/v1/node/events", events)])) as url:
        directory = Directory(["http://127.0.0.1:9", url], lambda: "t", lambda: changes.append(1))
        assert not directory.answers()
        directory.start()
        await until(lambda: "demo" in directory.events)
        assert directory.answers()
        assert await directory.refresh_contacts("demo") == ()
        await directory.close()
    assert changes == [1]
