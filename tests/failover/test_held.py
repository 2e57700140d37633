"""A machine that broke is driven no further."""

from collections.abc import Sequence

from broadcast.core.woke import Woke
from failover.held import Held
from tests.waiting import until


class Fragile:
    """Breaks at the word `bad`, and wants to be woken at once for ever."""

    def __init__(self) -> None:
        self.steps = 0

    def step(self, event: str | Woke, now: float) -> Sequence[str]:
        self.steps += 1
        if event == "bad" or (isinstance(event, Woke) and self.steps > 3):
            raise ZeroDivisionError
        return ["done"]

    def deadline(self) -> float | None:
        return 0.0


async def test_a_fault_is_told_once_with_what_brought_it_about_and_nothing_more_is_driven() -> None:
    faults: list[BaseException] = []
    machine = Fragile()
    held: Held[str, str] = Held(machine, lambda _: None, faults.append)
    held.feed("good")
    held.feed("bad")
    held.feed("good")
    assert machine.steps == 2
    (fault,) = faults
    assert fault.__notes__ == ["while being told of 'bad'"]
    held.close()


async def test_a_fault_that_its_own_timer_brings_about_is_told_too_and_does_not_starve_the_loop() -> None:
    faults: list[BaseException] = []
    machine = Fragile()
    held: Held[str, str] = Held(machine, lambda _: None, faults.append)
    await until(lambda: faults)
    assert machine.steps == 4
    assert len(faults) == 1
    held.close()


async def test_a_fault_of_what_is_done_counts_as_well() -> None:
    faults: list[BaseException] = []

    def act(_: str) -> None:
        raise LookupError

    held: Held[str, str] = Held(Fragile(), act, faults.append)
    held.feed("good")
    assert isinstance(faults[0], LookupError)
    held.close()
