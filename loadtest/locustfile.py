"""Locust's entry, `locust -f loadtest/locustfile.py --links FILE`: with its web page, headless, as master and workers.

Puts users, shape and figures together; measures nothing itself. `python -m loadtest run` starts it and makes the
report.
"""

import json
import os
import time
from pathlib import Path
from typing import Any

import gevent
from locust import LoadTestShape, events

from loadtest.audience import Attendee, Host, Moderator
from loadtest.ledger import merge
from loadtest.links import Links, read_links, websocket_base
from loadtest.person import Person
from loadtest.refusal import Refusal
from loadtest.run_state import RunState
from loadtest.shape import shape_called
from loadtest.tally import Tally

_GAUGE_S = 0.25
_QUIET_S = 0.5
_QUIET_MAX_S = 30.0
_SILENT_S = 4.0
_ANSWER_S = 5.0
_SHARES = ("video", "audio")

_states: dict[str, RunState] = {}
_reports: dict[str, dict[str, Any]] = {}


@events.init_command_line_parser.add_listener  # type: ignore[untyped-decorator]
def _options(parser: Any) -> None:  # noqa: ANN401  locust's
    group = parser.add_argument_group("live event")
    group.add_argument("--links", default="", env_var="LOADTEST_LINKS", help="the deployment's links file")
    group.add_argument("--room", default="demo", env_var="LOADTEST_ROOM", help="the room, where there is no links file")
    group.add_argument(
        "--chat", type=float, default=10.0, env_var="LOADTEST_CHAT", help="chat messages/s, all together"
    )
    group.add_argument("--video", type=float, default=0.3, env_var="LOADTEST_VIDEO", help="share who watch")
    group.add_argument("--audio", type=float, default=0.1, env_var="LOADTEST_AUDIO", help="share who only listen")
    group.add_argument("--clip", default="", env_var="LOADTEST_CLIP", help="what the host publishes (a test picture)")
    group.add_argument(
        "--sources", default="main,standby", env_var="LOADTEST_SOURCES", help="published sources, or none"
    )
    group.add_argument("--seed", type=int, default=1, env_var="LOADTEST_SEED", help="for the dice")
    group.add_argument("--run-id", default="", env_var="LOADTEST_RUN", help="the same on all workers")
    group.add_argument("--folder", default="var/loadtest", env_var="LOADTEST_FOLDER", help="figures go here")


@events.init.add_listener  # type: ignore[untyped-decorator]
def _init(environment: Any, **_: object) -> None:  # noqa: ANN401
    options = environment.parsed_options
    try:
        state = _state(environment, options)
    except Refusal as refusal:
        raise SystemExit(str(refusal)) from None
    _states["run"] = state
    for kind in (Person, Host):
        kind.state = state
    _weigh(state)
    if _is_worker(environment):
        environment.runner.register_message("live_settle", _asked_to_settle, concurrent=True)
    elif _is_master(environment):
        environment.runner.register_message("live_report", _told_by_worker)


def _state(environment: Any, options: Any) -> RunState:  # noqa: ANN401
    if options.links:
        links = read_links(Path(options.links))
    elif environment.host:
        websocket_base(environment.host)
        links = Links(base=environment.host, room=options.room)
    else:
        raise Refusal("say where: --links FILE (make demo LINKS=FILE), or --host http://… and --room")
    folder = Path(options.folder)
    folder.mkdir(parents=True, exist_ok=True)
    run = options.run_id or f"{int(time.time()):x}"

    def fire(kind: str, name: str, value_ms: float, fault: str | None) -> None:
        environment.events.request.fire(
            request_type=kind,
            name=name,
            response_time=value_ms,
            response_length=0,
            exception=RuntimeError(fault) if fault else None,
            context={},
        )

    return RunState(
        links=links,
        folder=folder,
        run=run,
        seed=options.seed,
        users=int(os.environ.get("LOADTEST_USERS", "0")),
        chat_per_s=options.chat,
        media_shares=dict(zip(_SHARES, (options.video, options.audio), strict=True)),
        fire=fire,
        clip=options.clip,
        sources=tuple(name for name in options.sources.split(",") if name in links.whip),
    )


def _weigh(state: RunState) -> None:
    """Who has no token or nothing to publish does not come."""
    Moderator.fixed_count = 1 if state.links.tokens.get("moderator") else 0
    Moderator.weight = 1 if Moderator.fixed_count else 0
    Host.fixed_count = 1 if state.sources else 0
    Host.weight = Host.fixed_count


@events.test_start.add_listener  # type: ignore[untyped-decorator]
def _started(environment: Any, **_: object) -> None:  # noqa: ANN401
    state = _states["run"]
    state.began = time.monotonic()
    state.cpu_began_s = time.process_time()
    _reports.clear()
    (state.folder / "started").write_text(str(time.time()))
    gevent.spawn(_gauge, state, environment)


def _gauge(state: RunState, environment: Any) -> None:  # noqa: ANN401
    """Who is there, four times a second, and what the process itself spends."""
    shape = shape_called(os.environ.get("LOADTEST_SHAPE") or "steady")
    for_s, stormed, due_s = float(os.environ.get("LOADTEST_FOR_S", "60")), False, state.now_s()
    while environment.runner is not None and environment.runner.state not in ("stopped", "cleanup"):
        now_s = state.now_s()
        state.tally.peak("own_delay_ms", max(0.0, now_s - due_s) * 1000, now_s)
        if not stormed and shape(now_s, state.users, for_s).storm:
            stormed = True
            for person in list(state.people):
                person.drop()
        state.tally.gauge("wanted", state.wanted(), now_s)
        state.tally.gauge("present", state.present, now_s)
        state.tally.count("frames", now_s, state.frames)
        state.frames = 0
        due_s = state.now_s() + _GAUGE_S
        gevent.sleep(_GAUGE_S)


@events.test_stopping.add_listener  # type: ignore[untyped-decorator]
def _stopping(environment: Any, **_: object) -> None:  # noqa: ANN401
    """Before anybody leaves: what the crowd knows is settled, and kept. The master asks its workers, and waits."""
    if _is_master(environment):
        workers = environment.runner.worker_count
        environment.runner.send_message("live_settle")
        end = time.monotonic() + _QUIET_MAX_S + _ANSWER_S
        while len(_reports) < workers and time.monotonic() < end:
            gevent.sleep(_GAUGE_S)
    else:
        _settle()


def _settle() -> None:
    """Fall silent, let what is under way arrive, and judge it; once."""
    if "own" in _reports:
        return
    state = _states["run"]
    state.tally.counts["present_at_end"] = state.present
    state.tally.counts["wanted_at_end"] = state.wanted()
    state.hushed = True
    for person in list(state.people):
        person.watch_no_more()
    _drain(state)
    state.tally.counts["unanswered"] = sum(person.member.unanswered for person in state.people)
    state.ledger.settle()
    _reports["own"] = _report(state)


def _drain(state: RunState) -> None:
    """Until everybody was shown what others were, or nothing more comes."""
    end, silent_since, before = time.monotonic() + _QUIET_MAX_S, time.monotonic(), -1
    while time.monotonic() < end:
        received = state.tally.counts["received"]
        if received != before:
            before, silent_since = received, time.monotonic()
        elif time.monotonic() - silent_since > (_SILENT_S if state.ledger.behind() else _QUIET_S):
            return
        gevent.sleep(_QUIET_S / 2)


def _report(state: RunState) -> dict[str, Any]:
    return {
        "tally": state.tally.to_json(),
        "ledger": state.ledger.summary(),
        "cpu_s": time.process_time() - state.cpu_began_s,
        "run_s": state.now_s(),
    }


def _asked_to_settle(environment: Any, **_: object) -> None:  # noqa: ANN401
    """A worker: the master wants to know."""
    _settle()
    environment.runner.send_message("live_report", _reports["own"])


def _told_by_worker(msg: Any, **_: object) -> None:  # noqa: ANN401
    """The master: a worker has told everything."""
    _reports[msg.node_id] = msg.data


@events.quitting.add_listener  # type: ignore[untyped-decorator]
def _quitting(environment: Any, **_: object) -> None:  # noqa: ANN401
    """The figures of the whole run, where `loadtest run` looks for them; a worker has told its master already."""
    if _is_worker(environment):
        return
    reports = list(_reports.values()) or [_report(_states["run"])]
    tally = Tally()
    for report in reports:
        tally.merge(report["tally"])
    figures = {
        "tally": tally.to_json(),
        "ledger": merge(report["ledger"] for report in reports),
        "cpu_s": sum(report["cpu_s"] for report in reports),
        "run_s": max(report["run_s"] for report in reports),
        "processes": len(reports),
    }
    (_states["run"].folder / "figures.json").write_text(json.dumps(figures))


def _is_master(environment: Any) -> bool:  # noqa: ANN401
    return type(environment.runner).__name__ == "MasterRunner"


def _is_worker(environment: Any) -> bool:  # noqa: ANN401
    return type(environment.runner).__name__ == "WorkerRunner"


if os.environ.get("LOADTEST_SHAPE"):

    class Show(LoadTestShape):
        """The crowd's curve, named by LOADTEST_SHAPE, of LOADTEST_USERS people for LOADTEST_FOR_S seconds."""

        def __init__(self) -> None:
            super().__init__()  # type: ignore[no-untyped-call]
            self._shape = shape_called(os.environ["LOADTEST_SHAPE"])
            self._users = int(os.environ.get("LOADTEST_USERS", "100"))
            self._for_s = float(os.environ.get("LOADTEST_FOR_S", "60"))

        def tick(self) -> tuple[int, float] | None:
            """How many now, and how fast; None at the end."""
            at_s = float(self.get_run_time())  # type: ignore[no-untyped-call]
            if at_s > self._for_s:
                return None
            crowd = self._shape(at_s, self._users, self._for_s)
            return crowd.users, crowd.per_s


__all__ = ["Attendee", "Host", "Moderator"]
