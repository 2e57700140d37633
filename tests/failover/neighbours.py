"""A media node and a gateway that speak the seams' protocol over real sockets; tests break things in them."""

import asyncio
import contextlib
import time
from dataclasses import dataclass, field
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.websockets import WebSocket, WebSocketDisconnect

from broadcast.token import verify

SECRET = "a-secret-of-the-tests-0123456789abcdef"


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
    etag: str = ""
    asked: list[str] = field(default_factory=list)
    slow: asyncio.Event | None = None

    async def list_events(self, request: Request) -> Response:
        verify(request.headers["authorization"].removeprefix("Bearer "), SECRET)
        return JSONResponse({"events": self.events}, status_code=503 if self.away else 200)

    async def list_contacts(self, request: Request) -> Response:
        verify(request.headers["authorization"].removeprefix("Bearer "), SECRET)
        known = request.headers.get("if-none-match", "")
        self.asked.append(known)
        if self.slow is not None:
            await self.slow.wait()
        if self.away:
            return Response(status_code=503)
        headers = {"ETag": self.etag} if self.etag else {}
        if self.etag and known == self.etag:
            return Response(status_code=304, headers=headers)
        return JSONResponse({"contacts": self.contacts}, headers=headers)

    async def show_room(self, request: Request) -> Response:
        state = self.rooms.get(request.path_params["room"])
        if self.away or state is None:
            return JSONResponse({"code": "not_found"}, status_code=503 if self.away else 404)
        return JSONResponse({"id": "demo", "room": request.path_params["room"], "state": state, "notify": True})
