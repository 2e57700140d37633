"""The plan's values, and the words that hold where it has none."""

import dataclasses

import pytest

from broadcast.core.entries import RungKind
from failover.core.plan import WORDS, Owners, Plan, Rung, usual_plan


def test_every_rung_that_can_be_planned_has_words_in_our_own_voice() -> None:
    assert WORDS.keys() == set(RungKind) - {RungKind.REPLAY}
    for words in WORDS.values():
        assert words.endswith(".")
        assert "Oops" not in words
        assert "failed" not in words


def test_a_plan_cannot_be_changed_while_it_is_obeyed() -> None:
    plan = Plan((Rung(RungKind.MAIN, "Back."),))
    with pytest.raises(dataclasses.FrozenInstanceError):
        plan.rungs = ()  # type: ignore[misc]


def test_gateways_look_sooner_than_the_controller_condemns() -> None:
    plan = Plan(())
    assert plan.standing_orders.silent_after_ms < plan.thresholds.fail_after_ms


def test_losing_the_picture_takes_longer_than_condemning_a_source() -> None:
    assert Plan(()).thresholds.picture_wait_ms == 1_500


def test_whoever_is_named_is_called_and_somebody_where_nobody_is() -> None:
    assert (Owners("Ada", "Ben").called, Owners(deputy="Ben").called) == ("Ada or Ben", "Ben")
    assert (Owners().named, Owners().called) == ("", "Somebody")


def test_the_usual_plan_has_every_rung_and_a_backup_room_where_the_event_has_one() -> None:
    kinds = [rung.kind for rung in usual_plan("demo.backup").rungs]
    assert kinds == list(WORDS)
    assert usual_plan("demo.backup").backup_room == "demo.backup"
    assert usual_plan("demo.backup").rungs[-2].leads_on_after_s == 60
    alone = usual_plan(None)
    assert [rung.kind for rung in alone.rungs] == kinds[:-1]
    assert (alone.backup_room, alone.rungs[-1].leads_on_after_s) == (None, None)
