"""When the programme is said again."""

import itertools

import pytest

from broadcast.core.errors import IllegalMove
from broadcast.core.woke import Woke
from failover.core import restatement
from failover.core.restatement import Agreed, Changed, Deviated, Restate, Restatement, RestatementPolicy

POLICY = RestatementPolicy(after_s=0.5, again_s=2, max_s=4)


def test_a_story_of_a_gateway_that_goes_its_own_way() -> None:
    machine = Restatement(POLICY)
    assert machine.step(Deviated("g1"), 0) == []
    assert machine.deadline() == 0.5
    assert machine.step(Deviated("g1"), 0.2) == []
    assert machine.step(Woke(), 0.5) == [Restate(("g1",))]
    assert machine.deadline() is None
    assert machine.step(Deviated("g1"), 1) == []
    assert machine.deadline() == 2.5
    assert machine.step(Woke(), 2.5) == [Restate(("g1",))]
    machine.step(Deviated("g1"), 3)
    assert machine.deadline() == 6.5
    machine.step(Woke(), 6.5)
    machine.step(Deviated("g1"), 20)
    assert machine.deadline() == 20.5


def test_who_agrees_again_is_not_answered() -> None:
    machine = Restatement(POLICY)
    machine.step(Agreed("g1"), 0)
    machine.step(Deviated("g1"), 0)
    machine.step(Agreed("g1"), 0.3)
    assert machine.deadline() is None
    assert machine.step(Woke(), 1) == []


def test_a_change_answers_everyone() -> None:
    machine = Restatement(POLICY)
    machine.step(Deviated("g1"), 0)
    machine.step(Changed(), 0.1)
    assert machine.step(Woke(), 5) == []


def test_two_are_answered_together_and_strangers_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(restatement, "GATEWAYS_MAX", 2)
    machine = Restatement(POLICY)
    for name in ("g1", "g2", "g3"):
        machine.step(Deviated(name), 0)
    assert machine.step(Woke(), 1) == [Restate(("g1", "g2"))]


def test_an_unknown_event_is_refused() -> None:
    with pytest.raises(IllegalMove):
        Restatement(POLICY).step("nonsense", 0)  # type: ignore[arg-type]


def test_in_every_walk_answers_to_one_gateway_grow_rarer() -> None:
    events = (Deviated("g1"), Agreed("g1"), Changed(), Woke())
    for walk in itertools.product(events, repeat=5):
        machine = Restatement(POLICY)
        answers: list[float] = []
        for step, event in enumerate(walk):
            now = step * 0.7
            if event == Changed():
                answers.clear()
            if machine.step(event, now):
                answers.append(now)
            assert machine.deadline() is None or machine.deadline() > now
        assert all(later - earlier >= POLICY.again_s for earlier, later in itertools.pairwise(answers))
