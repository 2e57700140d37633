"""What a member is told of what was: from the room's memory, or read from the log where that does not reach back.

Whatever must be read is read first, so that the rest happens at one moment and nothing falls between. It decides
nothing (`resume` does) and sends nothing. Each venue has one.
"""

from broadcast.core.entries import Entry
from broadcast.core.position import LogId, Position, room_log, staff_log
from broadcast.log.port import Log
from liveserver.core.resume import RESUME_MAX, Fetch, Known, Tail, begin, join
from liveserver.core.room import Room
from liveserver.gateway.welcome import Past, carried

_Read = tuple[tuple[Entry, ...], bool]


class Archive:
    """One room's."""

    def __init__(self, log: Log, room: Room, history_max: int) -> None:
        self._log = log
        self._room = room
        self._history_max = history_max
        self._brought: tuple[Tail, Position, tuple[Entry, ...]] | None = None

    async def past(
        self, asked: Position | None, asked_staff: Position | None, *, staff: bool, told: Tail | None = None
    ) -> Past:
        """What somebody missed who stands at these positions, if anywhere; and where that is nowhere here, what was
        said in the room that they were brought here from, `told`. Raises Outage."""
        read = await self._fetch(room_log(self._room.id), self._room.tail, asked)
        read_staff = None
        if staff:
            read_staff = await self._fetch(staff_log(self._room.id), self._room.staff_tail, asked_staff)
        known_staff = self._known(self._room.staff_tail, asked_staff, read_staff) if staff else None
        known = self._known(self._room.tail, asked, read)
        said = self._carried(told) if told is not None and not known.resumed else ()
        return Past(known, known_staff, said)

    def newest(self, *, staff: bool, told: Tail | None = None) -> Past:
        """What somebody is told who begins anew; `told` is what was said where they come from."""
        known_staff = self._known(self._room.staff_tail, None, None) if staff else None
        said = self._carried(told) if told is not None else ()
        return Past(self._known(self._room.tail, None, None), known_staff, said)

    def _carried(self, told: Tail) -> tuple[Entry, ...]:
        """What comes along of what was said elsewhere: the same for everyone led here until something more is said."""
        known = self._brought
        if known is None or known[0] is not told or known[1] != told.position:
            known = self._brought = (told, told.position, carried(told.newest(RESUME_MAX)))
        return known[2]

    async def _fetch(self, log: LogId, tail: Tail, asked: Position | None) -> _Read | None:
        plan = begin(tail, asked, self._history_max)
        if isinstance(plan, Known):
            return None
        reading = await self._log.read(log, plan.after, RESUME_MAX)
        return reading.entries, reading.whole

    def _known(self, tail: Tail, asked: Position | None, read: _Read | None) -> Known:
        plan = begin(tail, asked, self._history_max)
        if isinstance(plan, Fetch):
            entries, whole = read if read is not None else ((), False)
            return join(tail, entries, whole=whole, history_max=self._history_max)
        return plan
