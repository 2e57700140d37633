"""Locust's entry, `locust -f loadtest/locustfile.py --links FILE`: with its web page, headless, as master and workers.

Puts users, shape and figures together, anew for every run that is started; measures nothing itself. `python -m
loadtest run` starts it and makes the report.
"""

import os
import signal
import time
from pathlib import Path
from typing import Any

import gevent
from locust import LoadTestShape, events

from loadtest.audience import Attendee, Host, Moderator
from loadtest.closing import Closing
from loadtest.links import Links, read_links, websocket_base
from loadtest.person import Person
from loadtest.refusal import Refusal
from loadtest.run_state import RunState, run_called
from loadtest.shape import shape_called, tick
from loadtest.statistic import Checks

_GAUGE_S = 0.25
_CHECKS_EVERY = 4
_SHARES = ("video", "audio")


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
    group.add_argument("--run-id", default="", env_var="LOADTEST_RUN", help="a name for the run (left out: a new one)")
    group.add_argument("--folder", default="var/loadtest", env_var="LOADTEST_FOLDER", help="figures go here")


@events.init.add_listener  # type: ignore[untyped-decorator]
def _init(environment: Any, **_: object) -> None:  # noqa: ANN401
    try:
        process = _Process(environment)
    except Refusal as refusal:
        raise SystemExit(str(refusal)) from None
    for event, listener in (
        (events.test_start, process.begin),
        (events.test_stopping, process.stopping),
        (events.test_stop, process.stopped),
        (events.quitting, process.quitting),
    ):
        event.add_listener(listener)  # type: ignore[no-untyped-call]


class _Process:
    """One locust process: the deployment it is pointed at, and the run that it is in."""

    def __init__(self, environment: Any) -> None:  # noqa: ANN401
        self._environment = environment
        self._runner = environment.runner
        self._role = type(environment.runner).__name__
        self._links = _links(environment)
        options = environment.parsed_options
        run_called(options.run_id)
        self._sources = tuple(name for name in options.sources.split(",") if name in self._links.whip)
        self._state: RunState | None = None
        self._closing: Closing | None = None
        # Who has no token or nothing to publish does not come.
        Moderator.fixed_count = Moderator.weight = 1 if self._links.tokens.get("moderator") else 0
        Host.fixed_count = Host.weight = 1 if self._sources else 0
        if self._role == "WorkerRunner":
            self._runner.register_message("live_hush", self._hush, concurrent=True)
            self._runner.register_message("live_judge", self._judge, concurrent=True)
        elif self._role == "MasterRunner":
            for kind in ("live_evidence", "live_report"):
                self._runner.register_message(kind, self._answered)
        elif os.environ.get("LOADTEST_SHAPE"):
            # While a shape runs, locust has not come to listen for it itself.
            gevent.signal_handler(signal.SIGTERM, self._told_to_stop)

    def begin(self, **_: object) -> None:
        """A run begins, and nothing of an earlier one is left in it. Workers are told its name with the options."""
        options = self._environment.parsed_options
        if self._state is not None and self._role != "WorkerRunner":
            options.run_id = ""
        options.run_id = run_called(options.run_id)
        folder = Path(options.folder)
        folder.mkdir(parents=True, exist_ok=True)
        state = RunState(
            links=self._links,
            folder=folder,
            run=options.run_id,
            seed=options.seed,
            users=int(os.environ.get("LOADTEST_USERS", "0")),
            chat_per_s=options.chat,
            media_shares=dict(zip(_SHARES, (options.video, options.audio), strict=True)),
            fire=self._fire,
            clip=options.clip,
            sources=self._sources,
            worker=max(0, self._runner.worker_index) if self._role != "MasterRunner" else 0,
        )
        checks = Checks(self._environment.stats)
        self._state, self._closing = state, Closing(self._runner, state, checks)
        Person.state = Host.state = state
        (folder / "started").write_text(str(time.time()))
        gevent.spawn(_gauge, state, checks)

    def stopping(self, **_: object) -> None:
        """Before anybody leaves: what the crowd knows is settled, and kept. The master asks its workers, and waits."""
        if self._closing is None or self._closing.is_done:
            return
        if self._role == "MasterRunner":
            self._closing.as_master()
        else:
            self._closing.alone(keep=self._role != "WorkerRunner")

    def stopped(self, **_: object) -> None:
        """Everybody has left."""
        if self._state is not None:
            self._state.over = True

    def quitting(self, **_: object) -> None:
        """Told to end before the run has: what is known so far is kept."""
        if self._closing is not None and not self._closing.is_done and self._role == "LocalRunner":
            self._closing.cut_short()

    def _told_to_stop(self) -> None:
        self.quitting()
        raise SystemExit(128 + signal.SIGTERM)

    def _fire(self, kind: str, name: str, value_ms: float | None, fault: str | None) -> None:
        self._environment.events.request.fire(
            request_type=kind,
            name=name,
            response_time=value_ms,
            response_length=0,
            exception=RuntimeError(fault) if fault else None,
            context={},
        )

    def _hush(self, msg: Any, **_: object) -> None:  # noqa: ANN401
        if self._closing is not None:
            self._closing.hushed(msg.data["run"])

    def _judge(self, msg: Any, **_: object) -> None:  # noqa: ANN401
        if self._closing is not None:
            self._closing.judged(msg.data["run"], msg.data["question"])

    def _answered(self, msg: Any, **_: object) -> None:  # noqa: ANN401
        if self._closing is not None:
            self._closing.answered(msg.type, msg.node_id, msg.data)


def _links(environment: Any) -> Links:  # noqa: ANN401
    options = environment.parsed_options
    if options.links:
        return read_links(Path(options.links))
    if not environment.host:
        raise Refusal("say where: --links FILE (make demo LINKS=FILE), or --host http://… and --room")
    websocket_base(environment.host)
    return Links(base=environment.host, room=options.room)


def _gauge(state: RunState, checks: Checks) -> None:
    """Who is there, four times a second, and what the process itself spends; now and then, what was checked."""
    shape = shape_called(os.environ.get("LOADTEST_SHAPE") or "steady")
    for_s, stormed, due_s = float(os.environ.get("LOADTEST_FOR_S", "60")), False, state.now_s()
    turn = 0
    while not state.over:
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
        turn += 1
        if turn % _CHECKS_EVERY == 0:
            checks.update(state.ledger)
        due_s = state.now_s() + _GAUGE_S
        gevent.sleep(_GAUGE_S)


if os.environ.get("LOADTEST_SHAPE"):

    class Show(LoadTestShape):
        """The crowd's curve, named by LOADTEST_SHAPE, of LOADTEST_USERS people for LOADTEST_FOR_S seconds."""

        def __init__(self) -> None:
            super().__init__()  # type: ignore[no-untyped-call]
            self._shape = shape_called(os.environ["LOADTEST_SHAPE"])
            self._users = int(os.environ.get("LOADTEST_USERS", "100"))
            self._for_s = float(os.environ.get("LOADTEST_FOR_S", "60"))

        def tick(self) -> tuple[int, float] | None:
            """How many now, and how fast; None at the end. The host is no member and comes beside them."""
            at_s = float(self.get_run_time())  # type: ignore[no-untyped-call]
            return tick(self._shape, at_s, self._users, self._for_s, beside=Host.fixed_count)


__all__ = ["Attendee", "Host", "Moderator"]
