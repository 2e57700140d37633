"""What a fault is, and how one is rehearsed: injected, shown to have bitten, held, healed, shown to be gone.

Decides nothing about what to break or when; never leaves a fault in place, however the rehearsal ends. Driven by the
command line, by tests and by drills.
"""

import time
from collections.abc import Callable
from typing import Protocol

from broadcast.core.errors import LiveError

_POLL_S = 0.02
_GONE_S = 5.0

Teller = Callable[[str, str], None]


class CannotRehearse(LiveError):
    """This fault cannot be rehearsed here; the text says in one line why, and what would make it possible."""

    def __init__(self, why: str) -> None:
        super().__init__(f"cannot be rehearsed here: {why}")
        self.why = why


class DidNotBite(LiveError):
    """The fault was injected, and nothing was broken by it."""


class NotHealed(LiveError):
    """It was broken, and could not be mended: somebody must look after it."""

    def __init__(self, why: str) -> None:
        super().__init__(f"still broken: {why}")


class Fault(Protocol):
    """Something that breaks. `inject` and then `heal` may be called once each; all three raise CannotRehearse."""

    def inject(self) -> None:
        """Break it."""
        ...

    def bit(self) -> bool:
        """Whether it is really broken now: looked at from outside, not remembered."""
        ...

    def heal(self) -> int | None:
        """Undo it, also what an `inject` that raised had broken by then; the number of the process it started, if any.

        What cannot be undone (a killed process, unless a command brings it back) is left to supervision.
        """
        ...


def rehearse(
    fault: Fault,
    for_s: float | None,
    tell: Teller,
    *,
    bite_within_s: float = 5.0,
    wait: Callable[[float], object] = time.sleep,
) -> None:
    """Inject, wait until it bit, hold for `for_s`, heal. `tell(what, detail)` hears each step; the detail of "healed"
    is `pid:<number>` where a process was started. Only `wait` may interrupt. `for_s` None: for good, also for what
    cannot be undone.

    DidNotBite where it didn't within `bite_within_s` or `for_s`, whichever is longer. What raises has healed first;
    NotHealed where that failed, or where healing changed nothing.
    """
    injected = False
    try:
        fault.inject()
        injected = True
        tell("injected", "")
        began = time.monotonic()
        _await_bite(fault, max(bite_within_s, for_s or 0.0), wait)
        tell("bit", "")
        if for_s is not None:
            wait(max(0.0, began + for_s - time.monotonic()))
    except BaseException as why:
        _heal_early(fault, tell, why, injected=injected, must_go=for_s is not None)
        raise
    if for_s is not None:
        try:
            tell("healed", _healed(fault, must_go=True))
        except CannotRehearse as failure:
            raise NotHealed(failure.why) from None


def _heal_early(fault: Fault, tell: Teller, why: BaseException, *, injected: bool, must_go: bool) -> None:
    """Heal what stopped half-way. Of a fault that was refused only what remains of it is told."""
    try:
        started = _healed(fault, must_go=injected and must_go)
    except CannotRehearse as failure:
        if injected or str(failure) != str(why):
            before = f"; before that: {why}" if isinstance(why, LiveError) else ""
            raise NotHealed(failure.why + before) from why
        return
    if injected:
        tell("healed", started)


def _healed(fault: Fault, *, must_go: bool) -> str:
    """Heal it. With `must_go` CannotRehearse where it is still seen to be broken afterwards."""
    started = fault.heal()
    if must_go and not until(lambda: not fault.bit(), _GONE_S):
        raise CannotRehearse(f"healing it changed nothing within {_GONE_S:g} s")
    return "" if started is None else f"pid:{started}"


def _await_bite(fault: Fault, within_s: float, wait: Callable[[float], object]) -> None:
    end = time.monotonic() + within_s
    while not fault.bit():
        if time.monotonic() > end:
            raise DidNotBite(f"injected, but nothing was broken by it within {within_s:g} s")
        wait(_POLL_S)


def until(condition: Callable[[], bool], within_s: float = _GONE_S) -> bool:
    """Whether `condition` came true in time."""
    end = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(_POLL_S)
    return True
