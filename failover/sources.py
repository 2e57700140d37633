"""Passes on what the media nodes say of sources to whoever watches their event, and keeps which sources are there, so
that a watch begun later knows. It judges none of them. The guard keeps one, its probes speak to it.
"""

from broadcast.core.position import RoomId, event_of
from failover.probes import SampleSaid, SourceSaid
from failover.watch import Watch

SESSIONS_MAX = 2_000


class Sources:
    """What is heard of the sources of all events."""

    def __init__(self) -> None:
        self._up: dict[tuple[str, str, str], SourceSaid] = {}
        self._watches: dict[str, Watch] = {}

    def attach(self, event: str, watch: Watch) -> None:
        """Tell `watch` of the sources of `event`, those that are there first."""
        self._watches[event] = watch
        for (node, room, _), said in self._up.items():
            if event_of(RoomId(room)) == event:
                watch.source_said(node, said)

    def detach(self, event: str) -> None:
        """Nobody watches `event` any more."""
        self._watches.pop(event, None)

    def source_said(self, node: str, said: SourceSaid) -> None:
        """A source came or went."""
        key = (node, said.room, said.source)
        if said.state == "up" and (key in self._up or len(self._up) < SESSIONS_MAX):
            self._up[key] = said
        elif said.state == "down" and key in self._up and self._up[key].session == said.session:
            del self._up[key]
        watch = self._watching(said.room)
        if watch is not None:
            watch.source_said(node, said)

    def sampled(self, node: str, said: SampleSaid, late_s: float) -> None:
        """How a source is."""
        watch = self._watching(said.room)
        if watch is not None:
            watch.sampled(node, said, late_s)

    def node_lost(self, node: str) -> None:
        """A media node is out of reach."""
        self._up = {key: said for key, said in self._up.items() if key[0] != node}
        for watch in self._watches.values():
            watch.node_lost(node)

    def _watching(self, room: str) -> Watch | None:
        return self._watches.get(event_of(RoomId(room)))
