"""The bench's clients, in a process of their own so that their CPU is not the server's.

Connects, counts and says lines when told by one JSON line on stdin; answers each with one JSON line. Run by
`measure`: `python -m loadtest.bench.crowd URL [--hello]`.
"""

import argparse
import asyncio
import json
import sys
import time
from typing import Any

import uvloop

from loadtest.limit import allow_sockets
from loadtest.seat import Glance
from loadtest.wire import Wire, request

_JOIN_S = 120.0


class Listener:
    """One member: only counted."""

    __slots__ = ("_crowd", "wire")

    def __init__(self, crowd: "Crowd") -> None:
        self._crowd = crowd
        self.wire: Wire | None = None

    def opened(self, wire: Wire) -> None:
        self.wire = wire
        if self._crowd.hello:
            wire.send_text(self._crowd.hello)
        else:
            self._crowd.joined()

    def text(self, payload: bytes) -> None:
        self._crowd.text(payload)

    def binary(self, payload: bytes) -> None:
        self._crowd.other += 1

    def closed(self, code: int | None, reason: str) -> None:
        self.wire = None
        self._crowd.closed(code, reason)


class Crowd:
    """All listeners, their counts, and the few that speak."""

    def __init__(self, url: str, *, hello: bool) -> None:
        self.host, self.port, self.head = request(url, subprotocol="live.v1.json")
        self.hello = b'{"type":"hello","token":null,"name":"Bench","position":null,"media":"none"}' if hello else b""
        self.members: list[Listener] = []
        self.present = self.entries = self.other = self.entry_bytes = self.acked = self.said = 0
        self.faults: dict[str, int] = {}
        self._glance = Glance()
        self._arrived = asyncio.Event()
        self._expected = 0
        self._talk: asyncio.Task[None] | None = None

    def joined(self) -> None:
        """One more is in."""
        self.present += 1
        if self.present >= self._expected:
            self._arrived.set()

    def text(self, payload: bytes) -> None:
        """A text message: an entry is a delivery, anything else is not."""
        if not self.hello:
            self.entries += 1
            self.entry_bytes += len(payload)
            return
        kind, offset = self._glance.at(payload)
        if offset is not None:
            self.entries += 1
            self.entry_bytes += len(payload)
        elif kind == "welcome":
            self.joined()
        elif kind == "ack":
            self.acked += 1
        elif kind == "reject":
            self._fault("rejected: " + str(json.loads(payload).get("code")))
        else:
            self.other += 1

    def closed(self, code: int | None, reason: str) -> None:
        """One fewer."""
        self._fault(f"closed: {code or ''} {reason}".strip())

    async def join(self, count: int, at_once: int) -> dict[str, Any]:
        """`count` more members, `at_once` of them connecting at any time; how long it took until all were welcomed."""
        allow_sockets(len(self.members) + count)
        self._arrived.clear()
        self._expected = self.present + count
        gate = asyncio.Semaphore(at_once)
        began = time.perf_counter()
        await asyncio.gather(*(self._connect(gate) for _ in range(count)))
        try:
            await asyncio.wait_for(self._arrived.wait(), _JOIN_S)
        except TimeoutError:
            self._fault("not welcomed in time")
        return {**self.count(), "seconds": time.perf_counter() - began}

    async def _connect(self, gate: asyncio.Semaphore) -> None:
        listener = Listener(self)
        self.members.append(listener)
        async with gate:
            try:
                loop = asyncio.get_running_loop()
                await loop.create_connection(lambda: Wire(self.head, listener), self.host, self.port)
            except OSError as fault:
                self._expected -= 1
                self._fault(f"no connection: {fault.strerror}")

    def talk(self, senders: int, rate: float) -> dict[str, Any]:
        """The first `senders` members say `rate` lines a second between them, until `hush`."""
        self._talk = asyncio.get_running_loop().create_task(self._speak(senders, rate))
        return {}

    def hush(self) -> dict[str, Any]:
        """Nobody speaks any more."""
        if self._talk is not None:
            self._talk.cancel()
            self._talk = None
        return self.count()

    async def _speak(self, senders: int, rate: float) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            wire = self.members[self.said % senders].wire
            self.said += 1
            if wire is not None:
                text = f"Line {self.said} of many, of a usual length"
                wire.send_text(json.dumps({"type": "chat.send", "key": f"b{self.said}", "text": text}).encode())
            due += 1 / rate
            await asyncio.sleep(max(0.0, due - loop.time()))

    def count(self) -> dict[str, Any]:
        """Everything counted so far."""
        return {
            "present": self.present,
            "entries": self.entries,
            "entry_bytes": self.entry_bytes,
            "other": self.other,
            "said": self.said,
            "acked": self.acked,
            "faults": self.faults,
            "cpu_s": time.process_time(),
        }

    def _fault(self, what: str) -> None:
        self.faults[what] = self.faults.get(what, 0) + 1


async def _obey(crowd: Crowd) -> None:
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        order = json.loads(line)
        match order.pop("do"):
            case "join":
                answer = await crowd.join(**order)
            case "talk":
                answer = crowd.talk(**order)
            case "hush":
                answer = crowd.hush()
            case _:
                answer = crowd.count()
        print(json.dumps(answer), flush=True)


async def _main(url: str, *, hello: bool) -> None:
    await _obey(Crowd(url, hello=hello))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("--hello", action="store_true")
    asked = parser.parse_args()
    uvloop.run(_main(asked.url, hello=asked.hello))
