"""The faults of a path: each sets a mode on a running `TcpPath` and asks it whether anything felt it.

Speaks to the path's control port alone, never to what lies behind. A lane that is slow, errs or is silent is the same
path standing in front of that lane.
"""

import json
import socket
from typing import Any

from failover.faults.fault import CannotRehearse

_ANSWER_S = 2.0


class PathFault:
    """`mode` with its `knobs` on the path whose control port is `control` (`host:port`)."""

    def __init__(self, control: str, mode: str, **knobs: float) -> None:
        host, _, port = control.rpartition(":")
        if not host or not port.isdigit():
            raise CannotRehearse(f"{control!r} is no control port: give the one that `failover fault path` printed")
        self._where = (host, int(port))
        self._order = {"mode": mode, **knobs}
        self._speak({})

    def inject(self) -> None:
        self._speak(self._order)

    def bit(self) -> bool:
        state = self._speak({})
        return bool(state["mode"] == self._order["mode"] and state["bitten"] > 0)

    def heal(self) -> None:
        self._speak({"mode": "pass"})

    def _speak(self, order: dict[str, Any]) -> dict[str, Any]:
        try:
            with socket.create_connection(self._where, timeout=_ANSWER_S) as control:
                control.sendall(json.dumps(order).encode() + b"\n")
                answer = json.loads(control.makefile().readline())
        except (OSError, ValueError) as fault:
            raise CannotRehearse(f"no path listens at {self._where[0]}:{self._where[1]} ({fault})") from None
        if "error" in answer:
            raise CannotRehearse(answer["error"])
        return dict(answer)
