"""One socket of a swarm: counts what it gets, reading equal frames once, and hands a sampled member everything.

Decides nothing about coming back and opens no connection. Driven by `wire`; owned by `swarm`.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Protocol

import msgspec

from loadtest.member import Member
from loadtest.spread import Spread
from loadtest.wire import Wire

_MEMO_MAX = 512
_TICKS_MISSED = 3


@dataclass(slots=True)
class Tally:
    """What a swarm counted."""

    joined: int = 0
    welcomed: int = 0
    failed: int = 0
    returns: int = 0
    messages: int = 0
    entries: int = 0
    media_frames: int = 0
    bytes_total: int = 0
    out_of_step: int = 0
    sent: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    closes: Counter[str] = field(default_factory=Counter)
    welcome: Spread = field(default_factory=Spread)
    latency: Spread = field(default_factory=Spread)


class Glance:
    """Reads equal messages once: type and offset of a frame that thousands receive."""

    def __init__(self) -> None:
        self._memo: dict[bytes, tuple[str, int | None]] = {}
        self._decode = msgspec.json.Decoder().decode

    def at(self, payload: bytes) -> tuple[str, int | None]:
        """`(type, offset)` of the message in `payload`; the offset is None for what has none of the room's log."""
        known = self._memo.get(payload)
        if known is None:
            message = self._decode(payload)
            offset = message.get("offset") if message.get("log") != "staff" and "key" not in message else None
            known = (str(message.get("type")), offset)
            if len(self._memo) >= _MEMO_MAX:
                self._memo.clear()
            self._memo[payload] = known
        return known


class Crowd(Protocol):
    """What a seat needs of the swarm it belongs to."""

    tally: Tally
    glance: Glance

    def now(self) -> float: ...

    def hear(self, seat: "Seat", member: Member, payload: bytes) -> None: ...

    def lost(self, seat: "Seat", code: int | None, reason: str) -> None: ...


class Seat:
    """One socket of the swarm: counts, and for the sample hands every message to a Member. `turn` goes round the
    gateways, one further with every attempt."""

    __slots__ = (
        "_began",
        "_epoch",
        "_glance",
        "_heard_at",
        "_hello",
        "_last",
        "_swarm",
        "_tick_s",
        "_token",
        "in_room",
        "member",
        "number",
        "turn",
        "wire",
    )

    def __init__(self, swarm: Crowd, number: int, member: Member | None, hello: dict[str, Any]) -> None:
        self.number = self.turn = number
        self.member = member
        self.wire: Wire | None = None
        self.in_room = False
        self._swarm = swarm
        self._glance = swarm.glance
        self._hello = hello
        self._last = 0
        self._epoch: str | None = None
        self._token: str | None = None
        self._tick_s = 1.0
        self._began = self._heard_at = swarm.now()

    def opened(self, wire: Wire) -> None:
        self.wire = wire
        hello = self._hello
        if self.member is not None:
            hello = self.member.hello(self._swarm.now())
        elif self._epoch is not None:
            hello = {**hello, "token": self._token, "position": {"epoch": self._epoch, "offset": self._last}}
        wire.send_text(msgspec.json.encode(hello))

    def text(self, payload: bytes) -> None:
        tally = self._swarm.tally
        tally.messages += 1
        kind, offset = self._glance.at(payload)
        if kind == "welcome":
            self._welcomed(payload)
        elif offset is not None:
            tally.entries += 1
            if self._last and offset != self._last + 1:
                tally.out_of_step += 1
            self._last = offset
        self._heard_at = self._swarm.now()
        if self.member is not None:
            self._swarm.hear(self, self.member, payload)

    def binary(self, payload: bytes) -> None:
        self._swarm.tally.media_frames += 1
        self._heard_at = self._swarm.now()
        if self.member is not None:
            self.member.media(payload, self._heard_at)

    def closed(self, code: int | None, reason: str) -> None:
        if self.wire is not None:
            self._swarm.tally.bytes_total += self.wire.received_bytes
        self.wire, self.in_room = None, False
        self._swarm.lost(self, code, reason)

    def is_dead(self, now: float) -> bool:
        """Three ticks without anything: take the socket for dead."""
        return self.wire is not None and now - self._heard_at > _TICKS_MISSED * self._tick_s

    def begin(self) -> None:
        """A connection is being made."""
        self._began = self._heard_at = self._swarm.now()

    def _welcomed(self, payload: bytes) -> None:
        welcome = msgspec.json.decode(payload)
        self._swarm.tally.joined += self._epoch is None
        self.in_room = True
        self._last = welcome["position"]["offset"]
        self._epoch = welcome["position"]["epoch"]
        self._token = welcome["you"].get("token")
        self._tick_s = max(0.2, welcome.get("tick_ms", 1000) / 1000)
        self._swarm.tally.welcomed += 1
        self._swarm.tally.welcome.add((self._swarm.now() - self._began) * 1000)
