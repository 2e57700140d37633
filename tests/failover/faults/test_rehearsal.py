"""A rehearsal: every step told, healed however it ends, and said where it isn't."""

import pytest

from failover.faults.fault import CannotRehearse, DidNotBite, NotHealed, rehearse


class Window:
    """A fault that breaks a window, or misses it."""

    def __init__(self, *, hits: bool = True) -> None:
        self.hits, self.broken, self.healed = hits, False, 0

    def inject(self) -> None:
        self.broken = self.hits

    def bit(self) -> bool:
        return self.broken

    def heal(self) -> int | None:
        self.broken = False
        self.healed += 1
        return None


def test_a_rehearsal_tells_every_step_and_holds():
    told: list[str] = []
    waits: list[float] = []
    window = Window()
    rehearse(window, 5, lambda what, _: told.append(what), wait=waits.append)
    assert told == ["injected", "bit", "healed"]
    assert 4.9 < waits[-1] <= 5
    assert (window.broken, window.healed) == (False, 1)


def test_without_a_time_it_stays_broken():
    window = Window()
    rehearse(window, None, lambda *_: None)
    assert (window.broken, window.healed) == (True, 0)


@pytest.mark.parametrize("for_s", [None, 0.05])
def test_a_fault_that_does_not_bite_is_said_and_healed(for_s):
    window = Window(hits=False)
    with pytest.raises(DidNotBite, match="nothing was broken"):
        rehearse(window, for_s, lambda *_: None, bite_within_s=0.05)
    assert window.healed == 1


def test_an_interrupted_rehearsal_heals():
    window = Window()

    def interrupted(_: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rehearse(window, 60, lambda *_: None, wait=interrupted)
    assert (window.broken, window.healed) == (False, 1)


class Cracked(Window):
    """A fault that breaks half a window and is then refused."""

    def inject(self) -> None:
        self.broken = True
        raise CannotRehearse("the hammer came off")


class Stuck(Cracked):
    """One that cannot be mended either."""

    def heal(self) -> int | None:
        raise CannotRehearse("there is no glass")


@pytest.mark.parametrize("for_s", [None, 5])
def test_what_was_broken_by_half_is_healed(for_s):
    told: list[str] = []
    window = Cracked()
    with pytest.raises(CannotRehearse, match="the hammer came off"):
        rehearse(window, for_s, lambda what, _: told.append(what))
    assert (window.broken, window.healed, told) == (False, 1, [])


def test_what_cannot_be_healed_is_told_beside_why_it_was_refused():
    with pytest.raises(NotHealed, match=r"^still broken: there is no glass; before that: .*the hammer came off$"):
        rehearse(Stuck(), 5, lambda *_: None)


class Ajar(Window):
    """A fault that is healed, and remains."""

    def heal(self) -> int | None:
        return None


def test_what_is_still_broken_after_its_heal_is_not_healed(monkeypatch):
    monkeypatch.setattr("failover.faults.fault._GONE_S", 0.05)
    told: list[str] = []
    with pytest.raises(NotHealed, match="healing it changed nothing"):
        rehearse(Ajar(), 0, lambda what, _: told.append(what))
    assert told == ["injected", "bit"]
