"""Which media node has which source of a room: of two sessions of one source, the newest counts.

It opens no connection and touches no clock: nodes' announcements go in, changes come out. The upstream drives it.
"""

from dataclasses import dataclass

from broadcast.core.position import RoomId


@dataclass(frozen=True, slots=True)
class Publication:
    """A source as one node announced it. `since_ms` is Unix milliseconds."""

    room: RoomId
    source: str
    node: str
    session: str
    since_ms: int


@dataclass(frozen=True, slots=True)
class Chosen:
    """This publication counts from here on."""

    publication: Publication
    before: Publication | None


@dataclass(frozen=True, slots=True)
class Vanished:
    """Nobody has the source any more."""

    publication: Publication


class Sources:
    """All sources of all rooms, over all nodes."""

    def __init__(self) -> None:
        self._announced: dict[tuple[RoomId, str], dict[str, Publication]] = {}
        self._chosen: dict[tuple[RoomId, str], Publication] = {}

    def announce(self, publication: Publication) -> list[Chosen | Vanished]:
        """The node has it."""
        place = (publication.room, publication.source)
        self._announced.setdefault(place, {})[publication.node] = publication
        return self._choose(place)

    def withdraw(self, room: RoomId, source: str, node: str, session: str | None = None) -> list[Chosen | Vanished]:
        """The node has it no more; word of a session that is over already changes nothing."""
        place = (room, source)
        announced = self._announced.get(place, {})
        if node not in announced or (session is not None and announced[node].session != session):
            return []
        del announced[node]
        return self._choose(place)

    def lose(self, node: str) -> list[Chosen | Vanished]:
        """The node is gone, and all it had."""
        places = [place for place, announced in self._announced.items() if node in announced]
        return [change for room, source in places for change in self.withdraw(room, source, node)]

    def chosen(self, room: RoomId, source: str) -> Publication | None:
        """The publication that counts."""
        return self._chosen.get((room, source))

    def of(self, room: RoomId) -> list[Publication]:
        """What counts in a room."""
        return [publication for (place, _), publication in self._chosen.items() if place == room]

    def _choose(self, place: tuple[RoomId, str]) -> list[Chosen | Vanished]:
        announced = self._announced[place]
        before = self._chosen.get(place)
        if not announced:
            del self._announced[place]
            self._chosen.pop(place, None)
            return [Vanished(before)] if before is not None else []
        best = max(announced.values(), key=lambda publication: (publication.since_ms, publication.node))
        self._chosen[place] = best
        return [Chosen(best, before)] if best != before else []
