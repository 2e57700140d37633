"""Who is in one room on this gateway, and which of them are written to as one.

It greets nobody and chooses no words: the venue does, and tells it who comes, who goes and who takes nothing just now.
Each venue has one.
"""

import asyncio
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

from broadcast.core.position import MemberId
from broadcast.core.wire import Wire
from liveserver.gateway import frames, metrics
from liveserver.gateway.audience import Audience, Pace
from liveserver.gateway.member import Member


class Roster:
    """One room's members here. Who is here is in the fan-out, or has fallen behind.

    `counted` is how many the log last counted over all gateways. `empty_since` is when the last one left, or the room
    was last asked for; None while somebody is here or on the way.
    """

    def __init__(self, pace: Pace) -> None:
        self._loop = loop = asyncio.get_running_loop()
        self.counted = 0
        self.empty_since: float | None = loop.time()
        self._here: set[Member] = set()
        self._expected = 0
        self._people: dict[MemberId, set[Member]] = {}
        self._audiences = {wire: Audience[Member](pace, loop) for wire in Wire}
        self._staff = {wire: Audience[Member](pace, loop) for wire in Wire}

    def __len__(self) -> int:
        return len(self._here)

    def __iter__(self) -> Iterator[Member]:
        return iter(self._here)

    def __contains__(self, member: Member) -> bool:
        return member in self._here

    @property
    def everywhere(self) -> int:
        """How many members the room has over all gateways, as far as known."""
        return max(self.counted, len(self._here))

    def of(self, person: MemberId) -> Collection[Member]:
        """Every presence of one person: they may have several sockets."""
        return tuple(self._people.get(person, ()))

    def someone(self, person: MemberId) -> Member | None:
        """One presence of that person, if they are here."""
        return next(iter(self._people.get(person, ())), None)

    # ---- coming and going --------------------------------------------------------------------------------------

    def add(self, member: Member) -> None:
        """Somebody is here, and in no fan-out yet."""
        self.empty_since = None
        self._here.add(member)
        self._people.setdefault(member.person.id, set()).add(member)
        metrics.MEMBERS.inc()

    def remove(self, member: Member) -> None:
        """Somebody who is here goes."""
        self.leave_fanout(member)
        self._here.remove(member)
        same = self._people[member.person.id]
        same.remove(member)
        if not same:
            del self._people[member.person.id]
        metrics.MEMBERS.dec()
        self._note_empty()

    @contextmanager
    def expecting(self) -> Iterator[None]:
        """Somebody is on the way here: for so long the room is not empty, and after that anew."""
        self._expected += 1
        self.empty_since = None
        try:
            yield
        finally:
            self._expected -= 1
            self._note_empty()

    def _note_empty(self) -> None:
        if not self._here and not self._expected:
            self.empty_since = self._loop.time()

    def join_fanout(self, member: Member) -> None:
        """From here on they are written to."""
        wire = member.socket.wire
        self._audiences[wire].add(member)
        if member.is_staff:
            self._staff[wire].add(member)

    def leave_fanout(self, member: Member) -> None:
        """From here on they are not, though they may still be here."""
        wire = member.socket.wire
        self._audiences[wire].remove(member)
        self._staff[wire].remove(member)

    # ---- writing -----------------------------------------------------------------------------------------------

    def tell(self, message: dict[str, Any], *, staff: bool = False) -> None:
        """Write this to everyone in the fan-out, or to `staff` alone."""
        for wire, audience in (self._staff if staff else self._audiences).items():
            if audience:
                audience.send(frames.message(message, wire))

    def quiet(self, since: float) -> list[tuple[Wire, Audience[Member]]]:
        """The audiences that were told nothing since then."""
        return [(wire, told) for wire, told in self._audiences.items() if told and told.last_at <= since]
