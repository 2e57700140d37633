"""A plan's text becomes values, or every fault at once."""

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broadcast.core.entries import RungKind
from failover.core.plan import WORDS, Plan
from failover.core.planfile import TEXT_MAX, Fault, read_plan

WHOLE = """\
version = 1

[show]
goes_live = "first_publisher"
late_after_s = 600

[owners]
lead = "Ada Example"
deputy = "Ben Example"

[standing_orders]
silent_after_ms = 150
silent_intervals = 4

[thresholds]
fail_after_ms = 400
clear_after_ms = 1000
picture_wait_ms = 1500

[recovery]
clean_spell_s = 3
relapse_factor = 2.0
clean_spell_max_s = 60
moves_max = 30
moves_window_s = 600

[[rung]]
kind = "main"

[[rung]]
kind = "standby"
words = "Second camera."

[[rung]]
kind = "audio"

[[rung]]
kind = "slate"
leads_on_after_s = 60

[[rung]]
kind = "backup_room"
room = "demo.backup"
words = "Moving."
spread_ms = 2000
link = ""
"""
SMALL = 'version = 1\n[[rung]]\nkind = "main"\n[[rung]]\nkind = "slate"\n'


def faults(text: str, event: str | None = "demo") -> dict[str, int]:
    """Each faulty field, and its line."""
    read = read_plan(text, event=event)
    assert isinstance(read, tuple), read
    assert list(read) == sorted(read)
    return {fault.field: fault.line for fault in read}


def remedies(text: str) -> str:
    read = read_plan(text, event="demo")
    assert isinstance(read, tuple)
    return "\n".join(map(str, read))


def test_a_whole_plan_is_read_as_it_stands() -> None:
    plan = read_plan(WHOLE, event="demo")
    assert isinstance(plan, Plan)
    assert [rung.kind for rung in plan.rungs] == [
        RungKind.MAIN,
        RungKind.STANDBY,
        RungKind.AUDIO,
        RungKind.SLATE,
        RungKind.BACKUP_ROOM,
    ]
    assert plan.rungs[1].words == "Second camera."
    assert plan.rungs[3].leads_on_after_s == 60
    assert (plan.rungs[4].room, plan.rungs[4].spread_ms) == ("demo.backup", 2000)
    assert plan.show.goes_live == "first_publisher"
    assert plan.recovery.moves_max == 30


def test_what_is_not_said_has_a_default_and_good_words() -> None:
    plan = read_plan(SMALL)
    assert isinstance(plan, Plan)
    assert [rung.words for rung in plan.rungs] == [WORDS[RungKind.MAIN], WORDS[RungKind.SLATE]]
    assert plan.standing_orders.silent_after_ms == 150
    assert plan.show.goes_live == "host"
    assert plan.thresholds.picture_wait_ms == 1_500


def test_every_fault_is_reported_at_once_each_on_its_line() -> None:
    text = """\
version = 2
colour = "red"
[show]
goes_live = "whenever"
[recovery]
clean_spell_s = -1
moves_max = 2.5
typo = 1
[[rung]]
kind = "standby"
[[rung]]
kind = "main"
leads_on_after_s = 5
[[rung]]
kind = "main"
[[rung]]
kind = "elevator"
[[rung]]
kind = "replay"
[[rung]]
words = "?"
"""
    found = faults(text)
    assert found == {
        "version": 1,
        "colour": 2,
        "show.goes_live": 4,
        "recovery.clean_spell_s": 6,
        "recovery.moves_max": 7,
        "recovery.typo": 8,
        "rung": 9,
        "rung[1].kind": 12,
        "rung[1].leads_on_after_s": 13,
        "rung[2].kind": 15,
        "rung[3].kind": 17,
        "rung[4].kind": 19,
        "rung[5].kind": 20,
    }


def test_a_fault_reads_like_a_compilers() -> None:
    assert str(Fault(3, "rung[0].kind", "use main")) == "line 3: rung[0].kind: use main"


@pytest.mark.parametrize(
    ("change", "field", "line"),
    [
        (("version = 1", ""), "version", 1),
        (("version = 1", "version = true"), "version", 1),
        (("fail_after_ms = 400", "fail_after_ms = 100"), "thresholds.fail_after_ms", 16),
        (("picture_wait_ms = 1500", "picture_wait_ms = 60001"), "thresholds.picture_wait_ms", 18),
        (("picture_wait_ms = 1500", "picture_wait_ms = -1"), "thresholds.picture_wait_ms", 18),
        (("clean_spell_max_s = 60", "clean_spell_max_s = 1"), "recovery.clean_spell_max_s", 23),
        (("silent_after_ms = 150", "silent_after_ms = true"), "standing_orders.silent_after_ms", 12),
        (("silent_intervals = 4", "silent_intervals = nan"), "standing_orders.silent_intervals", 13),
        (("late_after_s = 600", "late_after_s = 1e9"), "show.late_after_s", 5),
        (('lead = "Ada Example"', "lead = 7"), "owners.lead", 8),
        (('words = "Moving."', 'words = ""'), "rung[4].words", 44),
        (('words = "Moving."', r'words = "\u202eMoving"'), "rung[4].words", 44),
        (('room = "demo.backup"\n', ""), "rung[4].room", 41),
        (('room = "demo.backup"', 'room = "demo"'), "rung[4].room", 43),
        (('room = "demo.backup"', 'room = "Demo!.x"'), "rung[4].room", 43),
        (('room = "demo.backup"', 'room = "other.backup"'), "rung[4].room", 43),
        (('room = "demo.backup"', "room = 4"), "rung[4].room", 43),
        (('link = ""', 'link = "javascript:alert(1)"'), "rung[4].link", 46),
        (("spread_ms = 2000", "spread_ms = 2000.5"), "rung[4].spread_ms", 45),
        (('kind = "slate"\n', 'kind = "slate"\nroom = "demo.x"\n'), "rung[3].room", 39),
    ],
)
def test_one_wrong_thing_is_named(change: tuple[str, str], field: str, line: int) -> None:
    text = WHOLE.replace(*change, 1)
    assert text != WHOLE
    assert faults(text) == {field: line}


def test_a_room_of_another_event_is_right_where_no_event_is_known() -> None:
    assert isinstance(read_plan(WHOLE.replace("demo.backup", "other.backup"), event=None), Plan)
    missing = read_plan(WHOLE.replace('room = "demo.backup"\n', ""))
    assert isinstance(missing, tuple)
    assert '"demo.backup"' in str(missing[0])


def test_a_ladder_needs_a_top_and_a_rung_that_always_holds() -> None:
    assert "no main" in remedies('version = 1\n[[rung]]\nkind = "slate"\n')
    assert "nothing holds" in remedies('version = 1\n[[rung]]\nkind = "main"\n')
    assert "leads nowhere" in remedies(SMALL + "leads_on_after_s = 9\n")
    assert "there are none" in remedies("version = 1\n")
    assert "there are none" in remedies('version = 1\nrung = "main"\n')
    assert "there are 7" in remedies("version = 1\n" + '[[rung]]\nkind = "main"\n' * 7)


def test_tables_that_are_none_are_named() -> None:
    found = faults('version = 1\nshow = "host"\nrung = ["main", {kind = "main"}, {kind = "slate"}]\n')
    assert found == {"show": 2, "rung[0]": 3}


def test_what_is_no_toml_names_its_line() -> None:
    assert faults("version = 1\nrung = [\n") == {"plan": 3}
    assert faults("version = 1\nversion = 1\n") == {"plan": 2}
    assert faults("a = " + "[" * 5_000) == {"plan": 1}
    assert faults("x" * (TEXT_MAX + 1)) == {"plan": 1}


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.one_of(st.sampled_from(WHOLE.splitlines()), st.text(string.printable, max_size=30)), max_size=25).map(
        "\n".join
    )
)
def test_no_text_breaks_the_reader(text: str) -> None:
    read = read_plan(text, event="demo")
    if isinstance(read, Plan):
        assert read.rungs[0].kind is RungKind.MAIN
    else:
        assert read
        assert all(1 <= fault.line <= text.count("\n") + 1 for fault in read)
