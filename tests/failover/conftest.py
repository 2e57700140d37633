"""A small world around the guard: a media node and a gateway that speak the seams' protocol over real sockets, and a
log in memory. Tests break things in it, and look at what the guard writes.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from broadcast.core.entries import Cut, Draft, Entry, EntryBody, EventChanged, EventState, Override, Person, Role
from broadcast.core.position import LogId, MemberId
from broadcast.log.memory import MemoryLog
from broadcast.token import verify
from failover.guard import Guard
from failover.lanes.port import Lane
from failover.settings import GuardSettings
from tests.waiting import until

SECRET = "a-secret-of-the-tests-0123456789abcdef"
HOST = Person(id=MemberId("host-1"), name="Hana", role=Role.HOST)

PLAN = """\
version = 1
[show]
goes_live = "first_publisher"
[owners]
lead = "Ada Example"
[recovery]
clean_spell_s = 0.8
[[rung]]
kind = "main"
[[rung]]
kind = "standby"
words = "You're on the second camera."
[[rung]]
kind = "audio"
[[rung]]
kind = "slate"
leads_on_after_s = 1
[[rung]]
kind = "backup_room"
room = "demo.backup"
words = "We're moving to the backup room."
"""


@dataclass
class Source:
    room: str
    source: str
    session: str
    since_ms: float
    silent_since: float | None = None
    has_video: bool = True


@dataclass
class MediaNode:
    """Speaks `/feeds` as ARCHITECTURE.md has it."""

    tick_s: float = 0.5
    sample_s: float = 0.1
    sources: dict[tuple[str, str], Source] = field(default_factory=dict)
    sockets: dict[WebSocket, asyncio.Queue[bytes]] = field(default_factory=dict)
    mute: bool = False
    _count: int = 0

    def publish(self, room: str, source: str, *, has_video: bool = True) -> None:
        self._count += 1
        made = Source(room, source, f"s{self._count}", time.time() * 1000 + self._count, has_video=has_video)
        self.sources[room, source] = made
        self._say(self._announcement(made, "up"))

    def leave(self, room: str, source: str) -> None:
        made = self.sources.pop((room, source))
        self._say(self._announcement(made, "down"))

    def freeze(self, room: str, source: str) -> None:
        self.sources[room, source].silent_since = time.monotonic()

    def thaw(self, room: str, source: str) -> None:
        self.sources[room, source].silent_since = None

    async def serve(self, socket: WebSocket) -> None:
        verify(socket.headers["authorization"].removeprefix("Bearer "), SECRET)
        await socket.accept()
        queue: asyncio.Queue[bytes] = asyncio.Queue()
        queue.put_nowait(_packed({"type": "node", "node": "m1", "tick_ms": self.tick_s * 1000}))
        for made in self.sources.values():
            queue.put_nowait(_packed(self._announcement(made, "up")))
        self.sockets[socket] = queue
        sampling = asyncio.create_task(self._sample(queue))
        hearing = asyncio.create_task(self._hear(socket))
        try:
            while not hearing.done():
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(0.2):
                        data = await queue.get()
                        if not self.mute:
                            await socket.send_bytes(data)
        except (WebSocketDisconnect, RuntimeError):
            pass
        finally:
            self.sockets.pop(socket, None)
            sampling.cancel()
            hearing.cancel()

    async def _hear(self, socket: WebSocket) -> None:
        with contextlib.suppress(WebSocketDisconnect):
            while True:
                await socket.receive_bytes()

    async def _sample(self, queue: asyncio.Queue[bytes]) -> None:
        while True:
            queue.put_nowait(_packed({"type": "tick"}))
            for made in self.sources.values():
                silent_ms = 5.0 if made.silent_since is None else (time.monotonic() - made.silent_since) * 1000
                video = {"silent_ms": silent_ms, "frames_per_s": 30.0, "width": 640, "frozen": None}
                audio = {"silent_ms": silent_ms, "packets_per_s": 50.0, "silence": False}
                queue.put_nowait(
                    _packed(
                        {
                            "type": "sample",
                            "room": made.room,
                            "source": made.source,
                            "session": made.session,
                            "video": video if made.has_video else None,
                            "audio": audio,
                        }
                    )
                )
            await asyncio.sleep(self.sample_s)

    def _announcement(self, made: Source, state: str) -> dict[str, Any]:
        return {
            "type": "source",
            "room": made.room,
            "source": made.source,
            "session": made.session,
            "state": state,
            "since_ms": made.since_ms,
            "reason": "left",
        }

    def _say(self, message: dict[str, Any]) -> None:
        for queue in self.sockets.values():
            queue.put_nowait(_packed(message))


def _packed(message: dict[str, Any]) -> bytes:
    return msgspec.msgpack.encode(message)


@dataclass
class Gateway:
    """Answers `/api/v1/node/…`."""

    events: list[dict[str, Any]] = field(default_factory=list)
    contacts: list[dict[str, Any]] = field(default_factory=list)
    rooms: dict[str, str] = field(default_factory=lambda: {"demo": "live", "demo.backup": "scheduled"})
    away: bool = False

    async def list_events(self, request: Request) -> Response:
        verify(request.headers["authorization"].removeprefix("Bearer "), SECRET)
        return JSONResponse({"events": self.events}, status_code=503 if self.away else 200)

    async def list_contacts(self, request: Request) -> Response:
        verify(request.headers["authorization"].removeprefix("Bearer "), SECRET)
        return JSONResponse({"contacts": self.contacts}, status_code=503 if self.away else 200)

    async def show_room(self, request: Request) -> Response:
        state = self.rooms.get(request.path_params["room"])
        if self.away or state is None:
            return JSONResponse({"code": "not_found"}, status_code=503 if self.away else 404)
        return JSONResponse({"id": "demo", "room": request.path_params["room"], "state": state, "notify": True})


class World:
    """Everything around the guards of one test."""

    def __init__(self, folder: Path) -> None:
        self.log = MemoryLog()
        self.media = MediaNode()
        self.gateway = Gateway(
            events=[
                {
                    "id": "demo",
                    "title": "A demo",
                    "host": "Hana",
                    "room": "demo",
                    "backup_room": "demo.backup",
                    "plan": PLAN,
                    "base_url": "http://live.example",
                }
            ]
        )
        self.url = ""
        self._folder = folder
        self._guards: list[Guard] = []

    def settings(self, node: str) -> GuardSettings:
        return GuardSettings(
            secret=SECRET,
            node_id=node,
            media_nodes=(self.url,),
            gateways=(self.url,),
            database_url=f"sqlite+aiosqlite:///{self._folder / 'guard.db'}",
            lease_ttl_s=1.2,
        )

    async def guard(self, node: str = "g1", *, lane: Lane | None = None, log: Any = None, **more: Any) -> Guard:
        made = Guard(replace(self.settings(node), **more), log or self.log, lane=lane)
        self._guards.append(made)
        await made.start()
        return made

    async def say(self, body: EntryBody, *, log: str = "demo", **sets: Any) -> None:
        key = f"test:{time.monotonic_ns()}"
        await self.log.append(LogId(log), Draft(body=body, key=key, author=HOST.id, sets=sets))

    async def turn(self, state: EventState, log: str = "demo") -> None:
        body = EventChanged(state=state, by=HOST)
        await self.say(body, log=log, event=body)

    async def override(self, override: Override, log: str = "demo!staff") -> None:
        await self.say(override, log=log, override=None if override.action == "release" else override)

    async def entries(self, log: str = "demo") -> list[Entry]:
        return list((await self.log.read(LogId(log), None, 1_000)).entries)

    async def bodies(self, kind: type, log: str = "demo") -> list[Any]:
        return [entry.body for entry in await self.entries(log) if isinstance(entry.body, kind)]

    async def cuts(self, log: str = "demo") -> list[tuple[str, str | None]]:
        return [(cut.rung.value, cut.source) for cut in await self.bodies(Cut, log)]

    async def on(self, rung: str, *, log: str = "demo", within_s: float = 5.0) -> None:
        async def there() -> bool:
            cuts = await self.cuts(log)
            return bool(cuts) and cuts[-1][0] == rung

        await until(there, within_s, f"on {rung}")

    async def healthy(self, source: str, room: str = "demo") -> None:
        """Some leader thinks well of `source`."""
        await until(lambda: self._verdict(room, source) == "healthy", 5, f"{source} is healthy")

    async def unhealthy(self, source: str, room: str = "demo") -> None:
        """Some leader has condemned `source`."""
        await until(lambda: self._verdict(room, source) == "failed", 5, f"{source} has failed")

    def _verdict(self, room: str, source: str) -> str | None:
        for guard in self._guards:
            for guarded in guard.charges.held.values():
                if guarded.controller.leads:
                    judged = {(each.room, each.source): each.judged for each in guarded.controller.watch.judged()}
                    return judged[room, source].video.value
        return None

    async def ask(self, path: str, guard: Guard) -> Any:
        """An HTTP answer of a guard's own routes."""
        app = Starlette(routes=guard.routes())
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://guard") as client:
            token = guard._token()
            answer = await client.get(path, headers={"Authorization": f"Bearer {token}"})
            return answer.json()

    async def close(self) -> None:
        for guard in self._guards:
            await guard.close()
        await self.log.close()


@contextlib.asynccontextmanager
async def serving(app: Starlette, port: int = 0) -> AsyncIterator[str]:
    """`app` on a real socket; its base url."""
    config = uvicorn.Config(
        app, host="127.0.0.1", port=port, log_config=None, ws="websockets-sansio", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    task = asyncio.create_task(server.serve())
    await until(lambda: server.started, 5, "the server started")
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await task


@pytest.fixture
async def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    monkeypatch.setattr("failover.directory.EVERY_S", 0.2)
    monkeypatch.setattr("failover.guard.TEND_EVERY_S", 0.2)
    made = World(tmp_path)
    app = Starlette(
        routes=[
            WebSocketRoute("/feeds", made.media.serve),
            Route("/api/v1/events/{room}", made.gateway.show_room),
            Route("/api/v1/node/events", made.gateway.list_events),
            Route("/api/v1/node/events/{event}/contacts", made.gateway.list_contacts),
        ]
    )
    async with serving(app) as url:
        made.url = url
        try:
            yield made
        finally:
            await made.close()


Poll = Callable[[], object]
