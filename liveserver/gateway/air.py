"""What is on air in one room on this gateway: the programme's choice, changed over at once or at a key frame.

It joins the programme and the changeover to the feeds that both ask about; it chooses nothing and sends nothing. Its
stage drives it, and is told what to show.
"""

import asyncio
from collections.abc import Callable
from typing import Protocol

from broadcast.core.entries import Kind, RungKind
from broadcast.core.position import RoomId
from broadcast.core.programme import (
    Look,
    Looked,
    Prepare,
    Programme,
    ProgrammeEffect,
    ProgrammeEvent,
    Report,
    Send,
    SourceDown,
)
from broadcast.core.rhythm import Pulse
from broadcast.driver import Driver
from liveserver.core.changeover import (
    AskKey,
    Changeover,
    ChangeoverEffect,
    ChangeoverEvent,
    Ended,
    KeyCame,
    Ordered,
    Show,
)
from liveserver.gateway import metrics
from liveserver.gateway.reel import Reel

FLOWING_S = 0.12
LEAD_IN_FEW = 3


class Feeds(Protocol):
    """Where frames come from (the upstream)."""

    def reel(self, room: RoomId, source: str, kind: Kind) -> Reel | None: ...

    def pulses(self, room: RoomId) -> tuple[Pulse, ...]: ...

    def refresh(self, room: RoomId, source: str) -> None: ...


class Air:
    """One room's. `show` takes what viewers are to be sent from then on; `report` the programme's witness reports."""

    def __init__(
        self, room: RoomId, feeds: Feeds, show: Callable[[Send], None], report: Callable[[Report], None]
    ) -> None:
        self._room = room
        self._feeds = feeds
        self._show = show
        self._report = report
        self._loop = asyncio.get_running_loop()
        self._programme = Programme()
        self._choosing: Driver[ProgrammeEvent, ProgrammeEffect] = Driver(self._programme, self._choose)
        self._changeover = Changeover()
        self._changing: Driver[ChangeoverEvent, ChangeoverEffect] = Driver(self._changeover, self._change)

    @property
    def sending(self) -> Send:
        """What viewers are sent."""
        return self._changeover.showing

    @property
    def rung(self) -> RungKind:
        """The rung the programme is on."""
        return self._programme.sending.rung

    def tell(self, event: ProgrammeEvent) -> None:
        """Something the programme must hear of."""
        self._choosing.feed(event)
        if isinstance(event, SourceDown):
            self._changing.feed(Ended(event.source))

    def changes_at(self, reel: Reel) -> bool:
        """A key frame of this feed came: whether viewers were changed over to it, and begun from it."""
        if reel.kind is not Kind.VIDEO or not self._changeover.awaits(reel.source):
            return False
        self._changing.feed(KeyCame(reel.source))
        return True

    def close(self) -> None:
        """Nothing changes from here on."""
        self._choosing.close()
        self._changing.close()

    def _choose(self, effect: ProgrammeEffect) -> None:
        match effect:
            case Look():
                self._choosing.feed(Looked(self._feeds.pulses(self._room)))
            case Prepare(source):
                self._feeds.refresh(self._room, source)
            case Send():
                self._changing.feed(Ordered(effect, unhurried=self._is_unhurried(effect)))
            case Report(saw=saw, source=source, showing=showing):
                if saw != "back" and showing != source:
                    metrics.DEVIATIONS.inc()
                self._report(effect)

    def _change(self, effect: ChangeoverEffect) -> None:
        match effect:
            case AskKey(source):
                self._feeds.refresh(self._room, source)
            case Show(send):
                self._show(send)

    def _is_unhurried(self, send: Send) -> bool:
        """Whether what is shown still comes, as does what is to be shown, and that could not begin as soon without
        waiting: with few pictures since its newest key frame, but some."""
        if send.source is None or Kind.VIDEO not in send.kinds & self.sending.kinds:
            return False
        now = self._loop.time()
        pulses = (pulse for pulse in self._feeds.pulses(self._room) if pulse.kind is Kind.VIDEO)
        flowing = {pulse.source for pulse in pulses if now - pulse.last_at < FLOWING_S}
        reel = self._feeds.reel(self._room, send.source, Kind.VIDEO)
        return (
            {send.source, self.sending.source} <= flowing
            and reel is not None
            and not 0 < len(reel.frames) <= LEAD_IN_FEW
        )
