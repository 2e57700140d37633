"""Every fault by name: what it breaks, what it is pointed at, how it is made from words.

Injects nothing. Read by the command line, which shows it, and by whoever checks a plan through `fault list --json`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from failover.faults.clock import ClockStep
from failover.faults.disk import DiskFull
from failover.faults.fault import CannotRehearse, Fault
from failover.faults.operator import OperatorCommand
from failover.faults.path_fault import PathFault
from failover.faults.process import Freeze, Kill, Thaw
from failover.faults.redis import RedisFreeze, RedisKill
from failover.faults.secret import shown
from failover.faults.udp import UdpCut

Knobs = Mapping[str, float]
BOUNDS: dict[str, tuple[float, float]] = {
    "delay_ms": (0.001, 600_000.0),
    "bytes_per_s": (0.001, 1e10),
    "share": (0.000_001, 1.0),
    "step_s": (-315_360_000.0, 315_360_000.0),
}
"""The least and the most that each knob may be."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A fault as it is asked for. `knobs` are the numbers it needs; `heals` says whether it can be undone; of what
    `revives`, coming back is a part: it is healed at once where no time is given."""

    name: str
    breaks: str
    target: str
    make: Callable[[str, Knobs], Fault]
    knobs: tuple[str, ...] = ()
    heals: bool = True
    revives: bool = False

    def to_json(self) -> dict[str, object]:
        """For programs that check a plan: what it must be given, and within which bounds."""
        bounds = {knob: {"min": BOUNDS[knob][0], "max": BOUNDS[knob][1]} for knob in self.knobs}
        return {"knobs": self.knobs, "bounds": bounds, "heals": self.heals}


def _pid(target: str) -> int:
    number = target.removeprefix("pid:")
    if not number.isdigit():
        raise CannotRehearse(f"{target!r} is no process id")
    return int(number)


def _path(mode: str) -> Callable[[str, Knobs], Fault]:
    return lambda target, knobs: PathFault(target, mode, **knobs)


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("kill", "a process and its children, by SIGKILL", "process id", lambda t, _: Kill(_pid(t)), heals=False),
        Kind(
            "restart",
            "a process, killed and started again as it was",
            "process id",
            lambda t, _: Kill(_pid(t), restart=True),
            revives=True,
        ),
        Kind(
            "freeze", "a process and its children stand still, sockets open", "process id", lambda t, _: Freeze(_pid(t))
        ),
        Kind("thaw", "a frozen process comes back, late", "process id", lambda t, _: Thaw(_pid(t)), heals=False),
        Kind(
            "redis-kill",
            "the Redis primary, by SIGKILL; started again",
            "redis:// address",
            lambda t, _: RedisKill(t),
            revives=True,
        ),
        Kind("redis-freeze", "the Redis primary stands still", "redis:// address", lambda t, _: RedisFreeze(t)),
        Kind("cut", "a TCP path: connections reset, new ones too", "path's control port", _path("cut")),
        Kind("stall", "a TCP path: open, and nothing passes", "path's control port", _path("stall")),
        Kind("delay", "a TCP path: everything later", "path's control port", _path("delay"), ("delay_ms",)),
        Kind(
            "throttle", "a TCP path: so many bytes a second", "path's control port", _path("throttle"), ("bytes_per_s",)
        ),
        Kind(
            "lossy",
            "a TCP path: a share of it late, as after a loss",
            "path's control port",
            _path("lossy"),
            ("share",),
        ),
        Kind("lane-slow", "a lane: every answer later", "path's control port", _path("delay"), ("delay_ms",)),
        Kind("lane-errors", "a lane: 503, 421, -LOADING", "path's control port", _path("errors")),
        Kind("lane-silent", "a lane: connected, no answer at all", "path's control port", _path("stall")),
        Kind(
            "udp-cut",
            "a process's datagrams; its TCP goes on",
            "process id in a namespace",
            lambda t, _: UdpCut(_pid(t)),
        ),
        Kind("disk-full", "every write below a folder", "folder on a small disk", lambda t, _: DiskFull(Path(t))),
        Kind(
            "clock-step",
            "a process's wall clock jumps",
            "clock file",
            lambda t, knobs: ClockStep(Path(t), knobs["step_s"]),
            ("step_s",),
        ),
        Kind("operator", "what only you can break", "name: FAULT_<NAME>_COMMAND", lambda t, _: OperatorCommand(t)),
    )
}


def make(name: str, target: str, knobs: Knobs) -> Fault:
    """The fault `name` on `target`. CannotRehearse where the name, the knobs or the target are wrong."""
    kind = KINDS.get(name)
    if kind is None:
        raise CannotRehearse(f"no fault is called {name!r} (failover fault list)")
    if "://" in target and "://" not in kind.target:
        raise CannotRehearse(f"{shown(target)} is no {kind.target}")
    missing = [knob for knob in kind.knobs if knob not in knobs]
    if missing:
        raise CannotRehearse(f"{name} needs --{missing[0].replace('_', '-')}")
    for knob in kind.knobs:
        least, most = BOUNDS[knob]
        if not least <= knobs[knob] <= most:
            raise CannotRehearse(f"--{knob.replace('_', '-')} {knobs[knob]:g}: from {least:.12g} to {most:.12g}")
    return kind.make(target, {knob: knobs[knob] for knob in kind.knobs})
