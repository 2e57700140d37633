"""Which member each socket belongs to, and which room of this gateway they sit in.

It brings nobody anywhere: the reception gives a place, the usher another, and whoever leaves gives it up. The hub makes
one.
"""

from collections.abc import Iterator

from liveserver.gateway.member import Member
from liveserver.gateway.socket import Socket
from liveserver.gateway.venue import Venue


class Seating:
    """One gateway's."""

    def __init__(self) -> None:
        self._places: dict[Socket, tuple[Member, Venue]] = {}

    def __iter__(self) -> Iterator[Member]:
        return (member for member, _ in self._places.values())

    def find(self, socket: Socket) -> tuple[Member, Venue] | None:
        """Whose socket it is, and where they sit; None for who is not in yet, or gone."""
        return self._places.get(socket)

    def put(self, member: Member, venue: Venue) -> None:
        """They sit here from now on."""
        self._places[member.socket] = (member, venue)

    def vacate(self, socket: Socket) -> None:
        """Whoever it was is gone."""
        found = self._places.pop(socket, None)
        if found is not None:
            member, venue = found
            venue.steward.dismiss(member)
