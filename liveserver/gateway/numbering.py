"""The numbers by which a room's feeds are named to this gateway's viewers.

It names nothing to anyone: stages ask it for the number of a feed before they send of it.
"""

from collections.abc import Collection

from broadcast.core.entries import Kind
from liveserver.gateway.reel import Reel

_FEEDS_MAX = 65_535


class Numbering:
    """One room's: a number for each kind of each session of each source."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, str, Kind], int] = {}

    def of(self, reel: Reel) -> int:
        """The feed's number: a new one where it had none."""
        place = (reel.source, reel.session, reel.kind)
        number = self._numbers.get(place)
        if number is None:
            number = self._numbers[place] = len(self._numbers) % _FEEDS_MAX + 1
        return number

    def of_kinds(self, kinds: frozenset[Kind]) -> set[int]:
        """The numbers of all feeds of these kinds."""
        return {number for (_, _, kind), number in self._numbers.items() if kind in kinds}

    def all(self) -> Collection[int]:
        """Every number there is."""
        return self._numbers.values()
