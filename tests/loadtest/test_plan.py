"""A plan: read whole, drawn the same from the same seed, and every fault in it named by its line."""

import pytest

from loadtest.objective import Objectives
from loadtest.plan import parse_plan
from loadtest.refusal import PlanRefusal

KNOWN = {
    "kill": {"knobs": [], "bounds": {}, "heals": False},
    "freeze": {"knobs": [], "bounds": {}, "heals": True},
    "delay": {"knobs": ["delay_ms"], "bounds": {"delay_ms": {"min": 0.001, "max": 600_000}}, "heals": True},
}
GOOD = """version = 1
seed = 7

[[fault]]
at_s = 30
fault = "freeze"
target = "redis"
for_s = 5

[[fault]]
at_s = 20
fault = "kill"
target = "gateway2"

[[fault]]
at_s = 25
fault = "delay"
target = "path"
delay_ms = 80

[objectives]
reach_min = 0.999
"""
RANDOM = """version = 1
seed = 3
[random]
faults = 4
from_s = 5
to_s = 35
choices = [{fault = "freeze", target = "gateway1", for_s = 2}, {fault = "kill", target = "gateway2"}]
"""


def faults_of(text: str) -> list[str]:
    with pytest.raises(PlanRefusal) as refusal:
        parse_plan(text, KNOWN)
    assert str(refusal.value) == "; ".join(refusal.value.faults)
    return refusal.value.faults


def test_a_plan_is_read_whole_and_in_order_of_time():
    plan = parse_plan(GOOD, KNOWN)
    assert [(each.at_s, each.fault, each.target, each.for_s) for each in plan.faults] == [
        (20, "kill", "gateway2", None),
        (25, "delay", "path", None),
        (30, "freeze", "redis", 5),
    ]
    assert plan.faults[1].knobs == {"delay_ms": 80}
    assert [each.line for each in plan.faults] == [10, 15, 4]
    assert plan.objectives == Objectives(reach_min=0.999)
    assert [each.name for each in plan.faults] == ["kill gateway2", "delay path", "freeze redis for 5 s"]


def test_the_same_seed_draws_the_same_faults_and_another_does_not():
    assert parse_plan(RANDOM, KNOWN) == parse_plan(RANDOM, KNOWN)
    assert parse_plan(RANDOM, KNOWN) != parse_plan(RANDOM.replace("seed = 3", "seed = 4"), KNOWN)
    assert all(5 <= each.at_s <= 35 for each in parse_plan(RANDOM, KNOWN).faults)


def test_an_empty_plan_breaks_nothing():
    assert parse_plan("version = 1", KNOWN).faults == ()


@pytest.mark.parametrize(
    ("change", "to", "line"),
    [
        ('fault = "kill"', 'fault = "explode"', "line 12: no fault is called 'explode'; there are kill, freeze, delay"),
        ("at_s = 20", "at_s = -20", "line 11: at_s = -20: a time is seconds, zero or more"),
        ("for_s = 5", "for_s = -5", "line 8: for_s = -5: a time is seconds, zero or more"),
        ("at_s = 20", "at_s = true", "line 11: at_s = True: a time is seconds, zero or more"),
        ("at_s = 20", 'at_s = "soon"', "line 11: at_s = 'soon': a time is seconds, zero or more"),
        ("at_s = 20\n", "", "line 10: kill needs at_s"),
        ('target = "redis"', "target = 3", "line 7: target is a name, in quotes"),
        ('target = "redis"\n', "", "line 4: freeze needs target"),
        ("delay_ms = 80\n", "", "line 15: delay needs delay_ms"),
        ("delay_ms = 80", 'delay_ms = "much"', "line 19: delay_ms is a number"),
        ("delay_ms = 80", "delay_ms = -80", "line 19: delay_ms = -80: it is 0.001 to 600000"),
        ("delay_ms = 80", "delay_ms = nan", "line 19: delay_ms = nan: it is 0.001 to 600000"),
        ("delay_ms = 80", "delay_ms = inf", "line 19: delay_ms = inf: it is 0.001 to 600000"),
        ('target = "gateway2"', 'target = "gateway2"\nfor_s = 5', "line 14: kill is not healed: it has no for_s"),
        ('target = "gateway2"', 'target = "gateway2"\ncolour = 1', "line 14: kill has no colour"),
        ("reach_min = 0.999", "reach_min = -1", "line 22: reach_min = -1: an objective is a number, zero or more"),
        ("version = 1", "version = 2", "line 1: version = 1 is the one there is"),
        ("seed = 7", "seed = 1.5", "line 2: seed is a whole number"),
        ("[objectives]", "[dreams]", "line 21: nothing is called dreams"),
        ("[[fault]]\nat_s = 30", "[fault]\nat_s = 30", "the plan is not TOML: "),
    ],
)
def test_each_mistake_is_one_line_with_its_number(change, to, line):
    found = faults_of(GOOD.replace(change, to, 1))
    assert len(found) == 1
    assert found[0].startswith(line)


def test_all_mistakes_are_told_at_once():
    text = GOOD.replace("at_s = 30", "at_s = -1").replace('"kill"', '"explode"').replace("reach_min", "beauty_min")
    found = faults_of(text)
    assert [line.partition(":")[0] for line in found] == ["line 5", "line 12", "line 22"]


@pytest.mark.parametrize(
    ("change", "to", "line"),
    [
        ("faults = 4", "faults = 0", "line 3: [random] needs faults = 1 or more"),
        ("from_s = 5", "from_s = 50", "line 3: [random] needs faults = 1 or more and 0 <= from_s <= to_s"),
        ("choices = [{", "choices = 3 # [{", "line 3: [random] needs choices"),
        ('"kill"', '"explode"', "line 7: no fault is called 'explode'"),
        ("to_s = 35", "to_s = 35\ncolour = 1", "line 3: [random] has faults"),
    ],
)
def test_mistakes_in_a_drawn_schedule_too(change, to, line):
    assert faults_of(RANDOM.replace(change, to, 1))[0].startswith(line)


def test_oddities_of_the_wrong_kind_are_told():
    assert faults_of("version = 1\nfault = 3\n") == ["line 1: faults are written [[fault]]"]
    assert faults_of("version = 1\nfault = [3]\n") == ["line 1: a fault is a table"]
    assert faults_of("version = 1\nobjectives = 3\n") == ["line 1: [objectives] is a table"]
    assert faults_of("version = 1\nrandom = 3\n") == ["line 1: [random] has faults, from_s, to_s and choices"]
