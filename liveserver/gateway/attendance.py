"""Counts a gateway's members for the whole deployment, sums up what viewers report, and asks sockets for signs of life.

It decides nothing about anyone: the log adds up the counts, controllers weigh the reports, a socket judges its own
silence. The hub keeps it going.
"""

import asyncio
from collections.abc import Collection, Iterable

from broadcast.core.errors import Outage
from broadcast.core.passing import Quality
from broadcast.core.position import room_log
from broadcast.log.port import Log
from liveserver.gateway.socket import Socket
from liveserver.gateway.venue import Venue

ATTEND_EVERY_S = 1.0
ATTEND_TTL_S = 3.0
QOE_FRESH_S = 10.0
SLICE_MIN = 16


class Attendance:
    """Who is here, told to the log each second."""

    def __init__(self, log: Log, node: str) -> None:
        self._log = log
        self._node = node
        self._now = asyncio.get_running_loop().time

    async def keep(self, venues: Iterable[Venue]) -> None:
        """Count every open room, without end."""
        while True:
            await asyncio.gather(*(self.count(venue) for venue in venues if venue.is_open))
            await asyncio.sleep(ATTEND_EVERY_S)

    async def count(self, venue: Venue) -> None:
        """Say how many are in one room here; hear how many there are everywhere."""
        try:
            members = await self._log.attend(room_log(venue.room.id), self._node, venue.here, ATTEND_TTL_S)
        except Outage:
            return
        venue.counted(members)
        if venue.here:
            venue.publish(self._quality(venue))

    def _quality(self, venue: Venue) -> Quality:
        now = self._now()
        # Staff watch what they send: they are not the audience that a host asks for.
        viewers = [member for member in venue.stage.viewers if not member.is_staff]
        lately = [member.qoe for member in viewers if member.qoe is not None and now - member.qoe_at < QOE_FRESH_S]
        return Quality(
            node=self._node,
            viewers=len(viewers),
            stalled=sum(1 for report in lately if report.stalls),
            audio_only=sum(1 for member in viewers if member.taste.media == "audio"),
        )


class Rollcall:
    """Whose turn it is to be pinged: everyone once per interval, a slice at each sweep."""

    def __init__(self, interval_s: float, sweep_s: float) -> None:
        self._interval_s = interval_s
        self._sweep_s = sweep_s
        self._left: list[Socket] = []
        self._again_at = 0.0

    def due(self, sockets: Collection[Socket], now: float) -> list[Socket]:
        """Those to be pinged now."""
        if not self._left and now >= self._again_at:
            self._left = list(sockets)
            self._again_at = now + self._interval_s
        share = len(self._left) * self._sweep_s / max(self._sweep_s, self._again_at - now)
        cut = max(0, len(self._left) - SLICE_MIN - int(share))
        turn, self._left = self._left[cut:], self._left[:cut]
        return turn
