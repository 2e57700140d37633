"""Carries out a plan's faults beside a run: each at its second, each by the command line of `failover fault`.

Decides nothing and breaks nothing itself; never imports what does. Driven by `run`, which tells it when the crowd
began.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from loadtest.links import Links
from loadtest.plan import Plan, Planned
from loadtest.refusal import PlanRefusal, Refusal

FAULT = (sys.executable, "-m", "failover", "fault")
_LIST_S = 30.0
_END_S = 10.0
_LEAD_S = 6.0
_OF_REDIS = frozenset({"redis-kill", "redis-freeze"})
_LITERAL = ("pid:", "redis://", "rediss://", "unix://", "/", "./")


@dataclass(slots=True)
class Outcome:
    """What became of one planned fault. Times are seconds since the crowd began; None: it did not come to that."""

    planned: Planned
    injected_s: float | None = None
    bit_s: float | None = None
    healed_s: float | None = None
    fault: str = ""

    def to_json(self) -> dict[str, Any]:
        """For the report."""
        own = self.planned
        return {
            "name": own.name,
            "fault": own.fault,
            "target": own.target,
            "at_s": own.at_s,
            "for_s": own.for_s,
            "knobs": dict(own.knobs),
            "injected_s": self.injected_s,
            "bit_s": self.bit_s,
            "healed_s": self.healed_s,
            "why_not": self.fault,
        }


@dataclass(slots=True)
class _Running:
    process: subprocess.Popen[bytes]
    told: IO[bytes]


def known_faults() -> dict[str, Any]:
    """What `failover fault list --json` says. Refusal where the command does not work."""
    try:
        asked = subprocess.run([*FAULT, "list", "--json"], capture_output=True, text=True, timeout=_LIST_S, check=True)  # noqa: S603
        answer = json.loads(asked.stdout)
    except (OSError, ValueError, subprocess.SubprocessError) as fault:
        raise Refusal(f"the faults cannot be listed (python -m failover fault list): {fault}") from None
    return dict(answer)


def check_targets(plan: Plan, links: Links, sources: tuple[str, ...]) -> None:
    """PlanRefusal for every target that this deployment does not have."""
    names = sorted({*links.processes, *sources, *(["redis"] if links.redis_url else [])})
    wrong = [
        f"line {each.line}: nothing here is called {each.target!r}; there are {', '.join(names) or 'no names'}"
        for each in plan.faults
        if each.target not in names and not _is_literal(each.target) and each.fault != "operator"
    ]
    if wrong:
        raise PlanRefusal(wrong)


@dataclass(slots=True)
class Rehearsal:
    """All faults of one run. `sources_file` names the publishers that the run itself started."""

    plan: Plan
    links: Links
    sources_file: Path
    outcomes: list[Outcome] = field(default_factory=list)
    _running: dict[int, _Running] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.outcomes = [Outcome(planned) for planned in self.plan.faults]

    def due(self, now_s: float, began_at: float) -> None:
        """Begin what is due soon after `now_s`: its command starts early, and waits for its second."""
        for index, outcome in enumerate(self.outcomes):
            if outcome.planned.at_s - _LEAD_S <= now_s and index not in self._running and not outcome.fault:
                self._begin(index, outcome, began_at)

    def end(self, began_at: float) -> None:
        """Wait for what is under way (it heals by itself), end what does not; read what each said."""
        end = time.monotonic() + _END_S
        for running in self._running.values():
            _stop(running.process, max(0.1, end - time.monotonic()))
        for index, running in self._running.items():
            running.told.seek(0)
            for line in running.told.read().decode(errors="replace").splitlines():
                _take(self.outcomes[index], line, began_at)
            running.told.close()
            outcome = self.outcomes[index]
            if outcome.injected_s is None and not outcome.fault:
                outcome.fault = f"the fault's command ended with code {running.process.returncode}"
        for outcome in self.outcomes:
            if outcome.injected_s is None and not outcome.fault:
                outcome.fault = "the run ended before"

    def _begin(self, index: int, outcome: Outcome, began_at: float) -> None:
        planned = outcome.planned
        try:
            target = self._target(planned)
        except Refusal as refusal:
            outcome.fault = str(refusal)
            return
        knobs = [
            word for knob, value in planned.knobs.items() for word in (f"--{knob.replace('_', '-')}", f"{value:g}")
        ]
        hold = [] if planned.for_s is None else ["--for", f"{planned.for_s:g}s"]
        moment = ["--at", f"{began_at + planned.at_s:.3f}"]
        command = [*FAULT, "run", planned.fault, "--target", target, *hold, *knobs, *moment, "--json"]
        told = tempfile.TemporaryFile()  # noqa: SIM115  closed in `end`
        process = subprocess.Popen(  # noqa: S603  our own command
            command, stdout=told, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, start_new_session=True
        )
        self._running[index] = _Running(process, told)

    def _target(self, planned: Planned) -> str:
        if planned.fault in _OF_REDIS and planned.target == "redis":
            if self.links.redis_url is None:
                raise Refusal("this deployment has no Redis")
            return self.links.redis_url
        processes = {**self.links.processes, **_processes_in(self.sources_file)}
        if planned.target in processes:
            return str(processes[planned.target])
        if _is_literal(planned.target) or planned.fault == "operator":
            return planned.target
        raise Refusal(f"{planned.target} is not running")


def _take(outcome: Outcome, line: str, began_at: float) -> None:
    try:
        told = json.loads(line)
        what, at_s = told["what"], round(float(told["at"]) - began_at, 3)
    except (ValueError, KeyError, TypeError):
        outcome.fault = outcome.fault or line.strip()[:200]
        return
    match what:
        case "injected":
            outcome.injected_s = at_s
        case "bit":
            outcome.bit_s = at_s
        case "healed":
            outcome.healed_s = at_s
        case _:
            outcome.fault = str(told.get("detail") or what)


def _processes_in(path: Path) -> Mapping[str, int]:
    try:
        data = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return {str(name): int(pid) for name, pid in data.items()}


def _is_literal(target: str) -> bool:
    host, _, port = target.rpartition(":")
    return target.isdigit() or target.startswith(_LITERAL) or bool(host and port.isdigit())


def _stop(process: subprocess.Popen[bytes], within_s: float) -> None:
    """Let it finish; then have it heal at once; then end it."""
    for wait_s, number in ((within_s, signal.SIGTERM), (_END_S, signal.SIGKILL)):
        try:
            process.wait(wait_s)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, number)
            continue
        return
    process.wait()
