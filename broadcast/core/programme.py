"""Which source and which kinds a gateway sends to a room's members now, and when it obeys a standing order.

It never counts packets: it asks for the feeds' pulses (`Look`) when a silence could have lasted long enough, and its
driver answers at once with `Looked`. One per room and gateway, driven by the gateway's stage.

The law: nothing is sent unless the event is live. The log's cut is followed whenever one is made; between two cuts the
machine leaves a source that is silent or gone only by a standing order, only for a source that is itself delivering, at
most once per `DEVIATION_EVERY_S`, and never returns merely because the source it left is back.

A source is silent when nothing of it comes any more. A picture that stops while its sound goes on may merely rest (a
shared screen on which nothing moves sends one a second), and is given `REST_S`. Halfway to a verdict the refuge is
asked for a key frame, so that a viewer who is carried there has little to decode first. Who wakes late has itself
stood still, and what it has not read yet proves nothing: it takes one breath before it looks.
"""

from dataclasses import dataclass
from typing import Literal

from broadcast.core.entries import Cut, Kind, Order, RungKind
from broadcast.core.errors import IllegalMove
from broadcast.core.rhythm import Pulse, patience_s
from broadcast.core.woke import Woke

DEVIATION_EVERY_S = 2.0
ABSENT_GRACE_S = 1.0
LOOK_AGAIN_S = 0.1
LOOK_BACK_S = 0.25
REST_S = 1.5
LATE_S = 0.02
BREATH_S = 0.01
WARY_SHARE = 0.5
_EARLY_S = 1e-6

BOTH = frozenset({Kind.VIDEO, Kind.AUDIO})
SOUND = frozenset({Kind.AUDIO})
NEITHER: frozenset[Kind] = frozenset()
_KINDS = {
    RungKind.MAIN: BOTH,
    RungKind.STANDBY: BOTH,
    RungKind.REPLAY: BOTH,
    RungKind.AUDIO: SOUND,
    RungKind.SLATE: NEITHER,
    RungKind.BACKUP_ROOM: NEITHER,
}
_RUNG_OF = {"main": RungKind.MAIN, "standby": RungKind.STANDBY, "replay": RungKind.REPLAY}


# ---- events ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LiveChanged:
    """The event went live, or is no longer."""

    live: bool


@dataclass(frozen=True, slots=True)
class CutFound:
    """The log's state says so, on (re)subscribing; None: no cut was ever made. One already known changes nothing."""

    cut: Cut | None


@dataclass(frozen=True, slots=True)
class CutMade:
    """A new cut entry came: it restates the programme or changes it."""

    cut: Cut


@dataclass(frozen=True, slots=True)
class OrdersGiven:
    """The standing orders from here on."""

    orders: tuple[Order, ...]


@dataclass(frozen=True, slots=True)
class SourceUp:
    """A media node announced the source."""

    source: str


@dataclass(frozen=True, slots=True)
class SourceDown:
    """The source ended, or the link to its media node is gone."""

    source: str


@dataclass(frozen=True, slots=True)
class Looked:
    """The pulses of all the room's feeds, as they are now."""

    pulses: tuple[Pulse, ...]


ProgrammeEvent = LiveChanged | CutFound | CutMade | OrdersGiven | SourceUp | SourceDown | Looked | Woke


# ---- effects --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Send:
    """From now on send these kinds of this source; None: nothing."""

    source: str | None
    kinds: frozenset[Kind]
    rung: RungKind


@dataclass(frozen=True, slots=True)
class Look:
    """Say at once how the feeds are (`Looked`)."""


@dataclass(frozen=True, slots=True)
class Prepare:
    """The source may be needed in a moment: ask it for a key frame."""

    source: str


@dataclass(frozen=True, slots=True)
class Report:
    """Witness to the controller: what was seen of `source`, and what is shown now."""

    source: str
    saw: Literal["silent", "gone", "back"]
    showing: str | None
    rung: RungKind


ProgrammeEffect = Send | Look | Prepare | Report

NOTHING = Send(None, NEITHER, RungKind.SLATE)


class Programme:
    """The machine. `sending` is what is sent now."""

    def __init__(self) -> None:
        self.sending = NOTHING
        self._live = False
        self._cut: Cut | None = None
        self._deviation: Send | None = None
        self._orders: tuple[Order, ...] = ()
        self._up: set[str] = set()
        self._ever_up: set[str] = set()
        self._faulted: dict[str, Kind] = {}
        self._on_air_at = 0.0
        self._deviated_at: float | None = None
        self._wary_since: float | None = None
        self._look_at: float | None = None
        self._breathed = False

    def deadline(self) -> float | None:
        """When to look at the feeds again; None while there is nothing to watch."""
        return self._look_at

    def step(self, event: ProgrammeEvent, now: float) -> list[ProgrammeEffect]:
        """What follows from `event`. IllegalMove: a pulse from the future."""
        match event:
            case Looked(pulses):
                return self._judge({(pulse.source, pulse.kind): pulse for pulse in pulses}, now)
            case Woke():
                if self._look_at is not None and now > self._look_at + LATE_S and not self._breathed:
                    self._breathed, self._look_at = True, now + BREATH_S
                    return []
                return self._look(now)
            case LiveChanged(live):
                self._live, self._deviation = live, None
                self._faulted.clear()
            case CutFound(cut):
                if cut != self._cut:
                    self._cut, self._deviation = cut, None
            case CutMade(cut):
                self._cut, self._deviation = cut, None
            case OrdersGiven(orders):
                self._orders = orders
            case SourceUp(source):
                self._up.add(source)
                self._ever_up.add(source)
            case _:
                self._up.discard(event.source)
        return [*self._move(self._wanted(), now), *self._look(now)]

    # ---- the one writer of what is sent ------------------------------------------------------------------------

    def _move(self, to: Send, now: float) -> list[ProgrammeEffect]:
        assert self._live or to == NOTHING, "nothing is sent unless the event is live"
        if to == self.sending:
            return []
        if to.source != self.sending.source:
            self._on_air_at = now
        self.sending = to
        return [to]

    def _wanted(self) -> Send:
        if not self._live:
            return NOTHING
        if self._deviation is not None:
            return self._deviation
        if self._cut is None:
            return Send("main", BOTH, RungKind.MAIN)
        kinds = _KINDS[self._cut.rung] if self._cut.source is not None else NEITHER
        return Send(self._cut.source if kinds else None, kinds, self._cut.rung)

    # ---- standing orders ---------------------------------------------------------------------------------------

    def _look(self, now: float) -> list[ProgrammeEffect]:
        self._look_at, self._breathed = None, False
        return [Look()] if self._faulted or self._orders_in_force() else []

    def _orders_in_force(self) -> list[Order]:
        return [order for order in self._orders if order.source == self.sending.source != order.then]

    def _judge(self, pulses: dict[tuple[str, Kind], Pulse], now: float) -> list[ProgrammeEffect]:
        if any(pulse.last_at > now for pulse in pulses.values()):
            raise IllegalMove("a packet from the future: two clocks were mixed up")
        effects = self._welcome_back(pulses, now)
        look_at = [now + LOOK_BACK_S] if self._faulted else []
        for order in self._orders_in_force():
            saw, since, until = self._doubt(order, pulses, now)
            if saw is None:
                wary_at = since + (until - since) * WARY_SHARE
                if now < wary_at - _EARLY_S:
                    look_at.append(wary_at)
                    continue
                look_at.append(until)
                if self._wary_since != since and order.then in self._up:
                    self._wary_since = since
                    effects.append(Prepare(order.then))
                continue
            held_until = self._deviated_at + DEVIATION_EVERY_S if self._deviated_at is not None else now
            if now >= held_until - _EARLY_S and self._delivers(order, pulses, now):
                return [*effects, *self._deviate(order, saw, now)]
            if order.source not in self._faulted:
                self._faulted[order.source] = order.kind
                effects.append(Report(order.source, saw, self.sending.source, self.sending.rung))
            look_at.append(max(held_until, now + LOOK_AGAIN_S))
        self._look_at = min(look_at, default=None)
        return effects

    def _deviate(self, order: Order, saw: Literal["silent", "gone"], now: float) -> list[ProgrammeEffect]:
        rung = self.sending.rung if self.sending.rung is RungKind.AUDIO else _RUNG_OF.get(order.then, self.sending.rung)
        self._deviation = Send(order.then, self.sending.kinds, rung)
        self._deviated_at = now
        self._faulted[order.source] = order.kind
        moved = self._move(self._deviation, now)
        self._look_at = now + LOOK_AGAIN_S
        self._faulted.pop(order.then, None)
        return [*moved, Report(order.source, saw, order.then, rung)]

    def _doubt(
        self, order: Order, pulses: dict[tuple[str, Kind], Pulse], now: float
    ) -> tuple[Literal["silent", "gone"] | None, float, float]:
        """What is wrong with the order's source, if anything; since when nothing of it has come; and when that would be
        too long."""
        if order.source not in self._up:
            until = self._on_air_at + ABSENT_GRACE_S
            gone = order.source in self._ever_up or now >= until - _EARLY_S
            return "gone" if gone else None, self._on_air_at, until
        heard = [pulses[order.source, kind] for kind in self.sending.kinds if (order.source, kind) in pulses]
        pulse = pulses.get((order.source, order.kind))
        if pulse is None or pulse not in heard:
            return None, now + LOOK_BACK_S, now + LOOK_BACK_S
        since = max(self._on_air_at, *(each.last_at for each in heard))
        until = since + min(patience_s(order, each) for each in heard)
        if len(heard) > 1:
            rests_until = max(pulse.last_at, self._on_air_at) + max(REST_S, patience_s(order, pulse))
            until = min(until, rests_until)
        return "silent" if now >= until - _EARLY_S else None, since, until

    def _delivers(self, order: Order, pulses: dict[tuple[str, Kind], Pulse], now: float) -> bool:
        kind = order.kind if order.kind in self.sending.kinds else Kind.AUDIO
        return order.then in self._up and _fresh(pulses.get((order.then, kind)), order, now)

    def _welcome_back(self, pulses: dict[tuple[str, Kind], Pulse], now: float) -> list[ProgrammeEffect]:
        effects: list[ProgrammeEffect] = []
        patient = Order(source="", then="")
        for source, kind in list(self._faulted.items()):
            if source in self._up and _fresh(pulses.get((source, kind)), patient, now):
                del self._faulted[source]
                effects.append(Report(source, "back", self.sending.source, self.sending.rung))
        return effects


def _fresh(pulse: Pulse | None, order: Order, now: float) -> bool:
    return pulse is not None and now - pulse.last_at < patience_s(order, pulse)
