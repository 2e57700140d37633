"""Turns an event's contingency plan (TOML) into frozen values, or into every fault that it has, each with its line,
its field and a remedy. It never reads a file and never guesses a value that was given wrongly. The controller, the
command line and whoever accepts a plan from a person call it.
"""

import math
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from broadcast.core.entries import RungKind
from broadcast.core.position import is_room_id
from failover.core.lines import Lines
from failover.core.plan import (
    WORDS,
    Owners,
    Plan,
    RecoveryTimes,
    Rung,
    Show,
    StandingOrders,
    Thresholds,
)

TEXT_MAX: Final = 65_536
RUNGS_MAX: Final = 6


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing that is wrong: `line` counts from 1; `field` is a path like `rung[2].words`."""

    line: int
    field: str
    remedy: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.field}: {self.remedy}"


@dataclass(frozen=True, slots=True)
class _Number:
    low: float
    high: float
    whole: bool = False


@dataclass(frozen=True, slots=True)
class _Text:
    longest: int
    shortest: int = 1


@dataclass(frozen=True, slots=True)
class _Word:
    among: tuple[str, ...]


_Rule = _Number | _Text | _Word

_SECTIONS: Final[Mapping[str, Mapping[str, _Rule]]] = {
    "show": {"goes_live": _Word(("first_publisher", "host")), "late_after_s": _Number(0, 86_400)},
    "owners": {"lead": _Text(100, 0), "deputy": _Text(100, 0)},
    "standing_orders": {"silent_after_ms": _Number(50, 10_000, whole=True), "silent_intervals": _Number(1, 20)},
    "thresholds": {
        "fail_after_ms": _Number(100, 60_000, whole=True),
        "clear_after_ms": _Number(100, 60_000, whole=True),
        "picture_wait_ms": _Number(0, 60_000, whole=True),
    },
    "recovery": {
        "clean_spell_s": _Number(0.5, 3_600),
        "relapse_factor": _Number(1, 10),
        "clean_spell_max_s": _Number(0.5, 86_400),
        "moves_max": _Number(2, 1_000, whole=True),
        "moves_window_s": _Number(10, 86_400),
    },
}
_WORDS_RULE = _Text(500)
_LEADS_ON = _Number(1, 86_400)
_RUNG: Final[Mapping[RungKind, Mapping[str, _Rule]]] = {
    RungKind.MAIN: {"words": _WORDS_RULE},
    RungKind.STANDBY: {"words": _WORDS_RULE, "leads_on_after_s": _LEADS_ON},
    RungKind.AUDIO: {"words": _WORDS_RULE, "leads_on_after_s": _LEADS_ON},
    RungKind.SLATE: {"words": _WORDS_RULE, "leads_on_after_s": _LEADS_ON},
    RungKind.BACKUP_ROOM: {
        "words": _WORDS_RULE,
        "room": _Text(61),
        "spread_ms": _Number(0, 60_000, whole=True),
        "link": _Text(500, 0),
    },
}
_BUILT: Final = tuple(kind.value for kind in _RUNG)
_BEST_FIRST: Final = tuple(RungKind)
_AT_LINE = re.compile(r" \(at line (\d+), column \d+\)$")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_LINK = re.compile(r"https?://[^\s/]+(/\S*)?")


def read_plan(text: str, *, event: str | None = None) -> Plan | tuple[Fault, ...]:
    """The plan in `text`, or all its faults in the order of their lines. With `event` the backup room must be a room
    of that event; without it, of any."""
    if len(text) > TEXT_MAX:
        return (Fault(1, "plan", f"is longer than {TEXT_MAX} characters; shorten it"),)
    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as fault:
        said = str(fault)
        found = _AT_LINE.search(said)
        line = int(found.group(1)) if found else max(1, text.count("\n") + 1)
        return (Fault(line, "plan", f"is not TOML: {_AT_LINE.sub('', said)}"),)
    check = _Check(Lines(text))
    plan = check.plan(document, event)
    return tuple(sorted(check.faults)) if check.faults else plan


@dataclass(slots=True)
class _Check:
    """Walks a document, noting faults; what is faulty reads as its default, so that the walk goes on."""

    lines: Lines
    faults: list[Fault] = field(default_factory=list)

    def fault(self, path: str, remedy: str) -> None:
        self.faults.append(Fault(self.lines.of(path), path, remedy))

    def plan(self, document: dict[str, Any], event: str | None) -> Plan:
        for name in document:
            if name not in _SECTIONS and name not in ("version", "rung"):
                self.fault(name, f"is unknown; use one of version, {', '.join(_SECTIONS)}, rung")
        self._version(document)
        known = {name: self._section(name, document.get(name, {}), rules) for name, rules in _SECTIONS.items()}
        plan = Plan(
            rungs=self._rungs(document.get("rung"), event),
            show=Show(**known["show"]),
            owners=Owners(**known["owners"]),
            standing_orders=StandingOrders(**known["standing_orders"]),
            thresholds=Thresholds(**known["thresholds"]),
            recovery=RecoveryTimes(**known["recovery"]),
        )
        self._together(plan)
        return plan

    def _version(self, document: dict[str, Any]) -> None:
        version = document.get("version")
        if version is None:
            self.fault("version", "is missing; begin the file with version = 1")
        elif version != 1 or isinstance(version, bool):
            self.fault("version", "is not one that is known here; use version = 1")

    def _section(self, path: str, given: object, rules: Mapping[str, _Rule]) -> dict[str, Any]:
        if not isinstance(given, dict):
            self.fault(path, f"is no table; write [{path}]")
            return {}
        kept: dict[str, Any] = {}
        for name, value in given.items():
            rule = rules.get(name)
            if rule is None:
                self.fault(f"{path}.{name}", f"is unknown here; use one of {', '.join(rules)}")
            elif (wrong := _wrong(value, rule)) is not None:
                self.fault(f"{path}.{name}", wrong)
            else:
                kept[name] = value
        return kept

    def _rungs(self, given: object, event: str | None) -> tuple[Rung, ...]:
        if not isinstance(given, list) or not given:
            self.fault("rung", 'there are none; write [[rung]] with kind = "main", then the others, best first')
            return ()
        if len(given) > RUNGS_MAX:
            self.fault("rung", f"there are {len(given)}; {RUNGS_MAX} are enough for every kind once")
            return ()
        rungs: list[Rung] = []
        for index, table in enumerate(given):
            path = f"rung[{index}]"
            rung = self._rung(path, table, event)
            if rung is None:
                continue
            if any(rung.kind is other.kind for other in rungs):
                self.fault(f"{path}.kind", f"{rung.kind} stands here twice; leave one out")
                continue
            if rungs and _BEST_FIRST.index(rung.kind) < _BEST_FIRST.index(rungs[-1].kind):
                self.fault(f"{path}.kind", f"{rung.kind} comes after {rungs[-1].kind}; rungs go from best to last")
            rungs.append(rung)
        self._ladder(given, rungs)
        return tuple(rungs)

    def _rung(self, path: str, table: object, event: str | None) -> Rung | None:
        if not isinstance(table, dict):
            self.fault(path, "is no table; write [[rung]]")
            return None
        kind = table.get("kind")
        if kind not in _BUILT:
            remedy = "replay is not there yet; leave it out" if kind == "replay" else f"use one of {', '.join(_BUILT)}"
            self.fault(f"{path}.kind", remedy if kind is not None else f"is missing; {remedy}")
            return None
        kind = RungKind(kind)
        fields = self._section(path, {name: value for name, value in table.items() if name != "kind"}, _RUNG[kind])
        if kind is RungKind.BACKUP_ROOM:
            self._backup_room(path, table, fields, event)
        return Rung(kind, fields.pop("words", WORDS[kind]), **fields)

    def _backup_room(self, path: str, table: dict[str, Any], fields: dict[str, Any], event: str | None) -> None:
        room = fields.get("room")
        if "room" not in table:
            self.fault(f"{path}.room", f'is missing; name it, like room = "{event or "demo"}.backup"')
        elif room is not None and (not is_room_id(room) or "." not in room):
            self.fault(
                f"{path}.room", f'is no backup room; use the event, a dot and a name, like "{event or "demo"}.backup"'
            )
        elif room is not None and event is not None and room.partition(".")[0] != event:
            self.fault(f"{path}.room", f'is a room of another event; use one like "{event}.backup"')
        link = fields.get("link", "")
        if link and _LINK.fullmatch(link) is None:
            self.fault(f"{path}.link", 'is no link; use one that begins with https://, or ""')

    def _ladder(self, given: list[Any], rungs: list[Rung]) -> None:
        kinds = [table.get("kind") if isinstance(table, dict) else None for table in given]
        if "main" not in kinds:
            self.fault("rung", 'there is no main; begin with [[rung]] and kind = "main"')
        if "slate" not in kinds:
            self.fault("rung", 'nothing holds when every source is gone; add [[rung]] with kind = "slate"')
        if rungs and rungs[-1].leads_on_after_s is not None and len(rungs) == len(given):
            last = f"rung[{len(given) - 1}].leads_on_after_s"
            self.fault(last, "leads nowhere; add a rung below, like a backup_room, or leave this out")

    def _together(self, plan: Plan) -> None:
        if plan.thresholds.fail_after_ms < plan.standing_orders.silent_after_ms:
            self.fault(
                "thresholds.fail_after_ms",
                f"is less than standing_orders.silent_after_ms ({plan.standing_orders.silent_after_ms}); "
                "the gateways look first, so make it larger",
            )
        if plan.recovery.clean_spell_max_s < plan.recovery.clean_spell_s:
            self.fault(
                "recovery.clean_spell_max_s",
                f"is less than clean_spell_s ({plan.recovery.clean_spell_s:g}); make it the same or larger",
            )


def _wrong(value: object, rule: _Rule) -> str | None:
    """What is wrong with `value` under `rule`, as a remedy; None if nothing is."""
    if isinstance(rule, _Word):
        return None if value in rule.among else f"use one of {', '.join(rule.among)}"
    if isinstance(rule, _Text):
        if not isinstance(value, str) or not rule.shortest <= len(value.strip()) <= rule.longest:
            return f"use text of {rule.shortest} to {rule.longest} characters"
        return "control characters are not allowed; leave them out" if _CONTROL.search(value) else None
    good = isinstance(value, int) and not isinstance(value, bool)
    good = good or (not rule.whole and isinstance(value, float) and math.isfinite(value))
    if good and rule.low <= value <= rule.high:  # type: ignore[operator]
        return None
    return f"use a {'whole ' if rule.whole else ''}number from {rule.low:g} to {rule.high:g}"
