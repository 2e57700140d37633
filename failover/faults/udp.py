"""The UDP media path cut for one process, whose TCP goes on: what a hotel's firewall does in the middle of a show.

Works in a network namespace of the process's own (`Namespace`), never in the machine's. Datagrams are sent to a
neighbour that isn't there, so the sender notices nothing, as on a real path.
"""

import contextlib
import os
import subprocess
import weakref
from pathlib import Path
from typing import Self

from failover.faults.fault import CannotRehearse

_TABLE = "177"
_PREFERENCE = "77"
_NOBODY_MAC = "02:00:00:00:00:99"


class Namespace:
    """A network namespace joined to the machine by a pair of interfaces, for as long as the context lasts.

    `index` (1 to 250) chooses the addresses: the machine is 10.77.<index>.1, the namespace 10.77.<index>.2.
    """

    def __init__(self, name: str, index: int = 1) -> None:
        self.name = f"fault-{name}"
        self.outside, self.inside = f"10.77.{index}.1", f"10.77.{index}.2"
        self._link = f"fault{index}"
        self._undo: list[tuple[str, ...]] = []

    def __enter__(self) -> Self:
        if os.geteuid() != 0:
            raise CannotRehearse("a network namespace needs root")
        try:
            self._make("netns", "add", self.name, undo=("netns", "delete", self.name))
            self._make(
                *("link", "add", self._link, "type", "veth", "peer", "name", "eth0", "netns", self.name),
                undo=("link", "delete", self._link),
            )
            ip("addr", "add", f"{self.outside}/24", "dev", self._link)
            ip("link", "set", self._link, "up")
            for command in (
                ("link", "set", "lo", "up"),
                ("addr", "add", f"{self.inside}/24", "dev", "eth0"),
                ("link", "set", "eth0", "up"),
                ("route", "add", "default", "via", self.outside),
            ):
                ip("-n", self.name, *command)
        except CannotRehearse:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        failures = []
        while self._undo:
            try:
                ip(*self._undo.pop())
            except CannotRehearse as failure:
                failures.append(failure)
        if failures:
            raise failures[0]

    def _make(self, *command: str, undo: tuple[str, ...]) -> None:
        """What another made under the same name or index is not in `_undo`, and stays."""
        ip(*command)
        self._undo.append(undo)

    def command(self, *command: str) -> list[str]:
        """`command`, to be run inside."""
        return ["ip", "netns", "exec", self.name, *command]


class UdpCut:
    """No datagram leaves the namespace of process `pid` any more; connections go on."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        try:
            own = Path("/proc/self/ns/net").readlink()
            theirs = Path(f"/proc/{pid}/ns/net").readlink()
        except PermissionError:
            raise CannotRehearse("a network namespace needs root") from None
        except OSError:
            raise CannotRehearse(f"there is no process {pid}") from None
        if own == theirs:
            raise CannotRehearse(
                f"process {pid} shares the machine's network: start it with `failover fault enclose`, as root"
            )
        if os.geteuid() != 0:
            raise CannotRehearse("a network namespace needs root")
        # Held, so that it can be healed for its neighbours when the process itself is gone.
        self._namespace = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        weakref.finalize(self, os.close, self._namespace)
        self._device, self._nobody = self._way_out()

    def inject(self) -> None:
        self._inside("neigh", "replace", self._nobody, "lladdr", _NOBODY_MAC, "dev", self._device, "nud", "permanent")
        self._inside("route", "replace", "default", "via", self._nobody, "dev", self._device, "onlink", "table", _TABLE)
        self._inside("rule", "add", "pref", _PREFERENCE, "ipproto", "udp", "lookup", _TABLE)
        self._inside("route", "flush", "cache")

    def bit(self) -> bool:
        """Where would a datagram go now, and where a connection?"""
        datagram = self._inside("route", "get", "192.0.2.1", "ipproto", "udp", "sport", "9", "dport", "9")
        connection = self._inside("route", "get", "192.0.2.1", "ipproto", "tcp", "sport", "9", "dport", "9")
        return f"via {self._nobody} " in datagram and f"via {self._nobody} " not in connection

    def heal(self) -> None:
        """Take away what stands of it, and look that none does."""
        for step in (
            ("rule", "del", "pref", _PREFERENCE),
            ("route", "flush", "table", _TABLE),
            ("neigh", "del", self._nobody, "dev", self._device),
            ("route", "flush", "cache"),
        ):
            with contextlib.suppress(CannotRehearse):
                self._inside(*step)
        if f"lookup {_TABLE}" in self._inside("rule", "show"):
            raise CannotRehearse(f"the datagrams of process {self._pid} are still cut: its rule could not be deleted")

    def _way_out(self) -> tuple[str, str]:
        words = self._inside("route", "show", "default").split()
        if "via" not in words or "dev" not in words:
            raise CannotRehearse(f"the namespace of process {self._pid} has no default route")
        gateway = words[words.index("via") + 1]
        return words[words.index("dev") + 1], gateway.rpartition(".")[0] + ".254"

    def _inside(self, *command: str) -> str:
        return _run("nsenter", f"--net=/proc/{os.getpid()}/fd/{self._namespace}", "ip", *command)


def ip(*command: str) -> str:
    """`ip` of iproute2; what it printed. CannotRehearse where it refuses."""
    return _run("ip", *command)


def _run(*command: str) -> str:
    try:
        # In a session of its own: Ctrl-C at a terminal must not end it half-way.
        done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=10, start_new_session=True)  # noqa: S603
    except FileNotFoundError:
        raise CannotRehearse(f"there is no {command[0]} command (apt-get install iproute2 util-linux)") from None
    except subprocess.SubprocessError as fault:
        told = str(getattr(fault, "stderr", "") or fault).strip().splitlines()
        raise CannotRehearse(f"{' '.join(command[:4])} … : {told[0] if told else fault}") from None
    return done.stdout
