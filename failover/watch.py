"""Keeps a health machine for every source of one event's rooms, and tells what changed, in one go per moment. It
decides nothing. The event's controller owns one, whether it leads or not, so that a new leader knows what it sees.
"""

import asyncio
from collections.abc import Callable

from broadcast.core.passing import Witness
from failover.core.feed import Stream
from failover.core.footing import SOURCES
from failover.core.health import (
    Announced,
    HealthEvent,
    HealthPolicy,
    NodeLost,
    Sampled,
    SourceHealth,
    Withdrawn,
    Witnessed,
)
from failover.core.standing import SourceJudged
from failover.core.verdict import Judged
from failover.held import Held
from failover.probes import PictureSample, SampleSaid, SoundSample, SourceSaid

GOODBYES = ("ended", "left")


class Watch:
    """The sources of `rooms`. `changed` gets all new judgements of one turn of the loop together; `failed` hears of a
    machine that broke, which is a bug."""

    def __init__(
        self,
        rooms: tuple[str, ...],
        policy: HealthPolicy,
        changed: Callable[[tuple[SourceJudged, ...]], None],
        failed: Callable[[BaseException], None],
    ) -> None:
        self._changed = changed
        self._failed = failed
        self._news: dict[tuple[str, str], SourceJudged] = {}
        self._loop = asyncio.get_running_loop()
        self._closed = False
        self._drivers: dict[tuple[str, str], Held[HealthEvent, Judged]] = {}
        self._machines: dict[tuple[str, str], SourceHealth] = {}
        for room in rooms:
            for source in SOURCES:
                self._add(room, source, policy)

    def judged(self) -> tuple[SourceJudged, ...]:
        """Every source, as it is judged now."""
        return tuple(SourceJudged(room, source, each.judged) for (room, source), each in self._machines.items())

    def source_said(self, node: str, said: SourceSaid) -> None:
        """A media node says that a source came or went."""
        up = said.state == "up"
        self._feed(
            said.room,
            said.source,
            Announced(node, said.session, said.since_ms)
            if up
            else Withdrawn(node, said.session, goodbye=said.reason in GOODBYES),
        )

    def sampled(self, node: str, said: SampleSaid, late_s: float) -> None:
        """A media node says how a source is."""
        event = Sampled(node, said.session, _picture(said.video), _sound(said.audio), late_s)
        self._feed(said.room, said.source, event)

    def node_lost(self, node: str) -> None:
        """A media node is out of reach."""
        for driver in self._drivers.values():
            driver.feed(NodeLost(node))

    def witnessed(self, room: str, witness: Witness) -> None:
        """A gateway says what it sees of a source."""
        self._feed(room, witness.source, Witnessed(witness.node, witness.saw))

    def close(self) -> None:
        """Watch no more."""
        self._closed = True
        for driver in self._drivers.values():
            driver.close()

    def _add(self, room: str, source: str, policy: HealthPolicy) -> None:
        machine = SourceHealth(policy)
        self._machines[room, source] = machine
        self._drivers[room, source] = Held(machine, lambda judged: self._note(room, source, judged), self._failed)

    def _feed(self, room: str, source: str, event: HealthEvent) -> None:
        driver = self._drivers.get((room, source))
        if driver is not None:
            driver.feed(event)

    def _note(self, room: str, source: str, judged: Judged) -> None:
        if not self._news:
            self._loop.call_soon(self._tell)
        self._news[room, source] = SourceJudged(room, source, judged)

    def _tell(self) -> None:
        news = tuple(self._news.values())
        self._news.clear()
        if not self._closed:
            self._changed(news)


def _picture(sample: PictureSample | None) -> Stream | None:
    if sample is None:
        return None
    return Stream(sample.silent_ms, sample.frames_per_s, sample.loss, bool(sample.frozen), bool(sample.black))


def _sound(sample: SoundSample | None) -> Stream | None:
    if sample is None:
        return None
    return Stream(sample.silent_ms, sample.packets_per_s, sample.loss, blank=bool(sample.silence))
