"""The driver: deadlines fire, events wait their turn, the record is kept, and closing is final."""

from dataclasses import dataclass

import pytest

from broadcast.core.woke import Woke
from broadcast.driver import RECORD_MAX, Driver
from tests.waiting import until


@dataclass(frozen=True, slots=True)
class Said:
    word: str


class Echo:
    """Gives each word back, `again` as two effects; wakes where `wakes_at` says."""

    def __init__(self) -> None:
        self.wakes_at: float | None = None
        self.busy = False

    def step(self, event: Said | Woke, now: float) -> list[str]:
        assert not self.busy, "a machine never sees itself half-way"
        if isinstance(event, Woke):
            self.wakes_at = None
            return ["woke"]
        if event.word == "fail":
            raise RuntimeError(event.word)
        if event.word.startswith("in "):
            self.wakes_at = now + float(event.word.removeprefix("in "))
        return event.word.split("+")

    def deadline(self) -> float | None:
        return self.wakes_at


async def test_effects_are_carried_out_in_order() -> None:
    done: list[str] = []
    driver = Driver[Said, str](Echo(), done.append)
    driver.feed(Said("a+b"))
    driver.feed(Said("c"))
    assert done == ["a", "b", "c"]


async def test_the_deadline_wakes_the_machine_once() -> None:
    done: list[str] = []
    driver = Driver[Said, str](Echo(), done.append)
    driver.feed(Said("in 0.02"))
    await until(lambda: done == ["in 0.02", "woke"])
    assert driver._timer is None


async def test_a_deadline_that_stands_before_the_first_event_is_armed() -> None:
    done: list[str] = []
    machine = Echo()
    machine.wakes_at = 0.0
    driver = Driver[Said, str](machine, done.append)
    await until(lambda: done == ["woke"])
    driver.close()


async def test_a_moved_deadline_replaces_the_old_one() -> None:
    done: list[str] = []
    now = [100.0]
    driver = Driver[Said, str](Echo(), done.append, clock=lambda: now[0])
    driver.feed(Said("in 50"))
    first = driver._timer
    assert first is not None
    driver.feed(Said("in 0"))
    assert first.cancelled()
    await until(lambda: "woke" in done)
    assert done == ["in 50", "in 0", "woke"]


async def test_events_that_come_while_effects_are_carried_out_wait_their_turn() -> None:
    done: list[str] = []
    machine = Echo()

    def act(effect: str) -> None:
        machine.busy = True
        if effect == "a":
            driver.feed(Said("x"))
            driver.feed(Said("y"))
        done.append(effect)
        machine.busy = False

    driver = Driver[Said, str](machine, act)
    driver.feed(Said("a+b"))
    assert done == ["a", "b", "x", "y"]


async def test_the_record_holds_what_happened_and_what_came_of_it() -> None:
    driver = Driver[Said, str](Echo(), lambda _: None, clock=lambda: 7.0)
    driver.feed(Said("a+b"))
    driver.feed(Woke())
    assert list(driver.record) == [(7.0, Said("a+b"), ("a", "b")), (7.0, Woke(), ("woke",))]


async def test_the_record_is_bounded() -> None:
    driver = Driver[Said, str](Echo(), lambda _: None)
    for number in range(RECORD_MAX + 5):
        driver.feed(Said(str(number)))
    assert len(driver.record) == RECORD_MAX
    assert driver.record[0][1] == Said("5")


async def test_a_machine_that_fails_can_be_fed_again() -> None:
    done: list[str] = []
    driver = Driver[Said, str](Echo(), done.append)
    with pytest.raises(RuntimeError, match="fail"):
        driver.feed(Said("fail"))
    driver.feed(Said("a"))
    assert done == ["a"]


async def test_nothing_happens_after_closing() -> None:
    done: list[str] = []
    driver = Driver[Said, str](Echo(), done.append)
    driver.feed(Said("in 60"))
    timer = driver._timer
    assert timer is not None
    driver.close()
    driver.close()
    driver.feed(Said("b"))
    assert timer.cancelled()
    assert done == ["in 60"]


async def test_closing_from_within_an_effect_drops_what_waits() -> None:
    done: list[str] = []

    def act(effect: str) -> None:
        done.append(effect)
        driver.feed(Said("in 5"))
        driver.close()

    driver = Driver[Said, str](Echo(), act)
    driver.feed(Said("a"))
    assert done == ["a"]
    assert driver._timer is None
