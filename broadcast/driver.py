"""Feeds a machine its events, arms its deadline, carries out its effects in order, keeps the flight record.

The driver decides nothing. A machine is fed from one loop only; events that arrive while effects are being carried
out wait their turn, so a machine never sees itself half-way.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, Protocol, TypeVar

from broadcast.core.woke import Woke

Event = TypeVar("Event")
Effect = TypeVar("Effect")
_E = TypeVar("_E", contravariant=True)
_F = TypeVar("_F", covariant=True)

RECORD_MAX = 512


class Machine(Protocol[_E, _F]):
    """What decides. `now` is monotonic seconds; effects are returned, never carried out."""

    def step(self, event: _E, now: float) -> Sequence[_F]: ...

    def deadline(self) -> float | None: ...


class Driver(Generic[Event, Effect]):
    """One machine's shell. `act` carries out one effect and must not block; what takes time is a task of its own."""

    def __init__(
        self,
        machine: Machine[Event | Woke, Effect],
        act: Callable[[Effect], None],
        *,
        clock: Callable[[], float] | None = None,
    ) -> None:
        self._machine = machine
        self._act = act
        self._loop = asyncio.get_running_loop()
        self._clock = clock or self._loop.time
        self._waiting: deque[Event | Woke] = deque()
        self._busy = False
        self._closed = False
        self._timer: asyncio.TimerHandle | None = None
        self.record: deque[tuple[float, Event | Woke, tuple[Effect, ...]]] = deque(maxlen=RECORD_MAX)
        self._arm()

    def feed(self, event: Event | Woke) -> None:
        """Give the machine one event, now or, when it is being driven already, right after."""
        if self._closed:
            return
        self._waiting.append(event)
        if self._busy:
            return
        self._busy = True
        try:
            while self._waiting and not self._closed:
                self._step(self._waiting.popleft())
        finally:
            self._busy = False
            self._arm()

    def close(self) -> None:
        """No event is taken and no deadline fires from here on."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _step(self, event: Event | Woke) -> None:
        now = self._clock()
        effects = tuple(self._machine.step(event, now))
        self.record.append((now, event, effects))
        for effect in effects:
            self._act(effect)

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        when = None if self._closed else self._machine.deadline()
        if when is not None:
            delay = max(0.0, when - self._clock())
            self._timer = self._loop.call_later(delay, self.feed, Woke())
