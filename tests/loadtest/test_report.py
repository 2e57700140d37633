"""The report: curves, recoveries and words from figures; no network, nothing unescaped, also of a run that failed."""

import json
import re

import pytest

from loadtest.chart import WIDTH, Band, Line, chart, per_second
from loadtest.objective import Objectives, judge
from loadtest.recovery import recoveries
from loadtest.report import html, is_met, write_report
from loadtest.spread import Spread
from loadtest.tally import BIN_S, Tally
from loadtest.told import Told, own_trouble

ASKED = {
    "base": "http://127.0.0.1:8000",
    "gateways": ["ws://127.0.0.1:8000"],
    "room": "demo",
    "shape": "steady",
    "users": 300,
    "for_s": 20.0,
    "chat_per_s": 10,
    "video": 0.3,
    "audio": 0.1,
    "seed": 7,
}
ORIGIN = {"commit": "abc", "machine": "a machine", "python": "3.11", "date": "2026-01-01"}


def a_run(*, dip: tuple[float, float] | None = None, late: tuple[float, float] | None = None) -> Tally:
    """Twenty seconds of a room of ten; in `dip` half are away and messages stop, in `late` they come 3 s later."""
    tally = Tally()
    at_s = 0.0
    while at_s < 20:
        away = dip is not None and dip[0] <= at_s < dip[1]
        tally.gauge("wanted", 10, at_s)
        tally.gauge("present", 5 if away else 10, at_s)
        tally.count("frames", at_s, 100)
        tally.count("received", at_s, 0 if away else 25)
        slow = late is not None and late[0] <= at_s < late[1]
        tally.measure("latency", 3000 if slow else 5, at_s)
        at_s += BIN_S
    return tally


def a_fault(injected_s: float | None, healed_s: float | None = None) -> dict[str, object]:
    return {
        "name": "kill <gateway>",
        "injected_s": injected_s,
        "bit_s": injected_s,
        "healed_s": healed_s,
        "why_not": "",
        "felt_s": 1.0,
    }


def a_told(**more: object) -> Told:
    tally = a_run(dip=(8, 10))
    told = Told(dict(ASKED), dict(ORIGIN), curves=tally.curves(), counts=dict(tally.counts))
    told.spreads = tally.to_json()["spreads"]
    told.figures = {
        **dict.fromkeys(("lost_max", "doubled_max", "swapped_max", "forgotten_max", "contradicted_max"), 0),
        "reach_min": 1.0,
        "latency_p95_ms": 5.0,
        "media_gap_max_ms": 0.0,
        "recovery_max_s": 2.0,
    }
    told.faults = [a_fault(8.0), a_fault(None)]
    for name, value in more.items():
        setattr(told, name, value)
    return told


def test_a_dip_is_felt_until_the_last_disturbed_moment():
    felt = recoveries(a_run(dip=(8, 10)).curves(), [a_fault(8.0)], 20)
    assert felt == [pytest.approx(2.0, abs=2 * BIN_S)]


def test_late_messages_are_felt_too():
    felt = recoveries(a_run(late=(12, 13)).curves(), [a_fault(12.0)], 20)
    assert felt == [pytest.approx(1.0, abs=BIN_S)]


def test_what_nobody_noticed_is_zero_and_what_never_ended_is_none():
    assert recoveries(a_run().curves(), [a_fault(8.0)], 20) == [0.0]
    assert recoveries(a_run(dip=(8, 20)).curves(), [a_fault(8.0)], 20) == [None]
    assert recoveries(a_run().curves(), [a_fault(None)], 20) == [None]
    assert recoveries({}, [a_fault(8.0)], 20) == [None]


def test_each_fault_is_felt_until_the_next_one():
    felt = recoveries(a_run(dip=(14, 15)).curves(), [a_fault(8.0), a_fault(14.0)], 20)
    assert felt == [0.0, pytest.approx(1.0, abs=2 * BIN_S)]


def test_what_goes_on_through_the_next_fault_is_felt_from_both_and_ends_once():
    faults = [a_fault(8.0), a_fault(10.0)]
    felt = recoveries(a_run(dip=(8, 13)).curves(), faults, 20)
    assert felt == [pytest.approx(5.0, abs=2 * BIN_S), pytest.approx(3.0, abs=2 * BIN_S)]
    assert recoveries(a_run(dip=(8, 13)).curves(), faults[::-1], 20) == felt[::-1]
    assert recoveries(a_run(dip=(8, 20)).curves(), faults, 20) == [None, None]


def test_what_begins_with_the_next_fault_is_that_ones_alone():
    felt = recoveries(a_run(dip=(10, 13)).curves(), [a_fault(8.0), a_fault(10.0)], 20)
    assert felt == [0.0, pytest.approx(3.0, abs=2 * BIN_S)]
    assert recoveries(a_run(dip=(10, 13)).curves(), [a_fault(8.0), a_fault(10.02)], 20)[0] == 0.0
    felt = recoveries(a_run(dip=(11, 13)).curves(), [a_fault(10.0), a_fault(10.0)], 20)
    assert felt == [pytest.approx(3.0, abs=2 * BIN_S)] * 2


def test_a_fault_into_a_disturbance_is_measured_by_what_was_usual_before_it():
    tally = a_run(dip=(8, 16))
    felt = recoveries(tally.curves(), [a_fault(8.0), a_fault(14.0)], 20)
    assert felt[1] == pytest.approx(2.0, abs=2 * BIN_S)


def test_a_tally_of_two_workers_adds_counts_and_keeps_peaks():
    one, other = Tally(), Tally()
    for tally, gap_ms in ((one, 300), (other, 500)):
        tally.gauge("present", 5, 1.0)
        tally.count("received", 1.0, 7)
        tally.measure("media_gap", gap_ms, 1.0)
    one.merge(json.loads(json.dumps(other.to_json())))
    curves = one.curves()
    assert curves["present"][4] == (1.0, 10)
    assert curves["received"][4] == (1.0, 14)
    assert curves["media_gap_ms"][4] == (1.0, 500)
    assert one.spreads["media_gap"].count == 2
    assert Tally().curves() == {}


def test_a_gauge_that_one_worker_read_late_does_not_dent_the_sum():
    one, other = Tally(), Tally()
    for n in range(9):
        one.gauge("present", 5, n * BIN_S)
        if n % 3 != 1:
            other.gauge("present", 5, n * BIN_S)
    whole = Tally()
    whole.merge(one.to_json())
    whole.merge(other.to_json())
    assert [value for _, value in whole.curves()["present"]] == [10] * 9


def test_gauges_stand_until_read_again():
    tally = Tally()
    tally.gauge("present", 5, 0.0)
    tally.count("received", 1.0)
    assert [value for _, value in tally.curves()["present"]] == [5, 5, 5, 5, 5]


def test_a_chart_is_svg_with_its_faults_and_no_script():
    points = [(n * 0.25, float(n % 7)) for n in range(80)]
    svg = chart(
        "People <b>", "ms", [Line("p95", points, "a", fill=True)], [Band(1, 5.0, 7.0, 1.5), Band(2, 9, None, 0)], 20
    )
    assert svg.count('<circle class="fault"') == 2
    assert svg.count('<rect class="fault"') == 1
    assert svg.count('<rect class="felt"') == 1
    assert "People &lt;b&gt;" in svg
    assert "script" not in svg


def test_a_fault_that_was_felt_to_the_end_has_its_bar_to_the_end():
    points = [(n * 0.25, 1.0) for n in range(80)]
    svg = chart("People", "", [Line("p", points, "a")], [Band(1, 10.0, None, None)], 20)
    start, width = re.search(r'class="felt" x="([\d.]+)" y="[\d.]+" width="([\d.]+)"', svg).groups()
    assert float(start) + float(width) == pytest.approx(WIDTH - 16)


@pytest.mark.parametrize("highest", [0, 0.3, 1, 9.9, 9.99, 98, 99.5, 1e6, 7])
def test_a_chart_of_any_height_has_room_above(highest):
    svg = chart("t", "", [Line("a", [(0, highest), (1, highest)], "a")], [], 1)
    assert float(re.search(r'points="[\d.]+,([\d.]+)', svg).group(1)) >= 30


def test_a_single_point_is_a_dot_and_a_short_hole_is_bridged():
    svg = chart(
        "t", "", [Line("a", [(0.0, None), (1.0, 3.0), (5.0, None), (6.0, 2.0), (6.5, None), (7.0, 2.0)], "a")], [], 10
    )
    assert svg.count('<circle class="dot') == 1
    assert svg.count("<polyline") == 1


def test_counts_become_rates():
    assert per_second([(0, 5), (0.5, None), (1.0, 5)], 0.5, over=2) == [(0, 10), (0.5, 5), (1.0, 5)]


def test_the_page_stands_alone_and_says_what_was_met(tmp_path):
    told = a_told()
    verdicts = judge(Objectives(reach_min=0.99), told.figures)
    assert is_met(told, verdicts)
    raw = write_report(told, verdicts, tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text()
    assert "All objectives met" in page
    assert "kill &lt;gateway&gt;" in page
    assert not re.search(r"(src|href)=\"(?!report\.json)", page)
    assert "<script" not in page
    assert "did not happen" in page
    data = json.loads(raw.read_text())
    assert data["provenance"]["commit"] == "abc"
    assert data["verdicts"][0]["met"]


def test_findings_that_follow_one_another_are_one_line():
    finding = {"sin": "lost", "member": "ada", "room": "demo", "epoch": "e", "detail": ""}
    told = a_told(findings=[{**finding, "offset": n} for n in (5, 6, 7, 12)])
    told.counts["lost"] = 900
    page = html(told, [], "raw.json")
    assert "Of 900 in all, the first 4 were kept by name." in page
    assert "5 to 7" in page
    assert page.count("<td>lost</td>") == 2


def test_notes_are_told_and_spoil_nothing():
    told = a_told(notes=["no <clip>"])
    page = html(told, [], "raw.json")
    assert '<div class="notes"><p>no &lt;clip&gt;</p></div>' in page
    assert is_met(told, [])


@pytest.mark.parametrize(
    ("faults", "recovery_max_s", "shown"),
    [
        ([a_fault(8.0)], 1.5, "1.5 s"),
        ([a_fault(8.0)], None, "to the end"),
        ([a_fault(None)], None, "no fault"),
        ([], None, "no fault"),
    ],
)
def test_the_longest_recovery_is_said_as_what_it_is(faults, recovery_max_s, shown):
    told = a_told(faults=faults)
    told.figures["recovery_max_s"] = recovery_max_s
    assert f"<b>{shown}</b><span>longest recovery from a fault" in html(told, [], "raw.json")


def test_a_run_that_never_was_has_a_report_all_the_same():
    told = Told(dict(ASKED, gateways=[]), dict(ORIGIN), trouble=["nobody answers at <here>"])
    told.asked["for_s"] = 0
    page = html(told, [], "raw.json")
    assert "<h1>300 members, steady</h1>" in page
    assert "There was no run." in page
    assert "<h2>" not in page
    assert "Not a clean run" in page
    assert "nobody answers at &lt;here&gt;" in page
    assert not is_met(told, [])


def test_objectives_missed_are_counted_on_the_stamp():
    told = a_told()
    page = html(told, judge(Objectives(reach_min=2, picture_p95_ms=3), told.figures), "raw.json")
    assert "2 of 7 missed" in page
    assert "not measured" in page


def test_a_spread_in_the_table_needs_no_values():
    assert Spread().to_json() == {"count": 0}
    told = a_told(spreads={})
    assert "time to picture" in html(told, [], "raw.json")


def test_a_crowd_that_was_late_itself_says_so():
    def delays(ms: float) -> dict[str, object]:
        return {"own_delay_ms": [(n * BIN_S, ms if n % 5 == 0 else None) for n in range(50)]}

    assert own_trouble({}) == []
    assert own_trouble(delays(40)) == []
    assert own_trouble(delays(3000))[0].startswith("the crowd itself came late by up to 3.0 s")
