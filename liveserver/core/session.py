"""What one connection may do next: its hello, its commands, their rate, and how it ends.

It opens nothing, looks nobody up and performs no command: whoever drives it carries the hello to admission and the
commands to the room, and tells it what came of the first. One per socket, driven by the gateway's socket.

The law: nothing is performed before somebody is admitted or after the end; an end is said once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from broadcast.core.codes import Close, Reject
from broadcast.core.commands import AnyCommand, Hello, parse_command, parse_hello
from broadcast.core.entries import Role
from broadcast.core.errors import IllegalMove, PeerFault
from broadcast.core.woke import Woke
from liveserver.core.grants import may

HELLO_WITHIN_S = 5.0
JOIN_WITHIN_S = 15.0
COMMANDS_PER_S = 10.0
BURST = 20.0
REFUSED_MAX = 100.0
GARBAGE_MAX = 5
EARLY_MAX = 16
_KEY_MAX = 64


# ---- events ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Received:
    """A message came."""

    message: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Garbled:
    """A frame came that is no message; `reason` says why, in words."""

    reason: str


@dataclass(frozen=True, slots=True)
class Nudged:
    """A control frame came that asks for no more than an echo (RFC 6455, 5.5.2 and 5.5.3)."""


@dataclass(frozen=True, slots=True)
class Admitted:
    """Admission let them in, as `role`."""

    role: Role


@dataclass(frozen=True, slots=True)
class Removed:
    """The server wants the connection to end: admission refused, a moderator removed them, a drain, a broken rule."""

    code: Close
    reason: str


@dataclass(frozen=True, slots=True)
class Gone:
    """The connection is gone."""


SessionEvent = Received | Garbled | Nudged | Admitted | Removed | Gone | Woke


# ---- effects --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Join:
    """Take this hello to admission."""

    hello: Hello


@dataclass(frozen=True, slots=True)
class Reply:
    """Send this to the client."""

    message: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Echo:
    """Answer the control frame."""


@dataclass(frozen=True, slots=True)
class Perform:
    """Carry out the command, and answer it."""

    command: AnyCommand


@dataclass(frozen=True, slots=True)
class End:
    """Close the connection with this code and reason."""

    code: Close
    reason: str


SessionEffect = Join | Reply | Echo | Perform | End


class Phase(Enum):
    """`GREETING` awaits the hello, `JOINING` admission's word, `IN` commands; `OVER` nothing."""

    GREETING = auto()
    JOINING = auto()
    IN = auto()
    OVER = auto()


_NEXT = {
    Phase.GREETING: (Phase.JOINING, Phase.OVER),
    Phase.JOINING: (Phase.IN, Phase.OVER),
    Phase.IN: (Phase.OVER,),
    Phase.OVER: (),
}


class Session:
    """One connection's, opened at `now`."""

    __slots__ = (
        "_deadline",
        "_early",
        "_garbage",
        "_hello_within_s",
        "_left",
        "_left_at",
        "_phase",
        "_refused",
        "_role",
    )

    def __init__(self, now: float, hello_within_s: float = HELLO_WITHIN_S) -> None:
        self._phase = Phase.GREETING
        self._role = Role.ATTENDEE
        self._hello_within_s = hello_within_s
        self._deadline: float | None = now + hello_within_s
        self._early: list[AnyCommand] = []
        self._garbage = 0
        self._left = BURST
        self._left_at = now
        self._refused = 0.0

    @property
    def phase(self) -> Phase:
        """Where the machine stands."""
        return self._phase

    def deadline(self) -> float | None:
        """When the hello, or admission's word, is overdue."""
        return self._deadline

    def step(self, event: SessionEvent, now: float) -> list[SessionEffect]:
        """What follows from `event`. IllegalMove: admitted without having asked."""
        if self._phase is Phase.OVER:
            return []
        match event:
            case Received(message):
                return self._receive(message, now)
            case Garbled(reason):
                return self._complain(PeerFault(Reject.MALFORMED, reason), None)
            case Nudged():
                return [Echo()] if self._affords(now) else self._refuse([])
            case Admitted(role):
                return self._admit(role)
            case Removed(code, reason):
                return self._end(code, reason)
            case Gone():
                self._move(Phase.OVER, None)
                return []
            case _:
                return self._wake(now)

    # ---- what the client says ----------------------------------------------------------------------------------

    def _receive(self, message: Mapping[str, Any], now: float) -> list[SessionEffect]:
        if self._phase is Phase.GREETING:
            return self._greet(message, now)
        key = _key_of(message)
        if not self._affords(now):
            wait_s = round((1.0 - self._left) / COMMANDS_PER_S, 1)
            reject = _reject(key, Reject.RATE_LIMITED, "Too fast; slow down", retry_after_s=max(0.1, wait_s))
            return self._refuse([reject])
        if message.get("type") == "ping":
            return self._pong(message)
        try:
            command = parse_command(dict(message))
        except PeerFault as fault:
            return self._complain(fault, key)
        if self._phase is Phase.JOINING:
            if len(self._early) >= EARLY_MAX:
                return self._end(Close.PROTOCOL, "Wait for the welcome before giving commands")
            self._early.append(command)
            return []
        return self._decide(command)

    def _greet(self, message: Mapping[str, Any], now: float) -> list[SessionEffect]:
        if message.get("type") != "hello":
            return self._end(Close.PROTOCOL, "The first message is a hello")
        try:
            hello = parse_hello(dict(message))
        except PeerFault as fault:
            return self._end(Close.PROTOCOL, f"hello: {fault.reason}")
        self._move(Phase.JOINING, now + JOIN_WITHIN_S)
        return [Join(hello)]

    def _pong(self, message: Mapping[str, Any]) -> list[SessionEffect]:
        n = message.get("n")
        if n is None:
            return [Reply({"type": "pong"})]
        if not isinstance(n, int) or isinstance(n, bool) or abs(n) > 2**53:
            return [_reject(None, Reject.BAD_FIELD, "n: a whole number", field="n")]
        return [Reply({"type": "pong", "n": n})]

    def _decide(self, command: AnyCommand) -> list[SessionEffect]:
        if not may(self._role, command):
            return [_reject(command.key, Reject.FORBIDDEN, "This is not yours to do")]
        return [Perform(command)]

    def _complain(self, fault: PeerFault, key: str | None) -> list[SessionEffect]:
        if self._phase is Phase.GREETING:
            return self._end(Close.PROTOCOL, fault.reason)
        if fault.code is Reject.MALFORMED:
            self._garbage += 1
            if self._garbage > GARBAGE_MAX:
                return self._end(Close.PROTOCOL, "Too many frames that are no messages")
        return [_reject(key, fault.code, fault.reason, field=fault.field)]

    def _affords(self, now: float) -> bool:
        earned = max(0.0, now - self._left_at) * COMMANDS_PER_S
        self._left = min(BURST, self._left + earned)
        self._refused = max(0.0, self._refused - earned)
        self._left_at = now
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True

    def _refuse(self, said: list[SessionEffect]) -> list[SessionEffect]:
        """Too fast: it is said so, up to a number that falls at the rate that commands are earned at."""
        self._refused += 1.0
        if self._refused > REFUSED_MAX:
            return self._end(Close.PROTOCOL, "Too many messages")
        return said

    # ---- what the server says ----------------------------------------------------------------------------------

    def _admit(self, role: Role) -> list[SessionEffect]:
        self._move(Phase.IN, None)
        self._role = role
        early, self._early = self._early, []
        return [effect for command in early for effect in self._decide(command)]

    def _wake(self, now: float) -> list[SessionEffect]:
        if self._deadline is None or now < self._deadline:
            return []
        if self._phase is Phase.GREETING:
            return self._end(Close.HELLO_TIMEOUT, f"No hello within {self._hello_within_s:g} s")
        return self._end(Close.NODE_FAILING, "The room could not be reached in time; try again")

    def _end(self, code: Close, reason: str) -> list[SessionEffect]:
        self._move(Phase.OVER, None)
        return [End(code, reason)]

    def _move(self, to: Phase, deadline: float | None) -> None:
        if to not in _NEXT[self._phase]:
            raise IllegalMove(f"{self._phase.name} to {to.name}")
        self._phase, self._deadline = to, deadline


def _key_of(message: Mapping[str, Any]) -> str | None:
    key = message.get("key")
    return key if isinstance(key, str) and 0 < len(key) <= _KEY_MAX and key.isascii() and key.isprintable() else None


def _reject(
    key: str | None, code: Reject | Close, reason: str, *, field: str | None = None, retry_after_s: float | None = None
) -> Reply:
    message: dict[str, Any] = {"type": "reject", "key": key, "code": str(code), "reason": reason}
    if field is not None:
        message["field"] = field
    if retry_after_s is not None:
        message["retry_after_s"] = retry_after_s
    return Reply(message)
