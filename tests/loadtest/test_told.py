"""What a run comes to: what was not measured is None, whatever could flatter is said."""

from typing import Any

import pytest

from loadtest.ledger import Ledger
from loadtest.objective import Objectives, judge
from loadtest.reader import Said
from loadtest.tally import BIN_S, Tally
from loadtest.told import Told, objective_figures, take_figures

FOR_S = 20.0


def raw(tally: Tally, ledger: Ledger | None = None, **more: object) -> dict[str, Any]:
    """As locust leaves it."""
    summary = (ledger or a_ledger()).summary()
    return {
        "tally": tally.to_json(),
        "ledger": summary,
        "cpu_s": 1.0,
        "run_s": FOR_S,
        "processes": 1,
        "silent_workers": 0,
        **more,
    }


def a_ledger() -> Ledger:
    ledger = Ledger()
    reader = ledger.reader("ada")
    reader.welcomed("demo", "e", 0, asked=False, resumed=False)
    reader.received(Said(1))
    return ledger


def a_tally(*, away_from_s: float = FOR_S) -> Tally:
    tally, at_s = Tally(), 0.0
    while at_s < FOR_S:
        tally.gauge("wanted", 10, at_s)
        tally.gauge("present", 10 if at_s < away_from_s else 2, at_s)
        at_s += BIN_S
    return tally


def a_told(*injected_s: float | None) -> Told:
    faults = [{"name": "kill it", "injected_s": at_s, "why_not": ""} for at_s in injected_s]
    return Told({"for_s": FOR_S}, {}, faults=faults)


def test_nothing_measured_is_nothing_met():
    figures = objective_figures(Tally(), Ledger().summary())
    assert set(figures.values()) == {None}
    wishes = Objectives(reach_min=0, resumed_min=0, acked_min=0, present_min=0, recovery_max_s=1e9)
    assert not any(verdict.met for verdict in judge(wishes, figures))


def test_returns_are_measured_by_who_returned():
    ledger = a_ledger()
    assert objective_figures(Tally(), ledger.summary())["resumed_min"] is None
    reader = ledger.reader("ben")
    reader.welcomed("demo", "e", 1, asked=True, resumed=True)
    reader.welcomed("demo", "e", 1, asked=True, resumed=False)
    assert objective_figures(Tally(), ledger.summary())["resumed_min"] == 0.5


def test_a_recovery_that_nobody_saw_end_was_not_measured_and_is_not_met():
    told = a_told(16.0, 5.0)
    take_figures(told, raw(a_tally(away_from_s=16.0)))
    assert told.faults[0]["felt_s"] is None
    assert told.figures["recovery_max_s"] is None
    assert told.notes == ["kill it was felt to the end of the run: how long a recovery takes was not measured."]
    assert [v.what for v in judge(Objectives(recovery_max_s=8), told.figures) if not v.met] == [
        "longest recovery from a fault"
    ]


def test_without_a_fault_there_was_no_recovery_to_measure():
    for told in (a_told(), a_told(None)):
        take_figures(told, raw(a_tally()))
        assert told.figures["recovery_max_s"] is None
    told = a_told(8.0, None)
    take_figures(told, raw(a_tally()))
    assert told.figures["recovery_max_s"] == 0.0


def test_viewers_who_never_saw_a_picture_waited_longest():
    tally = a_tally()
    for _ in range(19):
        tally.measure("picture", 100, 1.0)
    tally.count("without_picture", 20.0)
    assert objective_figures(tally, a_ledger().summary())["picture_p95_ms"] == pytest.approx(100)
    tally.count("without_picture", 20.0)
    told = a_told()
    take_figures(told, raw(tally))
    assert told.figures["picture_p95_ms"] is None
    assert told.notes == ["2 viewers of those at the end had never been shown a picture."]


@pytest.mark.parametrize(
    ("target", "injected_s", "is_trouble"),
    [("main", 3.0, False), ("media.1", 3.0, False), ("main", None, True), ("gateway.1", 3.0, True)],
)
def test_a_publisher_that_ended_is_trouble_unless_it_was_broken(target, injected_s, is_trouble):
    told = a_told(injected_s)
    told.faults[0]["target"] = target
    told.ended = {"main": "code 1: 403"}
    take_figures(told, raw(a_tally()))
    assert (told.trouble if is_trouble else told.notes) == ["the publisher of main ended (code 1: 403)"]
    assert (told.notes if is_trouble else told.trouble) == []


def test_short_waits_for_a_picture_count_as_the_longest_too():
    tally = a_tally()
    assert objective_figures(tally, a_ledger().summary())["media_gap_max_ms"] is None
    tally.peak("media_gap_ms", 40, 1.0)
    assert objective_figures(tally, a_ledger().summary())["media_gap_max_ms"] == 40
    tally.measure("media_gap", 900, 3.0)
    assert objective_figures(tally, a_ledger().summary())["media_gap_max_ms"] == 900


def test_workers_that_did_not_report_or_compare_are_trouble():
    told, left = a_told(), raw(a_tally(), silent_workers=1, processes=1)
    left["ledger"]["uncompared"] = 3
    take_figures(told, left)
    assert [line.partition(":")[0] for line in told.trouble] == [
        "1 of the locust workers did not report",
        "in 3 places the locust workers' records were too many to be compared",
    ]
