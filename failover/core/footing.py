"""Knows which rungs of one room would hold, from the verdicts on its sources, and which have earned their place back.
It never moves anybody. The ladder keeps one per room, and asks.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from broadcast.core.entries import RungKind
from failover.core.patience import Trouble
from failover.core.plan import RecoveryTimes, Rung
from failover.core.recovery import Recovery, Turn
from failover.core.verdict import UNSEEN, Judged, Verdict

SOURCES: Final = ("main", "standby")
PICTURE: Final = {RungKind.MAIN: "main", RungKind.STANDBY: "standby"}

_BEST_FIRST: Final = (Verdict.HEALTHY, Verdict.SUSPECT, Verdict.UNKNOWN, Verdict.FAILED)
_TURNS: Final = {
    Verdict.HEALTHY: Turn.WELL,
    Verdict.SUSPECT: Turn.FALTERED,
    Verdict.UNKNOWN: Turn.FALTERED,
    Verdict.FAILED: Turn.FAILED,
}


@dataclass(frozen=True, slots=True)
class Ground:
    """What one rung would stand on now. `source` None: it needs none, or there is none."""

    verdict: Verdict
    source: str | None
    why: str


class Footing:
    """One room's ground, rung by rung; rungs are named by their place in the plan, 0 the best."""

    def __init__(self, room: str, rungs: Sequence[Rung], times: RecoveryTimes) -> None:
        self._room = room
        self._rungs = rungs
        self._sources: dict[str, Judged] = {}
        self._target = Ground(Verdict.UNKNOWN, None, "nobody has looked yet")
        self._recoveries = [Recovery(times) for _ in rungs]

    def judge(self, source: str, judged: Judged) -> None:
        """A source of this room has a new judgement."""
        self._sources[source] = judged

    def judge_target(self, verdict: Verdict, why: str) -> None:
        """The backup room has a new verdict."""
        self._target = Ground(verdict, None, why)

    def train(self, now: float) -> None:
        """Let every rung's clean spell go on, or end."""
        for index, recovery in enumerate(self._recoveries):
            recovery.step(_TURNS[self.ground(index).verdict], now)

    def ground(self, index: int) -> Ground:
        """What the rung would stand on."""
        rung = self._rungs[index]
        if rung.kind in PICTURE:
            judged = self._judged(PICTURE[rung.kind])
            return Ground(judged.video, PICTURE[rung.kind], judged.why)
        if rung.kind is RungKind.AUDIO:
            best = min(SOURCES, key=lambda source: _BEST_FIRST.index(self._judged(source).audio))
            return Ground(self._judged(best).audio, best, self._judged(best).why)
        if rung.kind is RungKind.BACKUP_ROOM:
            return Ground(Verdict.FAILED, None, "the audience is there") if rung.room == self._room else self._target
        return Ground(Verdict.HEALTHY, None, "it needs no source")

    def holds(self, index: int, source: str | None) -> Verdict:
        """The verdict on a rung that has the programme already, with `source`."""
        if source is None:
            return Verdict.HEALTHY
        judged = self._judged(source)
        return judged.audio if self._rungs[index].kind is RungKind.AUDIO else judged.video

    def trouble(self, index: int, source: str) -> Trouble:
        """How it is with `source`, which has the programme on that rung and does not hold it."""
        judged = self._judged(source)
        sound = self._rungs[index].kind is RungKind.AUDIO
        if judged.gone or self.holds(index, source) is Verdict.UNKNOWN:
            return Trouble.GONE
        return Trouble.MENDING if (judged.audio_mends if sound else judged.video_mends) else Trouble.BAD

    def why(self, source: str | None) -> str:
        """What is said of `source`."""
        return "" if source is None else self._judged(source).why

    def first_good(self, indices: Iterable[int], but: tuple[int | None, str | None] = (None, None)) -> int | None:
        """The first rung of this room's that would hold, other than what is there already."""
        for index in indices:
            ground = self.ground(index)
            there = (index, ground.source) == but
            if self._rungs[index].kind is not RungKind.BACKUP_ROOM and ground.verdict is Verdict.HEALTHY and not there:
                return index
        return None

    def publisher(self) -> str | None:
        """A source that could go on air now, the best first."""
        usable = (name for name in SOURCES if Verdict.HEALTHY in (self._judged(name).video, self._judged(name).audio))
        return next(usable, None)

    # ---- clean spells -----------------------------------------------------------------------------------------------

    def earned(self, below: int) -> list[int]:
        """The rungs above `below` that have earned their place back."""
        return [index for index in range(below) if self._recoveries[index].earned]

    def spell_s(self, index: int) -> float:
        """How long the rung's clean spell has to be."""
        return self._recoveries[index].spell_s

    def regain(self, index: int, now: float) -> None:
        """The rung has its place back."""
        self._recoveries[index].step(Turn.REGAINED, now)

    def restart(self, now: float) -> None:
        """All clean spells begin again."""
        for recovery in self._recoveries:
            recovery.step(Turn.RESTARTED, now)

    def deadlines(self, below: int) -> list[float]:
        """When clean spells above `below` will be whole."""
        due = [recovery.deadline() for recovery in self._recoveries[:below]]
        return [when for when in due if when is not None]

    def _judged(self, source: str) -> Judged:
        return self._sources.get(source, UNSEEN)


class Terrain:
    """The footings of all rooms of an event."""

    def __init__(self, rungs: Sequence[Rung], times: RecoveryTimes) -> None:
        self._rungs = rungs
        self._times = times
        self._target = (Verdict.UNKNOWN, "nobody has looked yet")
        self._rooms: dict[str, Footing] = {}

    def at(self, room: str) -> Footing:
        """The footing of `room`."""
        if room not in self._rooms:
            self._rooms[room] = Footing(room, self._rungs, self._times)
            self._rooms[room].judge_target(*self._target)
        return self._rooms[room]

    def judge_target(self, verdict: Verdict, why: str) -> None:
        """The backup room has a new verdict, seen from every room."""
        self._target = (verdict, why)
        for footing in self._rooms.values():
            footing.judge_target(verdict, why)

    def train(self, now: float) -> None:
        """Let every room's clean spells go on, or end."""
        for footing in self._rooms.values():
            footing.train(now)
