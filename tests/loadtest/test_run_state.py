"""What a load process shares: names that collide nowhere, dice that are the same again and never in lockstep."""

from pathlib import Path

import pytest

from loadtest.links import Links
from loadtest.mark import Mark, mark_in
from loadtest.refusal import Refusal
from loadtest.run_state import RunState, run_called


def a_state(*, seed: int = 7, worker: int = 0) -> RunState:
    return RunState(
        links=Links(base="http://a:1", room="demo"),
        folder=Path(),
        run="r1",
        seed=seed,
        users=10,
        chat_per_s=10,
        media_shares={"video": 0.5, "audio": 0.2},
        fire=lambda *_: None,
        worker=worker,
    )


def rolls(state: RunState) -> list[object]:
    return [state.dice("atte-1").random(), *(state.choose_media() for _ in range(50))]


def test_the_same_seed_rolls_the_same_and_every_worker_otherwise():
    assert rolls(a_state()) == rolls(a_state())
    others = [rolls(a_state(worker=1)), rolls(a_state(worker=2)), rolls(a_state(seed=8))]
    assert all(rolls(a_state()) != other for other in others)
    assert others[0] != others[1]


def test_everybody_has_dice_of_their_own():
    state = a_state()
    assert state.dice("atte-1").random() != state.dice("mode-1").random()


def test_processes_that_share_a_process_id_do_not_share_names():
    assert len({a_state().process for _ in range(100)}) == 100


def test_the_longest_name_survives_in_a_mark():
    label = f"atte{a_state().process}-99999x999"
    mark = Mark(run_called(""), label, 999_999_999, 1_700_000_000_000_000)
    assert mark_in(f"hello {mark}") == mark


@pytest.mark.parametrize("name", ["Night", "a b", "a-b", "[[x", "0123456789abc", "\n"])
def test_a_runs_name_that_would_be_lost_in_a_mark_is_refused(name):
    with pytest.raises(Refusal, match="give 1 to 12 digits and small letters"):
        run_called(name)


def test_a_run_without_a_name_has_a_new_one_every_time():
    assert run_called("night1") == "night1"
    assert run_called("") != run_called("")


def test_attendees_together_say_what_was_asked_for():
    state = a_state()
    assert state.deeds_per_s() * 10 == pytest.approx(10 * 47 / 40)
