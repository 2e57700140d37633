"""The end of a run: everybody falls silent, what is under way arrives, and what is known is judged and kept.

A process alone judges for itself. The master of several asks its workers twice: what each was shown, in a few bytes;
then, knowing what differs, for that. Measures nothing; driven by `locustfile` when locust says that the test stops.
"""

import json
import time
from collections.abc import Mapping
from typing import Any

import gevent

from loadtest.comparison import judge, merge, question
from loadtest.run_state import RunState
from loadtest.statistic import Checks
from loadtest.tally import Tally

_LOOK_S = 0.25
_QUIET_S = 0.5
_SILENT_S = 4.0
_QUIET_MAX_S = 25.0
_AGAIN_MAX_S = 12.0
_ANSWER_S = 5.0


class Closing:
    """One run's end in one process. `runner` is locust's."""

    def __init__(self, runner: Any, state: RunState, checks: Checks) -> None:  # noqa: ANN401
        self.is_done = False
        self._runner = runner
        self._state = state
        self._checks = checks
        self._workers_at_first = int(getattr(runner, "worker_count", 1))
        self._answers: dict[str, dict[str, Any]] = {"live_evidence": {}, "live_report": {}}

    def alone(self, *, keep: bool) -> None:
        """Nobody else is asked: hush, settle, keep the figures. `keep` False: a worker whose master is gone."""
        self._hush()
        self._drain(_QUIET_MAX_S)
        self._settle(alone=True)
        if keep:
            self._keep([self._report()])

    def as_master(self) -> None:
        """Ask the workers what they know, and what differs; judge it together, keep the figures of all."""
        evidence = self._ask("live_hush", None, "live_evidence", _QUIET_MAX_S + _ANSWER_S)
        asked = question(list(evidence.values()))
        reports = list(self._ask("live_judge", asked, "live_report", _AGAIN_MAX_S + _ANSWER_S).values())
        found = judge([report["testimony"] for report in reports])
        self._checks.found(found)
        summary = merge((report["ledger"] for report in reports), found)
        summary["uncompared"] = asked["uncompared"] + sum(report["testimony"]["uncompared"] for report in reports)
        self._keep(reports, summary)

    def answered(self, kind: str, worker: str, told: Mapping[str, Any]) -> None:
        """The master: a worker's answer. One that belongs to an earlier run is too late."""
        if told["run"] == self._state.run:
            self._answers[kind][worker] = told["answer"]

    def hushed(self, run: str) -> None:
        """A worker: fall silent, and tell the master what was shown here."""
        self._hush()
        self._drain(_QUIET_MAX_S)
        self._runner.send_message("live_evidence", {"run": run, "answer": self._state.ledger.evidence()})

    def judged(self, run: str, asked: Mapping[str, Any]) -> None:
        """A worker: wait for what others were shown, settle, and tell the master everything."""
        self._state.ledger.learn(asked["heads"])
        self._drain(_AGAIN_MAX_S)
        self._settle(alone=False)
        answer = {**self._report(), "testimony": self._state.ledger.testimony(asked)}
        self._runner.send_message("live_report", {"run": run, "answer": answer})

    def _keep(self, reports: list[dict[str, Any]], summary: Mapping[str, Any] | None = None) -> None:
        """Write the figures of the run, where `loadtest run` looks for them. `summary` None: the only report's own."""
        self.is_done = True
        tally = Tally()
        for report in reports:
            tally.merge(report["tally"])
        figures = {
            "tally": tally.to_json(),
            "ledger": summary or merge(report["ledger"] for report in reports),
            "cpu_s": sum(report["cpu_s"] for report in reports),
            "run_s": max((report["run_s"] for report in reports), default=0.0),
            "processes": len(reports),
            "silent_workers": max(0, self._workers_at_first - len(reports)),
        }
        path = self._state.folder / "figures.json"
        path.with_suffix(".new").write_text(json.dumps(figures))
        path.with_suffix(".new").replace(path)

    def cut_short(self) -> None:
        """Locust is told to quit at once: what is known so far."""
        self._keep([self._report()])

    def _ask(self, kind: str, asked: Mapping[str, Any] | None, answer: str, within_s: float) -> dict[str, Any]:
        """Ask all workers; the answers that came in time."""
        self._runner.send_message(kind, {"run": self._state.run, "question": asked})
        answers, end = self._answers[answer], time.monotonic() + within_s
        while len(answers) < self._runner.worker_count and time.monotonic() < end:
            gevent.sleep(_LOOK_S)
        return answers

    def _hush(self) -> None:
        state = self._state
        if state.hushed:
            return
        state.tally.counts["present_at_end"] = state.present
        state.tally.counts["wanted_at_end"] = state.wanted()
        state.hushed = True
        for person in list(state.people):
            person.watch_no_more()

    def _drain(self, within_s: float) -> None:
        """Until everybody was shown what others were, or nothing more comes."""
        state = self._state
        end, silent_since, before = time.monotonic() + within_s, time.monotonic(), -1
        while time.monotonic() < end:
            received = state.tally.counts["received"]
            if received != before:
                before, silent_since = received, time.monotonic()
            elif time.monotonic() - silent_since > (_SILENT_S if state.ledger.behind() else _QUIET_S):
                return
            gevent.sleep(_QUIET_S / 2)

    def _settle(self, *, alone: bool) -> None:
        for person in list(self._state.people):
            person.give_up_waiting()
        self._state.ledger.settle(alone=alone)
        self._checks.update(self._state.ledger)
        self.is_done = True

    def _report(self) -> dict[str, Any]:
        state = self._state
        return {
            "tally": state.tally.to_json(),
            "ledger": state.ledger.summary(),
            "cpu_s": time.process_time() - state.cpu_began_s,
            "run_s": state.now_s(),
        }
