"""What the load clients themselves cost: swarm members and locust users per core, CPU per received message.

Starts a server and the clients as processes and ends them; judges nothing. Called by `cli`; the figures go to `table`.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from loadtest.bench.measure import free_port
from loadtest.child import Child
from loadtest.links import read_links
from loadtest.plan import Plan
from loadtest.refusal import Refusal
from loadtest.run import Wish, run

_READY_S = 60.0


def measure_clients(command: list[str], *, members: int, users: int, seconds: float) -> list[dict[str, Any]]:
    """Rows for `table.clients_table`, against the server started by `command` (given PORT and LINKS)."""
    with tempfile.TemporaryDirectory() as name:
        folder, port = Path(name), free_port()
        links = folder / "links.json"
        env = {"PORT": str(port), "LINKS": str(links), "DATA_DIR": name}
        with Child(command, name="the server", env=env) as server:
            server.until_answers(f"http://127.0.0.1:{port}/readyz", _READY_S)
            end = time.monotonic() + _READY_S
            while not links.exists() and time.monotonic() < end:
                time.sleep(0.05)
            return [
                _swarm(links, folder, members, seconds),
                _locust("locust, chat only", links, users, seconds, video=0.0),
                _locust("locust, a third watching", links, users, seconds, video=1 / 3),
            ]


def _swarm(links: Path, folder: Path, members: int, seconds: float) -> dict[str, Any]:
    report = folder / "swarm.json"
    command = [sys.executable, "-m", "loadtest", "swarm", "--links", str(links), "-n", str(members)]
    command += ["--for", str(seconds), "--senders", "40", "--rate", "20", "--report", str(report)]
    with Child(command, name="the swarm") as child:
        try:
            child.process.wait(seconds * 3 + 120)
        except subprocess.TimeoutExpired:
            raise Refusal("the swarm did not end in time") from None
    figures = json.loads(report.read_text()) if report.exists() else {}
    if figures.get("trouble") or not figures:
        why = "; ".join(figures.get("trouble", ())) or "it left no figures"
        raise Refusal(f"the swarm ended with code {child.process.returncode}: {why}")
    client = figures["client"]
    return {
        "name": "swarm (asyncio, uvloop)",
        "members": figures["joined"],
        "received_per_s": client["received"] / client["held_s"],
        "cores": client["cores"],
        "us_per_received": client["cpu_us_per_received"],
    }


def _locust(name: str, links_file: Path, users: int, seconds: float, *, video: float) -> dict[str, Any]:
    links = read_links(links_file)
    sources = ("main",) if video else ()
    wish = Wish(links, links_file, "steady", users, seconds, Plan(), video=video, audio=0.0, sources=sources)
    told = run(wish, say=lambda _: None)
    if told.trouble:
        raise Refusal(told.trouble[0])
    client = told.client
    return {
        "name": name,
        "members": users,
        "received_per_s": client["received"] / client["run_s"],
        "cores": client["cpu_s"] / client["run_s"],
        "us_per_received": client["cpu_s"] / client["received"] * 1e6,
    }
