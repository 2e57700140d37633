"""A run as it was asked for: checked as far as can be beforehand, carried out, reported whatever happens.

Decides only whether a wish makes sense; says what is wrong in one line each. Called by `cli` for `run` and `demo`.
"""

import re
import sys
from dataclasses import dataclass
from pathlib import Path

from loadtest.bench.table import provenance
from loadtest.limit import allow_sockets
from loadtest.links import Links, read_links, websocket_base
from loadtest.objective import judge, shown
from loadtest.paper import allow_report
from loadtest.plan import Plan
from loadtest.refusal import PlanRefusal, Refusal
from loadtest.rehearsal import read_plan
from loadtest.report import is_met, write_report
from loadtest.run import Wish
from loadtest.run import run as run_crowd
from loadtest.shape import shape_called
from loadtest.stop import CutShort
from loadtest.told import Told

_ASKED_OF_NOBODY = {
    "base": "nowhere",
    "gateways": [],
    "room": "",
    "for_s": 0,
    "chat_per_s": 0,
    "video": 0,
    "audio": 0,
    "seed": 0,
}


@dataclass(frozen=True, slots=True)
class Ask:
    """A run as it was asked for, unchecked. `shares` are who watch and who only listen, `notes` go into the report."""

    users: int
    shape: str
    hold: str
    faults: Path | None
    report: Path
    chat: float
    shares: tuple[float, float]
    clip: str
    sources: tuple[str, ...]
    workers: int
    notes: tuple[str, ...] = ()


def whole_run(ask: Ask, links_file: Path | None, host: str, room: str) -> int:
    """The run and its report, whatever happens: 0 all met, 1 not, 2 refused; 128 and more: told to stop."""
    raw = ask.report.with_suffix(".json")
    if raw == ask.report:
        raise Refusal(f"--report {ask.report}: the raw figures will be called so; give a name like report.html")
    allow_report(ask.report)
    allow_report(raw)
    plan, told = Plan(), _nothing(ask)
    try:
        wish = _wish(ask, links_file, host, room)
        plan = wish.plan
        told = run_crowd(wish)
    except PlanRefusal as refusal:
        told.trouble += [f"{ask.faults}, {fault}" for fault in refusal.faults]
    except Refusal as refusal:
        told.trouble.append(str(refusal))
    except CutShort as cut:
        told.cut_short(cut)
    return _reported(ask, plan, told)


def refused_run(ask: Ask, why: Refusal | CutShort) -> int:
    """A run that found no deployment to come to: its report all the same; 2, or as it was told to stop."""
    told = _nothing(ask)
    if isinstance(why, CutShort):
        told.cut_short(why)
    else:
        told.trouble.append(str(why))
    return _reported(ask, Plan(), told)


def _nothing(ask: Ask) -> Told:
    return Told({**_ASKED_OF_NOBODY, "users": ask.users, "shape": ask.shape}, provenance())


def _reported(ask: Ask, plan: Plan, told: Told) -> int:
    told.notes = [*ask.notes, *told.notes]
    for line in told.trouble:
        print(line, file=sys.stderr)
    verdicts = judge(plan.objectives, told.figures) if told.figures else []
    for verdict in verdicts:
        met, measured = "met   " if verdict.met else "MISSED", shown(verdict.measured)
        print(f"{met}  {verdict.what}: {measured} (limit {shown(verdict.limit)})")
    try:
        raw = write_report(told, verdicts, ask.report)
    except OSError as fault:
        raise Refusal(f"--report {ask.report}: {fault.strerror}") from None
    print(f"The report is {ask.report}, its raw figures {raw}")
    if told.stopped or not told.figures:
        return told.stopped or 2
    return 0 if is_met(told, verdicts) else 1


def _wish(ask: Ask, links_file: Path | None, host: str, room: str) -> Wish:
    """What is asked, checked in everything that can be checked beforehand."""
    if links_file is not None:
        links = read_links(links_file)
    elif host:
        websocket_base(host)
        links = Links(base=host, room=room)
    else:
        raise Refusal("say where: --links FILE (make demo LINKS=FILE), or --host http://… and --room")
    shape_called(ask.shape)
    allow_sockets(ask.users)
    if sum(ask.shares) > 1:
        raise Refusal(f"--video {ask.shares[0]:g} and --audio {ask.shares[1]:g} are more than everybody")
    if ask.clip and not Path(ask.clip).is_file():
        raise Refusal(f"--clip {ask.clip}: there is no such file")
    sources = tuple(source for source in ask.sources if source in links.whip)
    plan = Plan() if ask.faults is None else read_plan(ask.faults, links, sources)
    return Wish(
        links=links,
        links_file=links_file,
        shape=ask.shape,
        users=ask.users,
        for_s=_seconds(ask.hold),
        plan=plan,
        chat_per_s=ask.chat,
        video=ask.shares[0],
        audio=ask.shares[1],
        clip=ask.clip,
        sources=sources,
        workers=ask.workers,
    )


def _seconds(text: str) -> float:
    found = re.fullmatch(r"(\d{1,6}(?:\.\d{1,3})?)(s|m|)", text)
    if found is None or float(found.group(1)) <= 0:
        raise Refusal(f"--for {text}: give a time like 40s or 5m")
    return float(found.group(1)) * (60.0 if found.group(2) == "m" else 1.0)
