"""Those who can't take everything: media is dropped, what was said is not, and nobody else waits."""

import asyncio
import itertools
import json
import socket as sockets
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from prometheus_client import REGISTRY
from websockets.client import ClientProtocol
from websockets.frames import Frame as WireFrame
from websockets.frames import Opcode
from websockets.uri import parse_uri

from broadcast.core.entries import Chat, Draft, Moved, Person, Role
from broadcast.core.frame import unpack
from broadcast.core.position import MemberId, room_log
from broadcast.log.memory import MemoryLog
from liveserver.core import outbox
from tests.liveserver.gateway.feeds import feeding
from tests.liveserver.gateway.node import BACKUP, ROOM, Node, joined, serving
from tests.waiting import until

BEN = Person(MemberId("g-ben"), "Ben", Role.ATTENDEE)


class Sloth:
    """A client with a small receive buffer that reads only when told to."""

    def __init__(self, node: Node) -> None:
        self._protocol = ClientProtocol(parse_uri(node.url()), max_size=None)
        self._socket = sockets.socket()
        self._socket.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 8192)
        self._socket.setblocking(False)
        self._port = node.port
        self._loop = asyncio.get_running_loop()
        self.payloads: list[bytes] = []
        self.closed_with: int | None = None
        self._parsed = 0
        self._said: dict[str, list[dict[str, object]]] = {}

    async def arrive(self, media: str) -> None:
        await self._loop.sock_connect(self._socket, ("127.0.0.1", self._port))
        self._protocol.send_request(self._protocol.connect())
        await self._flush()
        while self._protocol.state.name == "CONNECTING":
            await self.read()
        self._protocol.send_text(json.dumps({"type": "hello", "name": "Sloth", "media": media}).encode())
        await self._flush()
        while not self.said("welcome"):
            await self.read()

    async def _flush(self) -> None:
        await self._loop.sock_sendall(self._socket, b"".join(self._protocol.data_to_send()))

    async def read(self, size: int = 65_536) -> bool:
        """Take some bytes; False when there will be no more."""
        async with asyncio.timeout(5):
            try:
                data = await self._loop.sock_recv(self._socket, size)
            except ConnectionResetError:
                data = b""
        if not data:
            return False
        self._protocol.receive_data(data)
        for event in self._protocol.events_received():
            if isinstance(event, WireFrame) and event.opcode in (Opcode.TEXT, Opcode.BINARY):
                self.payloads.append(bytes(event.data))
            elif isinstance(event, WireFrame) and event.opcode is Opcode.CLOSE:
                self.closed_with = self._protocol.close_rcvd.code if self._protocol.close_rcvd else None
        return True

    def said(self, type_: str) -> list[dict[str, object]]:
        for payload in self.payloads[self._parsed :]:
            if payload[:1] == b"{":
                message = json.loads(payload)
                self._said.setdefault(message["type"], []).append(message)
        self._parsed = len(self.payloads)
        return self._said.get(type_, [])

    def pictures(self) -> list[tuple[int, bool]]:
        """Number and key flag of each picture had."""
        found = [unpack(payload) for payload in self.payloads if payload[:1] == b"\x01" and len(payload) > 1_000]
        return [(int(f[0].payload.split()[2]), f[0].key) for f in found if f is not None]

    async def part(self) -> None:
        """Say goodbye, and read no more."""
        self._protocol.send_close(1000)
        await self._flush()

    def leave(self) -> None:
        self._socket.close()


@contextmanager
def sloth(node: Node) -> Iterator[Sloth]:
    found = Sloth(node)
    try:
        yield found
    finally:
        found.leave()


def drops(what: str) -> float:
    return REGISTRY.get_sample_value("live_drops_total", {"what": what}) or 0.0


async def test_old_pictures_are_dropped_up_to_the_next_key_frame() -> None:
    async with feeding() as media, serving(MemoryLog(), media_nodes=(media.url,)) as node:
        media.up("main", size=40_000, gop=20)
        before = drops("media")
        with sloth(node) as slow:
            await slow.arrive("video")
            async with joined(node, media="video") as quick:
                await until(lambda: drops("media") > before, 10)
                while len(slow.pictures()) < 60:
                    await slow.read(1_000_000)
                numbers = [number for number, _ in slow.pictures()]
                jumps = [n for n, (a, b) in enumerate(itertools.pairwise(numbers), 1) if b != a + 1]
                assert jumps, "something was dropped"
                assert all(slow.pictures()[n][1] for n in jumps), "and what comes after begins with a key frame"
                shown = [int(f.payload.split()[2]) for _, f, _, _ in quick.frames if len(f.payload) > 1_000]
                assert shown == list(range(shown[0], shown[0] + len(shown))), "nobody else lost anything"


async def test_who_lags_loses_nothing_that_was_said() -> None:
    log = MemoryLog()
    async with serving(log) as node:
        before, pictures = drops("log"), drops("media")
        with sloth(node) as slow:
            await slow.arrive("none")
            said = await talk_until(log, lambda: drops("log") > before)
            assert drops("media") == pictures, "who watches nothing misses no picture"
            for n in range(said, said + 50):
                await say(log, n)
            while len(slow.said("chat")) < said + 50:
                assert await slow.read(1_000_000)
            offsets = [message["offset"] for message in slow.said("chat")]
            assert offsets == list(range(1, said + 51)), "each once and in order"
            await say(log, said + 50)
            while len(slow.said("chat")) < said + 51:
                assert await slow.read()


async def test_who_lags_at_the_move_is_welcomed_in_the_new_room_once_and_seated_once() -> None:
    log = MemoryLog()
    async with serving(log) as node:
        hub = node.gateway._hub
        assert hub is not None
        before = drops("log")
        with sloth(node) as slow:
            await slow.arrive("video")
            (member,) = hub.seating
            await talk_until(log, lambda: drops("log") > before)
            moved = Moved(room=BACKUP, url="https://live.example/e/demo", spread_ms=0, reason="The camera is gone")
            await log.append(room_log(ROOM), Draft(moved, "m", BEN.id, checked=False, sets={"moved": moved}))
            await until(lambda: (there := hub.venues.get(BACKUP)) is not None and there.here == 1)
            backup = hub.venues.get(BACKUP)
            assert backup is not None
            stage = backup.stage
            assert stage.viewers == [], "nothing is sent to who takes nothing"
            while len(slow.said("welcome")) < 2:
                assert await slow.read(1_000_000)
            await until(lambda: member.position is None)
            assert stage.viewers == [member]
            arrival = slow.said("welcome")[1]
            assert isinstance(arrival["room"], dict)
            assert arrival["room"]["id"] == BACKUP
            assert isinstance(arrival["history"], list)
            assert len([entry for entry in arrival["history"] if entry.get("carried")]) == 50
            await log.append(room_log(BACKUP), Draft(Chat(author=BEN, text="here"), "c", BEN.id))
            while not any(message["text"] == "here" for message in slow.said("chat")):
                assert await slow.read()


async def test_who_never_takes_anything_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "GIVE_UP_S", 1.5)
    log = MemoryLog()
    async with serving(log) as node:
        before = drops("log")
        with sloth(node) as slow:
            await slow.arrive("none")
            await talk_until(log, lambda: drops("log") > before)
            hub = node.gateway._hub
            assert hub is not None
            await until(lambda: not node.gateway.rooms() and not hub.sockets, 10)


async def test_who_says_goodbye_and_takes_nothing_more_is_gone_at_once() -> None:
    log = MemoryLog()
    async with serving(log) as node:
        with sloth(node) as slow:
            await slow.arrive("none")
            hub = node.gateway._hub
            assert hub is not None
            await talk_until(log, lambda: any(one.transport.get_write_buffer_size() > 500_000 for one in hub.sockets))
            await slow.part()
            await until(lambda: not node.gateway.rooms() and not hub.sockets, 10)


async def test_a_dead_peer_is_noticed_by_its_silence() -> None:
    async with serving(MemoryLog(), ping_interval_s=0.2, sweep_s=0.05) as node:
        with sloth(node) as slow:
            await slow.arrive("none")
            await until(lambda: not node.gateway.rooms())


async def say(log: MemoryLog, n: int) -> None:
    text = f"{n} ".ljust(900, ".")
    await log.append(room_log(ROOM), Draft(Chat(author=BEN, text=text), f"c-{n}", BEN.id))


async def talk_until(log: MemoryLog, is_enough: object) -> int:
    """Talk until the condition holds; how much was said."""
    said = 0
    async with asyncio.timeout(20):
        while not is_enough():  # type: ignore[operator]
            if said < 5_000:
                await say(log, said)
                said += 1
            if said % 100 == 0 or said >= 5_000:
                await asyncio.sleep(0)
    return said
