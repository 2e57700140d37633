"""One whole run: the crowd (locust), the faults beside it, and the report, whatever happens.

Starts processes and ends every one of them; measures and judges nothing itself. Driven by `cli` as `loadtest run` and
`loadtest demo`.
"""

import http.client
import json
import os
import secrets
import shutil
import signal
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loadtest.bench.measure import free_port
from loadtest.bench.table import provenance
from loadtest.child import Child, last_line
from loadtest.links import Links
from loadtest.plan import Plan
from loadtest.refusal import Refusal
from loadtest.rehearsal import Rehearsal
from loadtest.stop import CutShort
from loadtest.told import Told, take_figures

_LOCUSTFILE = Path(__file__).with_name("locustfile.py")
_BEGIN_S = 30.0
_END_S = 60.0
_STEP_S = 0.02
_REACH_S = 5.0


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked of a run. `workers` 0: one process does it all."""

    links: Links
    links_file: Path | None
    shape: str
    users: int
    for_s: float
    plan: Plan
    chat_per_s: float = 10.0
    video: float = 0.3
    audio: float = 0.1
    clip: str = ""
    sources: tuple[str, ...] = ("main", "standby")
    workers: int = 0

    def asked(self) -> dict[str, Any]:
        """For the report."""
        return {
            "base": self.links.base,
            "gateways": list(self.links.sockets),
            "room": self.links.room,
            "shape": self.shape,
            "users": self.users,
            "for_s": self.for_s,
            "chat_per_s": self.chat_per_s,
            "video": self.video,
            "audio": self.audio,
            "sources": list(self.sources),
            "clip": Path(self.clip).name,
            "workers": self.workers,
            "seed": self.plan.seed,
        }


def run(wish: Wish, say: Any = print) -> Told:  # noqa: ANN401  print, or nothing
    """Do it. What goes wrong stands in the outcome's `trouble`; nothing is left running."""
    told = Told(wish.asked(), provenance())
    with tempfile.TemporaryDirectory(prefix="loadtest-") as name:
        folder = Path(name)
        rehearsal = Rehearsal(wish.plan, wish.links, folder / "processes.json", wish.for_s)
        try:
            _reachable(wish.links)
            _crowd(wish, rehearsal, folder, say)
        except Refusal as refusal:
            told.trouble.append(str(refusal))
            return told
        except CutShort as cut:
            told.cut_short(cut)
        told.faults = [each.to_json() for each in rehearsal.outcomes]
        _take_figures(told, folder)
    return told


def _reachable(links: Links) -> None:
    url = links.base.rstrip("/") + "/healthz"
    try:
        with urllib.request.urlopen(url, timeout=_REACH_S):  # noqa: S310  the deployment under test
            return
    except urllib.error.HTTPError as fault:
        raise Refusal(f"{url} answers {fault.code}: is this a deployment?") from None
    except http.client.HTTPException as fault:
        raise Refusal(f"{url} does not speak HTTP ({fault!r})") from None
    except (OSError, ValueError) as fault:
        raise Refusal(f"nobody answers at {url} ({getattr(fault, 'reason', fault)})") from None


def _crowd(wish: Wish, rehearsal: Rehearsal, folder: Path, say: Any) -> None:  # noqa: ANN401
    environ = _environ(wish, folder)
    locust = [
        sys.executable,
        "-m",
        "locust",
        "-f",
        str(_LOCUSTFILE),
        "--headless",
        "--only-summary",
        "--loglevel",
        "WARNING",
    ]
    port = free_port()
    roles = [[*locust, "--exit-code-on-error", "0"]]
    if wish.workers:
        roles = [[*roles[0], "--master", "--expect-workers", str(wish.workers), "--master-bind-port", str(port)]]
        roles += [[*locust[:5], "--worker", "--master-port", str(port)] for _ in range(wish.workers)]
    children: list[Child] = []
    began_at = time.time()
    with ExitStack() as ending:
        # In the opposite order, and each whatever became of the one before.
        ending.callback(_end_publishers, folder)
        ending.callback(_end_all, children)
        ending.callback(lambda: rehearsal.end(began_at))
        for role in roles:
            children.append(Child(role, name="locust", env=environ, log=folder / "locust.log"))  # noqa: PERF401  each is ended if the next fails
        began_at = _begun(children[0], folder)
        say(f"The crowd is coming: {wish.users} members, {wish.shape}, {wish.for_s:g} s.")
        _beside(wish, rehearsal, children[0], began_at, say)


def _end_all(children: Sequence[Child]) -> None:
    with ExitStack() as ending:
        for child in reversed(children):
            ending.callback(child.end)


def _beside(wish: Wish, rehearsal: Rehearsal, crowd: Child, began_at: float, say: Any) -> None:  # noqa: ANN401
    announced = 0
    end_s = wish.for_s + _END_S
    while crowd.process.poll() is None:
        now_s = time.time() - began_at
        if now_s > end_s:
            return
        if now_s < wish.for_s:
            rehearsal.due(now_s, began_at)
        while announced < len(wish.plan.faults) and wish.plan.faults[announced].at_s <= now_s:
            if not rehearsal.outcomes[announced].fault:
                say(f"{now_s:5.1f} s  {wish.plan.faults[announced].name}")
            announced += 1
        time.sleep(_STEP_S)


def _begun(crowd: Child, folder: Path) -> float:
    """When locust began (Unix seconds)."""
    started = folder / "started"
    end = time.monotonic() + _BEGIN_S
    while time.monotonic() < end:
        if started.exists() and (text := started.read_text()):
            return float(text)
        if crowd.process.poll() is not None:
            said = last_line(folder / "locust.log")
            raise Refusal(f"locust ended with code {crowd.process.returncode} before it began: {said}")
        time.sleep(_STEP_S)
    raise Refusal(f"locust did not begin within {_BEGIN_S:g} s")


def _environ(wish: Wish, folder: Path) -> dict[str, str]:
    links_file = folder / "links.json"
    if wish.links_file is not None:
        shutil.copy(wish.links_file, links_file)
    else:
        links_file.write_text(json.dumps({"base": wish.links.base, "room": wish.links.room}))
    return {
        "LOADTEST_LINKS": str(links_file),
        "LOADTEST_FOLDER": str(folder),
        "LOADTEST_SHAPE": wish.shape,
        "LOADTEST_USERS": str(wish.users),
        "LOADTEST_FOR_S": str(wish.for_s),
        "LOADTEST_CHAT": str(wish.chat_per_s),
        "LOADTEST_VIDEO": str(wish.video),
        "LOADTEST_AUDIO": str(wish.audio),
        "LOADTEST_CLIP": wish.clip,
        "LOADTEST_SOURCES": ",".join(wish.sources) or "none",
        "LOADTEST_SEED": str(wish.plan.seed),
        "LOADTEST_RUN": secrets.token_hex(4),
    }


def _end_publishers(folder: Path) -> None:
    """Publishers are locust's children; one that was frozen or orphaned is ended here."""
    try:
        pids = json.loads((folder / "processes.json").read_text()).values()
    except (OSError, ValueError):
        return
    for pid in pids:
        try:
            if b"publish" in Path(f"/proc/{pid}/cmdline").read_bytes():
                os.kill(pid, signal.SIGKILL)
        except OSError:
            continue


def _take_figures(told: Told, folder: Path) -> None:
    try:
        raw = json.loads((folder / "figures.json").read_text())
    except (OSError, ValueError):
        told.trouble.append(f"locust left no figures: {last_line(folder / 'locust.log')}")
        return
    with suppress(OSError, ValueError):
        told.ended = dict(json.loads((folder / "ended.json").read_text()))
    take_figures(told, raw)
