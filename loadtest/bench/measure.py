"""Measures three servers under one crowd: ours, a C loop of one send() per member, Starlette's own WebSockets.

Starts every process itself and ends it; never imports the server. Called by `cli`; the figures go to `table`.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loadtest.child import Child
from loadtest.limit import allow_sockets
from loadtest.links import read_links, websocket_base
from loadtest.refusal import Refusal

_FLOOR = Path(__file__).with_name("floor.c")
_READY_S = 60.0
_SETTLE_S = 2.0
_WARM = 50


@dataclass(frozen=True, slots=True)
class Wish:
    """What to measure: `members` in one room, `rate` messages a second for `seconds`, said by `senders` of them."""

    members: int = 2_000
    rate: float = 20.0
    seconds: float = 10.0
    senders: int = 40
    at_once: int = 200


class Clients:
    """The crowd's process, spoken to in JSON lines."""

    def __init__(self, url: str, *, hello: bool) -> None:
        command = [sys.executable, "-m", "loadtest.bench.crowd", url, *(["--hello"] if hello else [])]
        self.child = Child(command, name="the crowd", pipes=True)

    def __enter__(self) -> "Clients":
        return self

    def __exit__(self, *_: object) -> None:
        self.child.end()

    def ask(self, do: str, **wishes: float) -> dict[str, Any]:
        """One order, one answer."""
        stdin, stdout = self.child.process.stdin, self.child.process.stdout
        if stdin is None or stdout is None:
            raise Refusal("the crowd has no pipes")
        stdin.write(json.dumps({"do": do, **wishes}) + "\n")
        stdin.flush()
        line = stdout.readline()
        if not line:
            raise Refusal("the crowd ended before its time")
        answer = json.loads(line)
        return answer if isinstance(answer, dict) else {}


def free_port() -> int:
    """A port of the loopback that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def ours(wish: Wish, command: list[str]) -> dict[str, Any]:
    """The server started by `command`, with PORT and LINKS in its environment."""
    with tempfile.TemporaryDirectory() as folder:
        links_path, port = Path(folder) / "links.json", free_port()
        env = {"PORT": str(port), "LINKS": str(links_path), "DATA_DIR": folder}
        with Child(command, name="the server", env=env) as server:
            server.until_answers(f"http://127.0.0.1:{port}/readyz", _READY_S)
            end = time.monotonic() + _READY_S
            while not links_path.exists() and time.monotonic() < end:
                time.sleep(0.05)
            links = read_links(links_path)
            with Clients(f"{websocket_base(links.base)}/live/{links.room}", hello=True) as clients:
                figures = _joined(server, clients, wish)
                clients.ask("talk", senders=wish.senders, rate=wish.rate)
                time.sleep(1.0)
                figures |= _delivered(server, clients, wish.seconds)
                clients.ask("hush")
                return figures


def starlette(wish: Wish, payload_bytes: int) -> dict[str, Any]:
    """Starlette's WebSockets on uvicorn, `send_text` in a loop."""
    port = free_port()
    command = [sys.executable, "-m", "loadtest.bench.starlette_peer", str(port)]
    with Child(command, name="the Starlette peer") as server:
        server.until_answers(f"http://127.0.0.1:{port}/healthz", _READY_S)
        with Clients(f"ws://127.0.0.1:{port}/live/demo", hello=False) as clients:
            figures = _joined(server, clients, wish)
            messages = int(wish.rate * wish.seconds)
            url = f"http://127.0.0.1:{port}/talk?messages={messages}&rate={wish.rate}&payload={payload_bytes}"
            before, began = clients.ask("count"), server.cpu_s()
            with urllib.request.urlopen(url, timeout=wish.seconds * 10 + 30) as answer:
                answer.read()
            used_s = server.cpu_s() - began
            time.sleep(0.5)
            return figures | _per_delivery(before, clients.ask("count"), used_s)


def floor(wish: Wish, payload_bytes: int) -> dict[str, Any]:
    """A C loop of one send() per member, compiled here."""
    compiler = shutil.which(os.environ.get("CC", "cc"))
    if compiler is None:
        raise Refusal("there is no C compiler for the floor (apt install gcc, or set CC)")
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "floor"
        subprocess.run([compiler, "-O2", "-o", str(program), str(_FLOOR)], check=True)  # noqa: S603
        port, messages = free_port(), int(wish.rate * wish.seconds)
        command = [str(program), str(port), str(wish.members), str(messages), str(wish.rate), str(payload_bytes)]
        with Child(command, name="the floor", pipes=True) as server:
            stdout = server.process.stdout
            if stdout is None or stdout.readline().strip() != "ready":
                raise Refusal("the floor did not start")
            with Clients(f"ws://127.0.0.1:{port}/live/demo", hello=False) as clients:
                clients.ask("join", count=wish.members, at_once=wish.at_once)
                used_us, sent, cut_short = stdout.readline().split()
                return {
                    "us_per_delivery": float(used_us) / max(1, int(sent)),
                    "deliveries": int(sent),
                    "cut_short": int(cut_short),
                }


def run(wish: Wish, command: list[str]) -> dict[str, Any]:
    """All three, one after the other, on messages of the size that ours has."""
    allow_sockets(wish.members + _WARM)
    own = ours(wish, command)
    payload = max(1, round(own["bytes_per_message"]))
    return {"ours": own, "floor": floor(wish, payload), "starlette": starlette(wish, payload), "payload_bytes": payload}


def _joined(server: Child, clients: Clients, wish: Wish) -> dict[str, Any]:
    warm = min(_WARM, wish.members // 2)
    clients.ask("join", count=warm, at_once=warm)
    time.sleep(_SETTLE_S)
    memory, cpu = server.memory_bytes(), server.cpu_s()
    answer = clients.ask("join", count=wish.members - warm, at_once=wish.at_once)
    came = answer["present"] - warm
    if came < (wish.members - warm) * 0.99:
        raise Refusal(f"only {answer['present']} of {wish.members} members came in: {answer['faults']}")
    join_cpu = server.cpu_s() - cpu
    time.sleep(_SETTLE_S)
    grown = server.memory_bytes() - memory
    idle = server.cpu_s()
    time.sleep(_SETTLE_S)
    return {
        "joins_per_s": came / answer["seconds"],
        "us_per_join": join_cpu / came * 1e6,
        "bytes_per_idle_connection": grown / came,
        "idle_cores": (server.cpu_s() - idle) / _SETTLE_S,
    }


def _delivered(server: Child, clients: Clients, seconds: float) -> dict[str, Any]:
    before, began = clients.ask("count"), server.cpu_s()
    time.sleep(seconds)
    used_s = server.cpu_s() - began
    return _per_delivery(before, clients.ask("count"), used_s)


def _per_delivery(before: dict[str, Any], after: dict[str, Any], used_s: float) -> dict[str, Any]:
    deliveries = after["entries"] - before["entries"]
    if deliveries <= 0:
        raise Refusal(f"nothing was delivered: {after['faults'] or 'no reason given'}")
    return {
        "us_per_delivery": used_s / deliveries * 1e6,
        "deliveries": deliveries,
        "bytes_per_message": (after["entry_bytes"] - before["entry_bytes"]) / deliveries,
        "client_us_per_delivery": (after["cpu_s"] - before["cpu_s"]) / deliveries * 1e6,
        "faults": after["faults"],
    }
