"""One member's WebSocket: bytes to messages for its session, and the session's word back into bytes.

It decides nothing: the session machine does, and the hub keeps its time, so that a socket needs no task, queue or timer
of its own. uvicorn makes it through `Doorway`; frames are read by the sans-I/O core of the `websockets` library (RFC
6455).
"""

import asyncio
import contextlib
import socket as sockets
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Protocol, cast

from websockets.exceptions import PayloadTooBig
from websockets.frames import Frame as WireFrame
from websockets.frames import Opcode
from websockets.protocol import SERVER
from websockets.protocol import Protocol as Core

from broadcast.core.codes import Close
from broadcast.core.commands import AnyCommand, Hello
from broadcast.core.errors import PeerFault
from broadcast.core.position import RoomId, is_room_id
from broadcast.core.wire import Wire, decode
from broadcast.core.woke import Woke
from liveserver.core.session import (
    Echo,
    End,
    Garbled,
    Gone,
    Join,
    Nudged,
    Perform,
    Phase,
    Received,
    Removed,
    Reply,
    Session,
    SessionEvent,
)
from liveserver.gateway import frames, handshake, metrics
from liveserver.gateway.handshake import Opening, Refusal

FRAME_MAX_BYTES = 16 * 1024
HIGH_WATER_BYTES = 2 * 1024 * 1024
LOW_WATER_BYTES = 32 * 1024
UNSEEN_BACKLOG_BYTES = 16 * 1024
CLOSE_WITHIN_S = 2.0
PARTS_MAX = 64
UNHEARD_MAX = 64
PATH = "/live/"

_WIRES = frozenset(wire.value for wire in Wire)


class House(Protocol):
    """What a socket tells the hub, and asks of it."""

    @property
    def is_draining(self) -> bool: ...

    def admits_origin(self, origin: str | None) -> bool: ...

    def opened(self, socket: "Socket") -> None: ...

    def join(self, socket: "Socket", hello: Hello) -> None: ...

    def perform(self, socket: "Socket", command: AnyCommand) -> None: ...

    def paused(self, socket: "Socket") -> None: ...

    def flowing(self, socket: "Socket") -> None: ...

    def left(self, socket: "Socket") -> None: ...


class Socket(asyncio.Protocol):
    """A connection to `/live/{room}`. `registry` is uvicorn's set of connections, which it waits for at its end."""

    def __init__(self, house: House, registry: set[Any], hello_within_s: float) -> None:
        self._house = house
        self._registry = registry
        self._loop = asyncio.get_running_loop()
        self._core = Core(SERVER, max_size=FRAME_MAX_BYTES)
        self._was_asked = False
        self._session = Session(self._loop.time(), hello_within_s)
        self._parts: list[bytes] = []
        self._parts_are_text = False
        self._closing_at: float | None = None
        self._unheard = 0
        self._deaf = False
        self.transport: asyncio.Transport = cast("asyncio.Transport", None)
        self.write: Callable[[bytes], None] = _nowhere
        self.room = RoomId("")
        self.wire = Wire.JSON
        self.heard = True

    # ---- asyncio's side ----------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """uvicorn hands the connection over."""
        self._registry.add(self)
        self.transport = cast("asyncio.Transport", transport)
        self.write = self.transport.write
        self.transport.set_write_buffer_limits(high=HIGH_WATER_BYTES, low=LOW_WATER_BYTES)
        raw = self.transport.get_extra_info("socket")
        with contextlib.suppress(OSError, AttributeError):
            raw.setsockopt(sockets.IPPROTO_TCP, sockets.TCP_NOTSENT_LOWAT, UNSEEN_BACKLOG_BYTES)

    def data_received(self, data: bytes) -> None:
        """Bytes from the peer: the request, whole, and then frames."""
        self.heard = True
        if self._deaf:
            return
        if not self._was_asked:
            self._was_asked = True
            self._shake_hands(data)
            return
        self._core.receive_data(data)
        for event in self._core.events_received():
            if isinstance(event, WireFrame):
                self._take(event)
        if self._core.parser_exc is not None and not self._deaf:
            self._deaf = True
            too_large = isinstance(self._core.parser_exc, PayloadTooBig)
            code = Close.TOO_LARGE if too_large else Close.PROTOCOL
            reason = f"A message has at most {FRAME_MAX_BYTES} bytes" if too_large else "These are no WebSocket frames"
            self._core.data_to_send()
            self.feed(Removed(code, reason))

    def eof_received(self) -> bool:
        """The peer said its last."""
        return False

    def pause_writing(self) -> None:
        """The high-water mark is reached."""
        self._house.paused(self)

    def resume_writing(self) -> None:
        """The low-water mark is reached."""
        self._house.flowing(self)

    def connection_lost(self, _exc: Exception | None) -> None:
        """The connection is gone."""
        self._registry.discard(self)
        self.write = _nowhere
        self.feed(Gone())
        self._house.left(self)

    def shutdown(self) -> None:
        """uvicorn ends: whoever was not drained is sent away now."""
        self.feed(Removed(Close.DRAIN, "This server is going down; come back"))
        self.transport.close()

    # ---- the hub's side ----------------------------------------------------------------------------------------

    @property
    def is_open(self) -> bool:
        """Whether something said to this socket can still arrive."""
        return self._session.phase is not Phase.OVER

    @property
    def unsent_bytes(self) -> int:
        """What lies in the transport."""
        return self.transport.get_write_buffer_size()

    def send(self, content: dict[str, Any]) -> None:
        """Send one message to this member alone."""
        if self.is_open:
            self.write(frames.message(content, self.wire))

    def feed(self, event: SessionEvent) -> None:
        """Give the session an event and carry out what it says."""
        for effect in self._session.step(event, self._loop.time()):
            match effect:
                case Join(hello):
                    self._house.join(self, hello)
                case Echo():
                    self._flush()
                case Perform(command):
                    self._house.perform(self, command)
                case Reply(content):
                    self.write(frames.message(content, self.wire))
                    if content["type"] == "reject":
                        metrics.COMMANDS.labels("", content["code"]).inc()
                case End(code, reason):
                    self._close(code, reason)

    def sweep(self, now: float) -> None:
        """Deadlines: the session's own, and the peer's for closing."""
        deadline = self._session.deadline()
        if deadline is not None and now >= deadline:
            self.feed(Woke())
        if self._closing_at is not None and now >= self._closing_at + CLOSE_WITHIN_S:
            self.transport.abort()

    def ping(self) -> None:
        """Ask for a sign of life; without one since the last time the peer is dead."""
        if not self.heard:
            self.transport.abort()
            return
        self.heard = False
        self.write(frames.PING)

    # ---- inside ------------------------------------------------------------------------------------------------

    def _shake_hands(self, request: bytes) -> None:
        opening = handshake.read(request)
        if isinstance(opening, Opening):
            if not self._house.admits_origin(opening.origin):
                opening = Refusal(HTTPStatus.FORBIDDEN, "This page may not open sockets here")
            elif self._house.is_draining:
                opening = Refusal(HTTPStatus.SERVICE_UNAVAILABLE, "This server takes nobody new")
        if isinstance(opening, Refusal):
            self._deaf = True
            self.write(handshake.refused(opening))
            self.feed(Gone())
            self.transport.close()
            return
        chosen = next((name for name in opening.offered if name in _WIRES), None)
        self.wire = Wire.JSON if chosen is None else Wire(chosen)
        self.write(handshake.accepted(opening, chosen))
        self._house.opened(self)
        named = opening.path.partition("?")[0].removeprefix(PATH)
        if not is_room_id(named):
            self.feed(Removed(Close.UNKNOWN_ROOM, "There is no such room"))
        self.room = RoomId(named)

    def _take(self, frame: WireFrame) -> None:
        if frame.opcode is Opcode.CLOSE:
            self._part()
        elif self._closing_at is not None:
            # Whoever goes on talking into a closing is not even parsed any more.
            self._unheard += 1
            self._deaf = self._unheard > UNHEARD_MAX
            self._core.data_to_send()
        elif frame.opcode in (Opcode.PING, Opcode.PONG):
            self.feed(Nudged())
            self._core.data_to_send()
        elif frame.opcode in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            if frame.opcode is not Opcode.CONT:
                self._parts, self._parts_are_text = [], frame.opcode is Opcode.TEXT
            self._parts.append(bytes(frame.data))
            if len(self._parts) > PARTS_MAX:
                self._parts = []
                self.feed(Removed(Close.PROTOCOL, f"A message has at most {PARTS_MAX} fragments"))
            elif frame.fin:
                payload, self._parts = b"".join(self._parts), []
                self._read(payload)

    def _read(self, payload: bytes) -> None:
        if self._parts_are_text is not self.wire.is_text:
            wanted = "text" if self.wire.is_text else "binary"
            self.feed(Garbled(f"Messages come in {wanted} frames here"))
            return
        try:
            content = decode(payload, self.wire)
        except PeerFault as fault:
            code = fault.code
            self.feed(Removed(code, fault.reason) if isinstance(code, Close) else Garbled(fault.reason))
            return
        self.feed(Received(content))

    def _part(self) -> None:
        """The peer closes, or answers our closing."""
        if self._closing_at is None:
            self.feed(Gone())
            self._flush()
            # A peer that reads no more never lets the transport close by itself: the sweep ends it.
            self._closing_at = self._loop.time()
            self._house.left(self)
        self.transport.close()

    def _close(self, code: Close, reason: str) -> None:
        metrics.CLOSES.labels(str(code.value)).inc()
        self.write(frames.close(code, reason))
        self._closing_at = self._loop.time()
        self._house.left(self)

    def _flush(self) -> None:
        data = b"".join(self._core.data_to_send())
        if data:
            self.write(data)


def _nowhere(_data: bytes) -> None:
    """Where bytes for nobody go."""
