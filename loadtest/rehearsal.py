"""Carries out a plan's faults beside a run: each at its second, each by the command line of `failover fault`.

Decides nothing and breaks nothing itself; never imports what does. Driven by `run`, which tells it when the crowd
began.
"""

import contextlib
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
from loadtest.plan import Plan, Planned, parse_plan
from loadtest.refusal import PlanRefusal, Refusal

FAULT = (sys.executable, "-m", "failover.faults")
_LIST_S = 30.0
_END_S = 10.0
_HEAL_S = 75.0
_TOLD_MAX = 4096
_LEAD_S = 6.0
_OF_REDIS = frozenset({"redis-kill", "redis-freeze"})
_REVIVING = frozenset({"restart", "redis-kill"})
_PID = "pid:"
_LITERAL = (_PID, "redis://", "rediss://", "unix://", "/", "./")


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

    def has_injected(self) -> bool:
        # Read at its place: the command writes on where this file's own place is.
        return b'"injected"' in os.pread(self.told.fileno(), _TOLD_MAX, 0)


def known_faults() -> dict[str, Any]:
    """What `failover fault list --json` says. Refusal where the command does not work."""
    try:
        asked = subprocess.run([*FAULT, "list", "--json"], capture_output=True, text=True, timeout=_LIST_S, check=True)  # noqa: S603
        answer = json.loads(asked.stdout)
    except (OSError, ValueError, subprocess.SubprocessError) as fault:
        raise Refusal(f"the faults cannot be listed (python -m failover.faults list): {fault}") from None
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


def read_plan(path: Path, links: Links, sources: tuple[str, ...]) -> Plan:
    """The plan in the file at `path`, fit for this deployment. Refusal where there is none, PlanRefusal names its
    mistakes."""
    try:
        text = path.read_text()
    except OSError as fault:
        raise Refusal(f"--faults {path}: {fault.strerror}") from None
    except UnicodeDecodeError:
        raise Refusal(f"--faults {path}: this is no text") from None
    plan = parse_plan(text, known_faults())
    check_targets(plan, links, sources)
    return plan


@dataclass(slots=True)
class Rehearsal:
    """All faults of one run of `for_s` seconds. `sources_file` names the publishers that the run itself started."""

    plan: Plan
    links: Links
    sources_file: Path
    for_s: float
    outcomes: list[Outcome] = field(default_factory=list)
    _running: dict[int, _Running] = field(default_factory=dict)
    _revived: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.outcomes = [Outcome(planned) for planned in self.plan.faults]
        for outcome in self.outcomes:
            if outcome.planned.at_s >= self.for_s:
                outcome.fault = f"not run: the run ends at {self.for_s:g} s"

    def due(self, now_s: float, began_at: float) -> None:
        """Begin what is due soon after `now_s`: its command starts early, and waits for its second."""
        for index, outcome in enumerate(self.outcomes):
            soon = outcome.planned.at_s - _LEAD_S <= now_s
            if soon and index not in self._running and not outcome.fault and not self._awaits_revival(index, began_at):
                self._begin(index, outcome, began_at)

    def end(self, began_at: float) -> None:
        """Let what is under way heal by itself; where the run was cut short, have it heal at once. What was not
        injected by now never is. Then read what each said."""
        cut_short = time.time() - began_at < self.for_s
        for index, running in self._running.items():
            waits = running.process.poll() is None and not running.has_injected()
            if waits or cut_short:
                running.process.terminate()
            if waits:
                self.outcomes[index].fault = "not run: the run ended before"
        end = time.monotonic() + _END_S
        for index, running in self._running.items():
            _stop(running.process, _HEAL_S if cut_short else max(0.0, end - time.monotonic()))
            self._read(index, began_at)
        for outcome in self.outcomes:
            if outcome.injected_s is None and not outcome.fault:
                outcome.fault = "not run: the run ended before"
        self._end_revived_sources()

    def _end_revived_sources(self) -> None:
        """A publisher of the run's own that was started again goes with the run; a process of the deployment stays."""
        for source in _processes_in(self.sources_file):
            if source in self._revived:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(self._revived[source].removeprefix(_PID)), signal.SIGKILL)

    def _awaits_revival(self, index: int, began_at: float) -> bool:
        """Whether an earlier fault is yet to bring this one's target back, as another process."""
        target = self.outcomes[index].planned.target
        for earlier, outcome in enumerate(self.outcomes[:index]):
            if outcome.planned.target != target or outcome.planned.fault not in _REVIVING:
                continue
            running = self._running.get(earlier)
            if running is None and not outcome.fault:
                return True
            if running is not None and running.process.poll() is None:
                return True
            self._read(earlier, began_at)
        return False

    def _read(self, index: int, began_at: float) -> None:
        """What a fault's command said, once it has ended."""
        running, outcome = self._running.get(index), self.outcomes[index]
        if running is None or running.told.closed:
            return
        running.told.seek(0)
        for line in running.told.read().decode(errors="replace").splitlines():
            started = _take(outcome, line, began_at)
            if started:
                self._revived[outcome.planned.target] = started
        running.told.close()
        if outcome.injected_s is None and not outcome.fault:
            outcome.fault = f"the fault's command ended with code {running.process.returncode}"

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
        told = tempfile.TemporaryFile()  # noqa: SIM115  closed in `_read`
        process = subprocess.Popen(  # noqa: S603  our own command
            command, stdout=told, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, start_new_session=True
        )
        self._running[index] = _Running(process, told)

    def _target(self, planned: Planned) -> str:
        if planned.fault in _OF_REDIS and planned.target == "redis":
            if self.links.redis_url is None:
                raise Refusal("this deployment has no Redis")
            return self.links.redis_url
        if planned.target in self._revived:
            return self._revived[planned.target]
        processes = {**self.links.processes, **_processes_in(self.sources_file)}
        if planned.target in processes:
            return str(processes[planned.target])
        if _is_literal(planned.target) or planned.fault == "operator":
            return planned.target
        raise Refusal(f"{planned.target} is not running")


def _take(outcome: Outcome, line: str, began_at: float) -> str:
    """Note one step; the new process (`pid:<number>`) where healing started one."""
    try:
        told = json.loads(line)
        what, at_s, detail = str(told["what"]), round(float(told["at"]) - began_at, 3), str(told["detail"])
    except (ValueError, KeyError, TypeError):
        outcome.fault = outcome.fault or line.strip()[:200]
        return ""
    match what:
        case "injected":
            outcome.injected_s = at_s
        case "bit":
            outcome.bit_s = at_s
        case "healed":
            outcome.healed_s = at_s
            return detail
        case _:
            outcome.fault = "; ".join(part for part in (outcome.fault, detail or what) if part)
    return ""


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
    """Let it finish; then have it heal at once; then end it, with what it started."""
    for wait_s, end in (
        (within_s, process.terminate),
        (_HEAL_S, lambda: os.killpg(process.pid, signal.SIGKILL)),
    ):
        try:
            process.wait(wait_s)
        except subprocess.TimeoutExpired:
            end()
        else:
            return
    process.wait()
