"""A load run's plan: which faults when, from which dice, and what the run must achieve.

Pure: text goes in, a plan comes out, or one line for each mistake with its line number. Injects nothing; `rehearsal`
carries it out.
"""

import math
import random
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from loadtest.objective import Objectives, objective_faults
from loadtest.refusal import PlanRefusal

AT_MAX_S = 86_400.0
_KEYS = frozenset({"at_s", "fault", "target", "for_s"})
_HEADER = re.compile(r"\[{1,2}\s*([\w.-]+)\s*\]{1,2}")


@dataclass(frozen=True, slots=True)
class Planned:
    """One fault: `at_s` after the crowd began to come, for `for_s` (None: nothing heals it)."""

    at_s: float
    fault: str
    target: str
    for_s: float | None
    knobs: Mapping[str, float] = field(default_factory=dict)
    line: int = 0

    @property
    def name(self) -> str:
        """As people call it."""
        return f"{self.fault} {self.target}" + (f" for {self.for_s:g} s" if self.for_s is not None else "")


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be broken, in order, and the objectives."""

    faults: tuple[Planned, ...] = ()
    objectives: Objectives = field(default_factory=Objectives)
    seed: int = 1


class _Lines:
    """Where in the text a table, and a key in it, stands."""

    def __init__(self, text: str) -> None:
        self._places: dict[tuple[str, int, str], int] = {}
        header, counts = "", {"": 0}
        for number, line in enumerate(text.splitlines(), 1):
            found = _HEADER.match(line.strip())
            if found:
                header = found.group(1)
                counts[header] = counts.get(header, -1) + 1
                self._places[header, counts[header], ""] = number
            elif "=" in line:
                self._places.setdefault((header, counts[header], line.partition("=")[0].strip()), number)

    def of(self, header: str, index: int = 0, key: str = "") -> int:
        """The line of the key; else of the table; else 1."""
        return self._places.get((header, index, key)) or self._places.get((header, index, "")) or 1


def parse_plan(text: str, known: Mapping[str, Mapping[str, Any]]) -> Plan:
    """The plan in `text`. `known` is what `failover fault list --json` says. PlanRefusal names every mistake."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise PlanRefusal([f"the plan is not TOML: {fault}"]) from None
    lines = _Lines(text)
    faults = [f"line {lines.of(key)}: nothing is called {key}" for key in data if key not in _TABLES]
    if data.get("version") != 1:
        faults.append(f"line {lines.of('', 0, 'version')}: version = 1 is the one there is")
    seed = data.get("seed", 1)
    if not isinstance(seed, int):
        faults.append(f"line {lines.of('', 0, 'seed')}: seed is a whole number")
        seed = 1
    planned, wrong = _faults(data.get("fault", []), lines, known)
    faults += wrong
    drawn, wrong = _random(data.get("random"), lines, known, seed)
    faults += wrong
    objectives = data.get("objectives", {})
    faults += [f"line {lines.of('objectives', 0, key)}: {why}" for key, why in objective_faults(objectives)]
    if faults:
        raise PlanRefusal(faults)
    ordered = sorted([*planned, *drawn], key=lambda each: each.at_s)
    return Plan(tuple(ordered), Objectives(**objectives), seed)


_TABLES = frozenset({"version", "seed", "fault", "random", "objectives"})


def _faults(tables: Any, lines: _Lines, known: Mapping[str, Any]) -> tuple[list[Planned], list[str]]:  # noqa: ANN401
    planned, faults = [], []
    if not isinstance(tables, list):
        return [], [f"line {lines.of('fault')}: faults are written [[fault]]"]
    for index, table in enumerate(tables):
        wrong = list(_wrong(table, known, at_needed=True))
        faults += [f"line {lines.of('fault', index, key)}: {why}" for key, why in wrong]
        if not wrong:
            planned.append(_planned(table, float(table["at_s"]), lines.of("fault", index)))
    return planned, faults


def _random(
    table: Any,  # noqa: ANN401
    lines: _Lines,
    known: Mapping[str, Any],
    seed: int,
) -> tuple[list[Planned], list[str]]:
    """A schedule drawn by the plan's dice: `faults` of `choices`, between `from_s` and `to_s`."""
    if table is None:
        return [], []
    line = lines.of("random")
    if not isinstance(table, dict) or not {"faults", "from_s", "to_s", "choices"} >= set(table):
        return [], [f"line {line}: [random] has faults, from_s, to_s and choices"]
    count, first, last = table.get("faults"), table.get("from_s", -1), table.get("to_s", -1)
    choices = table.get("choices")
    if not (isinstance(count, int) and 0 < count <= 1_000 and _is_time(first) and _is_time(last) and first <= last):
        return [], [f"line {line}: [random] needs faults = 1 or more and 0 <= from_s <= to_s"]
    if not isinstance(choices, list) or not choices or not all(isinstance(choice, dict) for choice in choices):
        return [], [f"line {line}: [random] needs choices, a list of faults without at_s"]
    wrong = [why for choice in choices for _, why in _wrong(choice, known, at_needed=False)]
    if wrong:
        return [], [f"line {lines.of('random', 0, 'choices')}: {why}" for why in wrong]
    dice = random.Random(seed)
    drawn = [(round(dice.uniform(first, last), 3), dice.choice(choices)) for _ in range(count)]
    return [_planned(choice, at_s, line) for at_s, choice in drawn], []


def _wrong(table: Any, known: Mapping[str, Any], *, at_needed: bool) -> Iterator[tuple[str, str]]:  # noqa: ANN401
    """What is wrong with one fault: `(key, sentence)`."""
    if not isinstance(table, dict):
        yield "", "a fault is a table"
        return
    name = str(table.get("fault"))
    if name not in known:
        yield "fault", f"no fault is called {name!r}; there are {', '.join(known)}"
        return
    knobs = set(known[name]["knobs"])
    for key in set(table) - _KEYS - knobs:
        yield key, f"{name} has no {key}"
    for key in sorted(knobs | {"target"} | ({"at_s"} if at_needed else set())):
        if key not in table:
            yield "", f"{name} needs {key}"
    if "target" in table and not (isinstance(table["target"], str) and table["target"]):
        yield "target", "target is a name, in quotes"
    for key in ("at_s", "for_s"):
        if key in table and not _is_time(table[key]):
            yield key, f"{key} = {table[key]!r}: a time is seconds, zero or more"
    if "for_s" in table and not known[name].get("heals", True):
        yield "for_s", f"{name} is not healed: it has no for_s"
    for key in sorted(knobs & set(table)):
        yield from _wrong_knob(key, table[key], known[name].get("bounds", {}).get(key, {}))


def _wrong_knob(key: str, value: Any, bounds: Mapping[str, float]) -> Iterator[tuple[str, str]]:  # noqa: ANN401
    least, most = bounds.get("min", -math.inf), bounds.get("max", math.inf)
    if not isinstance(value, int | float) or isinstance(value, bool):
        yield key, f"{key} is a number"
    elif not (least <= value <= most and math.isfinite(value)):
        yield key, f"{key} = {value}: it is {least:g} to {most:g}"


def _is_time(value: Any) -> bool:  # noqa: ANN401
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= AT_MAX_S


def _planned(table: Mapping[str, Any], at_s: float, line: int) -> Planned:
    knobs = {key: float(value) for key, value in table.items() if key not in _KEYS}
    for_s = float(table["for_s"]) if "for_s" in table else None
    return Planned(at_s, table["fault"], table["target"], for_s, knobs, line)
