"""What a gateway reads from a plan, and the plan that an event gets when nobody wrote one."""

import pytest

from broadcast.core.errors import PeerFault
from failover.core.plan import Plan
from failover.core.planfile import read_plan
from liveserver import plan


def test_the_usual_plan_has_every_rung_and_may_be_played_with() -> None:
    read = plan.outline("ink", plan.usual("ink", lead="Ada", deputy="Ben"))
    assert [rung["kind"] for rung in read.rungs] == ["main", "standby", "audio", "slate", "backup_room"]
    assert read.backup_room == "ink.backup"
    assert all(read.words[kind] for kind in ("standby", "audio", "slate", "backup_room"))


@pytest.mark.parametrize("lead", ["Ada", "", "A" * 200, '\\"' * 100])
def test_the_guards_have_nothing_to_say_against_the_usual_plan(lead: str) -> None:
    judged = read_plan(plan.usual("ink", lead=lead, deputy="Ben"), event="ink")
    assert isinstance(judged, Plan), judged


@pytest.mark.parametrize("name", ['A "quoted" name', "back\\slash", "$event", "", "multi\nline", "'''", "Ünïcødé 🎈"])
def test_any_name_may_own_a_plan(name: str) -> None:
    assert plan.outline("ink", plan.usual("ink", lead=name, deputy=name)).backup_room == "ink.backup"


@pytest.mark.parametrize(
    "toml",
    [
        "",
        "version = 2",
        "version = 1",
        "version = 1\nrung = 5",
        "version = 1\nrung = [1]",
        'version = 1\n[[rung]]\nkind = "trampoline"',
        'version = 1\n[[rung]]\nkind = ["main"]',
        'version = 1\n[[rung]]\nkind = "backup_room"\nroom = "other.backup"',
        'version = 1\n[[rung]]\nkind = "backup_room"\nroom = "ink"',
        'version = 1\n[[rung]]\nkind = "backup_room"\nroom = 7',
        'version = 1\n[[rung]]\nkind = "backup_room"\nlink = "javascript:alert(1)"',
        'version = 1\n[[rung]]\nkind = "backup_room"\nlink = 7',
        "version = 1\n" + '[[rung]]\nkind = "main"\n' * 13,
        "a = [",
        "a = " + "[" * 16_000,
        "a = " + "{b = " * 6_000,
        "version = " + "1" * 5_000,
    ],
)
def test_what_is_no_plan_is_refused_by_its_field(toml: str) -> None:
    with pytest.raises(PeerFault) as fault:
        plan.outline("ink", toml)
    assert fault.value.field == "plan"


def test_a_plan_without_a_backup_room_or_slate_is_one_too() -> None:
    read = plan.outline("ink", 'version = 1\n[[rung]]\nkind = "main"')
    assert (read.backup_room, read.link) == (None, None)


def test_a_plan_may_name_a_place_elsewhere() -> None:
    toml = 'version = 1\n[[rung]]\nkind = "backup_room"\nlink = "https://example.org/live?x=1"'
    assert plan.outline("ink", toml).link == "https://example.org/live?x=1"
