"""The guard's figures for Prometheus. It counts what it is told and decides nothing; the guard owns it."""

from prometheus_client import CollectorRegistry, Counter, Gauge

from failover.core.decision import CloseIncident, Cut, LadderEffect, Line, Move, Notice, OpenIncident
from failover.core.notices import Fate


class Metrics:
    """Counters and gauges on `registry`."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.leading = Gauge("failover_events_led", "Events that this process leads", registry=registry)
        self.crashes = Counter("failover_controller_crashes", "Controllers begun anew after a fault", registry=registry)
        self._cuts = Counter("failover_cuts", "Changes of the programme", ["rung", "cause"], registry=registry)
        self._moves = Counter("failover_moves", "Audiences led to another room", registry=registry)
        self._opened = Counter("failover_incidents_opened", "Incidents begun", registry=registry)
        self._closed = Counter("failover_incidents_closed", "Incidents ended", registry=registry)
        self._held = Counter("failover_holds", "Times the ladder held and called a human", registry=registry)
        self._said = Counter("failover_room_notices", "Notices to rooms", ["severity"], registry=registry)
        self._told = Counter("failover_contact_notices", "Notices to contacts, by fate", ["fate"], registry=registry)

    def count(self, effect: LadderEffect) -> None:
        """The ladder decided this."""
        match effect:
            case Cut(decision, again):
                self._cuts.labels(decision.rung.value, "restated" if again else decision.cause).inc()
            case Move():
                self._moves.inc()
            case Notice(severity=severity):
                self._said.labels(severity).inc()
            case OpenIncident():
                self._opened.inc()
            case CloseIncident():
                self._closed.inc()
            case Line(what="held"):
                self._held.inc()

    def count_notice(self, fate: Fate) -> None:
        """A contact's notice ended so."""
        self._told.labels(fate.value).inc()
