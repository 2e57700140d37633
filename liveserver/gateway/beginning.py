"""What a viewer begins with: each feed's name, its pictures since the newest key frame, and of its sound the little
that may still be heard in time. Built once for all who come between two frames: a crowd comes back within a second.

It sends nothing and chooses no source. Each stage has one.
"""

from collections.abc import Collection

from broadcast.core.wire import Wire
from liveserver.gateway.group import frame_bytes, naming
from liveserver.gateway.reel import Reel

KEPT_MAX = 4


class Beginnings:
    """One room's. What is kept is as large as what the reels hold, so that it is little."""

    def __init__(self) -> None:
        self._kept: dict[tuple[Reel, int, Wire, int, bool], tuple[int, bytes]] = {}

    def of(self, reels: list[tuple[Reel, int]], wire: Wire, cut: int, begun: Collection[int] = ()) -> bytes:
        """Feeds that are not in `begun` begin their part of the cut here; those that hold nothing are left out."""
        held = [(reel, number) for reel, number in reels if reel.frames]
        return b"".join(self._one(reel, number, wire, cut, first=number not in begun) for reel, number in held)

    def _one(self, reel: Reel, number: int, wire: Wire, cut: int, *, first: bool) -> bytes:
        place = (reel, number, wire, cut, first)
        added, data = self._kept.pop(place, (-1, b""))
        if added != reel.added:
            lead_in = [frame_bytes(f, number, cut, first=first and at == 0) for at, f in enumerate(reel.frames)]
            data = b"".join((naming(reel, number, wire), *lead_in))
        self._kept[place] = reel.added, data
        if len(self._kept) > KEPT_MAX:
            del self._kept[next(iter(self._kept))]
        return data
