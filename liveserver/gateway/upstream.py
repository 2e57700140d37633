"""Pulls the feeds of rooms that have viewers here, once each, from whichever media node has them.

It decides only which of two publications of one source counts (`Sources`); what is shown is the stages' affair. Stages
subscribe by room and are told of sources and frames as they come.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from broadcast.core.entries import Kind
from broadcast.core.frame import Frame
from broadcast.core.position import RoomId
from broadcast.core.rhythm import Pulse
from liveserver.gateway import metrics
from liveserver.gateway.link import Link
from liveserver.gateway.reel import Reel
from liveserver.gateway.sources import Chosen, Publication, Sources, Vanished

REFRESH_EVERY_S = 0.5


class Watcher(Protocol):
    """A room's stage, as the upstream sees it."""

    def source_up(self, source: str) -> None: ...

    def source_down(self, source: str) -> None: ...

    def framed(self, reel: Reel, frame: Frame) -> None: ...


@dataclass(frozen=True, slots=True)
class _Tap:
    """Where a node's feed number leads."""

    room: RoomId
    reel: Reel


class Upstream:
    """All media nodes, as one."""

    def __init__(self, urls: Iterable[str], token: Callable[[], str]) -> None:
        self._links = {url: Link(url, token, self) for url in urls}
        self._sources = Sources()
        self._watchers: dict[RoomId, Watcher] = {}
        self._reels: dict[RoomId, dict[tuple[str, Kind], Reel]] = {}
        self._taps: dict[tuple[str, int], _Tap] = {}
        self._refreshed: dict[tuple[RoomId, str], float] = {}
        self._now = asyncio.get_running_loop().time

    def start(self) -> None:
        """Connect to every node."""
        for link in self._links.values():
            link.start()

    async def close(self) -> None:
        """Hang up everywhere."""
        await asyncio.gather(*(link.close() for link in self._links.values()))

    def links(self) -> dict[str, bool]:
        """Which node is connected."""
        return {url: link.is_up for url, link in self._links.items()}

    # ---- stages' side ------------------------------------------------------------------------------------------

    def watch(self, room: RoomId, watcher: Watcher) -> None:
        """Pull the room's feeds for `watcher`, who is told at once what sources there are."""
        self._watchers[room] = watcher
        self._reels[room] = {}
        for publication in self._sources.of(room):
            watcher.source_up(publication.source)
            self._pull(publication)

    def unwatch(self, room: RoomId) -> None:
        """Pull them no more."""
        if self._watchers.pop(room, None) is None:
            return
        for publication in self._sources.of(room):
            self._say(publication, "stop")
        self._reels.pop(room, None)
        self._taps = {place: tap for place, tap in self._taps.items() if tap.room != room}

    def reel(self, room: RoomId, source: str, kind: Kind) -> Reel | None:
        """The feed, if anything of it came."""
        return self._reels.get(room, {}).get((source, kind))

    def pulses(self, room: RoomId) -> tuple[Pulse, ...]:
        """The pulses of all the room's feeds."""
        found = (reel.pulse() for reel in self._reels.get(room, {}).values())
        return tuple(pulse for pulse in found if pulse is not None)

    def refresh(self, room: RoomId, source: str) -> None:
        """Ask the publisher for a key frame; asking often is asking once."""
        now = self._now()
        publication = self._sources.chosen(room, source)
        if publication is None or now < self._refreshed.get((room, source), 0.0) + REFRESH_EVERY_S:
            return
        self._refreshed[room, source] = now
        self._say(publication, "refresh")

    # ---- links' side -------------------------------------------------------------------------------------------

    def linked(self, link: Link) -> None:
        """The node will say what it has."""

    def unlinked(self, link: Link) -> None:
        """All the node had is gone."""
        self._taps = {place: tap for place, tap in self._taps.items() if place[0] != link.url}
        for change in self._sources.lose(link.url):
            self._apply(change)

    def heard(self, link: Link, message: dict[str, Any]) -> None:
        """One message of a node's."""
        match message:
            case {"type": "source", "state": "up", "room": str(room), "source": str(source), "session": str(session)}:
                since = message.get("since_ms")
                since_ms = since if isinstance(since, int) else 0
                publication = Publication(RoomId(room), source, link.url, session, since_ms)
                for change in self._sources.announce(publication):
                    self._apply(change)
            case {"type": "source", "state": "down", "room": str(room), "source": str(source)}:
                for change in self._sources.withdraw(RoomId(room), source, link.url, message.get("session")):
                    self._apply(change)
            case {"type": "feed", "feed": int(feed), "room": str(room), "source": str(source), "config": dict(config)}:
                self._format(link, feed, RoomId(room), source, message, config)
            case _:
                pass

    def pictured(self, link: Link, frame: Frame) -> None:
        """One frame of a node's."""
        tap = self._taps.get((link.url, frame.feed))
        if tap is None:
            return
        metrics.FEED_FRAMES.inc()
        tap.reel.add(frame, self._now())
        watcher = self._watchers.get(tap.room)
        if watcher is not None:
            watcher.framed(tap.reel, frame)

    # ---- inside ------------------------------------------------------------------------------------------------

    def _apply(self, change: Chosen | Vanished) -> None:
        publication = change.publication
        watcher = self._watchers.get(publication.room)
        if watcher is None:
            return
        reels = self._reels[publication.room]
        for kind in Kind:
            reels.pop((publication.source, kind), None)
        self._taps = {place: tap for place, tap in self._taps.items() if not _is_of(tap, publication)}
        match change:
            case Chosen(before=before):
                if before is not None and before.node != publication.node:
                    self._say(before, "stop")
                self._pull(publication)
                watcher.source_up(publication.source)
            case Vanished():
                watcher.source_down(publication.source)

    def _format(
        self, link: Link, feed: int, room: RoomId, source: str, message: dict[str, Any], config: dict[str, Any]
    ) -> None:
        publication = self._sources.chosen(room, source)
        kind, session = message.get("kind"), message.get("session")
        if room not in self._watchers or publication is None or kind not in (Kind.VIDEO, Kind.AUDIO):
            return
        if (publication.node, publication.session) != (link.url, session) or not isinstance(config.get("codec"), str):
            return
        reel = self._reels[room].get((source, Kind(kind)))
        if reel is None or reel.session != session:
            reel = self._reels[room][source, Kind(kind)] = Reel(source, publication.session, Kind(kind))
        reel.reformat(config)
        self._taps[link.url, feed] = _Tap(room, reel)

    def _pull(self, publication: Publication) -> None:
        self._say(publication, "pull")

    def _say(self, publication: Publication, kind: str) -> None:
        link = self._links[publication.node]
        link.say({"type": kind, "room": publication.room, "source": publication.source})


def _is_of(tap: _Tap, publication: Publication) -> bool:
    return tap.room == publication.room and tap.reel.source == publication.source
