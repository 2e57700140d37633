"""A small server that speaks the public protocol and, when told, sins: the checker's own test.

It knows one room, no accounts and no plan. Sins: `drop` (one entry in ten thousand is never shown, to one member),
`double`, `swap`, `forget` (acks a message, then loses it), `liar` (resumes with a hole and says it is whole), `frank`
(does not know what came in between, and says so), `garble` (says something that the protocol doesn't know), `apart`
(everybody of the first guest's load process is shown another message, and soon nothing any more). Run by tests, in
process or alone.
"""

import argparse
import asyncio
import http
import json
import os
import struct
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgpack
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed

EPOCH = "e1"
HEADER = struct.Struct("!BBHIq")


@dataclass(slots=True, eq=False)
class Guest:
    """One connection: its socket, its encoding, its name and what it has been shown."""

    socket: ServerConnection
    packed: bool
    name: str
    delayed: dict[str, Any] | None = None


@dataclass(slots=True)
class Planted:
    """The server. `at` is the offset at which the sin happens, `victim` the member (None: the first who joined)."""

    sin: str = ""
    at: int = 0
    tick_ms: int = 1000
    video: bool = False
    entries: list[dict[str, Any]] = field(default_factory=list)
    guests: list[Guest] = field(default_factory=list)
    keys: dict[tuple[str, str], int] = field(default_factory=dict)
    forgotten: int = 0
    server: Server | None = None

    async def open(self, host: str, port: int) -> int:
        """Listen; the port."""
        self.server = await serve(
            self.converse,
            host,
            port,
            process_request=self.http,
            subprotocols=["live.v1.json", "live.v1.msgpack"],
            compression=None,
            ping_interval=None,
        )
        return next(iter(self.server.sockets)).getsockname()[1]

    async def close(self) -> None:
        """Everyone out."""
        assert self.server is not None
        self.server.close()
        await self.server.wait_closed()

    def http(self, connection: ServerConnection, request: Any) -> Any:
        """The little HTTP that a load client asks for."""
        path = urlsplit(request.path).path
        if path.startswith("/live/"):
            return None
        if path in ("/healthz", "/readyz"):
            return connection.respond(http.HTTPStatus.OK, "fine\n")
        return connection.respond(http.HTTPStatus.NOT_FOUND, "nothing here\n")

    async def converse(self, socket: ServerConnection) -> None:
        """One connection from hello to close."""
        guest = None
        try:
            hello = self.decode(await socket.recv())
            guest = Guest(socket, socket.subprotocol == "live.v1.msgpack", hello["name"])
            await self.welcome(guest, hello)
            self.guests.append(guest)
            async for raw in socket:
                await self.obey(guest, self.decode(raw))
        except ConnectionClosed:
            pass
        finally:
            if guest in self.guests:
                self.guests.remove(guest)

    async def welcome(self, guest: Guest, hello: dict[str, Any]) -> None:
        """Answer the hello, with what the guest missed."""
        position = hello.get("position")
        history = self.entries[position["offset"] :] if position else self.entries[-5:]
        if self.sin == "liar" and position and history:
            history = history[1:]
        if self.sin == "frank":
            history = self.entries[-1:]
        await self.send(
            guest,
            {
                "type": "welcome",
                "you": {"id": guest.name, "name": guest.name, "role": "attendee", "token": f"t-{guest.name}"},
                "resumed": position is not None and self.sin != "frank",
                "tick_ms": self.tick_ms,
                "position": {"epoch": EPOCH, "offset": len(self.entries)},
                "room": {"rung": "main", "source": "main"},
                "history": history,
                "backups": [],
                "reconnect": {"min_ms": 50, "max_ms": 300},
            },
        )

    async def obey(self, guest: Guest, message: dict[str, Any]) -> None:
        """One command."""
        if message["type"] == "ping":
            await self.send(guest, {"type": "pong", "n": message.get("n")})
        elif message["type"] == "chat.send":
            key = (guest.name, message["key"])
            if key not in self.keys:
                if self.sin == "forget" and len(self.entries) + 1 >= self.at and not self.forgotten:
                    self.forgotten = len(self.entries) + 1
                    await self.send(guest, {"type": "ack", "key": message["key"], "offset": self.forgotten})
                    return
                self.keys[key] = len(self.entries) + 1
                await self.say(guest.name, message["text"])
            await self.send(guest, {"type": "ack", "key": message["key"], "offset": self.keys[key]})
        else:
            await self.send(guest, {"type": "reject", "key": message["key"], "code": "unknown_command", "reason": "no"})

    async def say(self, name: str, text: str) -> None:
        """Append a chat entry, and show it to everyone (with the sin, if it is due)."""
        entry = {
            "type": "chat",
            "offset": len(self.entries) + 1,
            "at": "2026-01-01T00:00:00Z",
            "from": {"id": name, "name": name, "role": "attendee"},
            "text": text,
        }
        self.entries.append(entry)
        for n, guest in enumerate(list(self.guests)):
            for shown in self.sinned(guest, entry) if n == 0 or self.sin == "apart" else [entry]:
                await self.send(guest, shown)

    def sinned(self, guest: Guest, entry: dict[str, Any]) -> list[dict[str, Any]]:
        """What the victim is shown instead of `entry`."""
        due = entry["offset"] == self.at
        if self.sin == "apart":
            if process_of(guest) != process_of(self.guests[0]) or entry["offset"] < self.at:
                return [entry]
            other = {**entry, "text": "quite another matter [[r:nobody:1:1]]"}
            return [other] if due else [entry] if entry["offset"] == self.at + 1 else []
        if due and self.sin == "drop":
            return []
        if due and self.sin == "garble":
            return [{**entry, "offset": "somewhere"}]
        if due and self.sin == "double":
            return [entry, entry]
        if due and self.sin == "swap":
            guest.delayed = entry
            return []
        if guest.delayed is not None:
            late, guest.delayed = guest.delayed, None
            return [entry, late]
        return [entry]

    async def send(self, guest: Guest, message: dict[str, Any]) -> None:
        """One message, in the guest's encoding; a guest who has gone is no matter."""
        try:
            await guest.socket.send(msgpack.packb(message) if guest.packed else json.dumps(message))
        except ConnectionClosed:
            return

    async def chatter(self, count: int) -> None:
        """`count` entries by the room itself, as fast as they go out."""
        for n in range(count):
            await self.say("room", f"number {n}")
            if n % 50 == 0:
                await asyncio.sleep(0)

    async def ticking(self) -> None:
        """A tick and, with `video`, thirty pictures a second, until cancelled."""
        feed = {"type": "feed", "feed": 7, "source": "main", "kind": "video", "config": {"codec": "vp8"}}
        named: set[int] = set()
        n = 0
        while True:
            began = time.monotonic()
            for guest in list(self.guests):
                if self.video:
                    if id(guest) not in named:
                        named.add(id(guest))
                        await self.send(guest, feed)
                    frame = HEADER.pack(1, 1 if n % 30 == 0 else 0, 7, 0, n * 33_333) + b"x" * 500
                    try:
                        await guest.socket.send(frame)
                    except ConnectionClosed:
                        continue
                elif n % 15 == 0:
                    await self.send(guest, {"type": "tick"})
            n += 1
            await asyncio.sleep(max(0.0, 0.033 - (time.monotonic() - began)))

    @staticmethod
    def decode(raw: str | bytes) -> dict[str, Any]:
        """A message in either encoding."""
        message = json.loads(raw) if isinstance(raw, str) else msgpack.unpackb(raw)
        assert isinstance(message, dict)
        return message


def process_of(guest: Guest) -> str:
    """Which process of a load run this guest belongs to, by its name."""
    return guest.name.rpartition("-")[0]


def announce(links: dict[str, str]) -> None:
    """Say where the server is, as a deployment does."""
    if "LINKS" in os.environ:
        Path(os.environ["LINKS"]).write_text(json.dumps(links))
    print(json.dumps(links), flush=True)


async def _alone(arguments: argparse.Namespace) -> None:
    planted = Planted(sin=arguments.sin, at=arguments.at, video=arguments.video)
    port = await planted.open("127.0.0.1", arguments.port or int(os.environ.get("PORT", "0")))
    announce({"base": f"http://127.0.0.1:{port}", "room": "demo"})
    await planted.ticking()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--sin", default="")
    parser.add_argument("--at", type=int, default=0)
    parser.add_argument("--video", action="store_true")
    asyncio.run(_alone(parser.parse_args()))
