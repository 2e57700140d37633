"""Viewers who are sent the very same media bytes: same encoding, same taste, same cut number.

It chooses no source: the stage gives it frames of what is on air, and it names each feed before the feed's first frame.
"""

from broadcast.core.entries import Kind
from broadcast.core.frame import Frame, pack
from broadcast.core.wire import Wire
from liveserver.gateway import frames
from liveserver.gateway.audience import Audience
from liveserver.gateway.member import Member, Taste
from liveserver.gateway.reel import Reel


class Cache:
    """One frame, packed at most once per cut number and flag, and framed with it."""

    __slots__ = ("_feed", "_frame", "_packed")

    def __init__(self, frame: Frame, feed: int) -> None:
        self._frame = frame
        self._feed = feed
        self._packed: dict[tuple[int, bool], bytes] = {}

    def packed(self, cut: int, *, first: bool) -> bytes:
        """The frame, ready to be written."""
        found = self._packed.get((cut, first))
        if found is None:
            found = self._packed[cut, first] = frame_bytes(self._frame, self._feed, cut, first=first)
        return found


class Group:
    """`started` holds the feed numbers whose frames are flowing, with the format they were named in."""

    __slots__ = ("audience", "begun", "cut", "started", "taste", "wire")

    def __init__(self, wire: Wire, taste: Taste, cut: int, audience: Audience[Member]) -> None:
        self.wire = wire
        self.taste = taste
        self.cut = cut
        self.audience = audience
        self.started: dict[int, int] = {}
        self.begun: set[int] = set()

    def takes(self, reel: Reel) -> bool:
        """Whether this feed is for these viewers."""
        return self.taste.wants(reel.kind) and self.taste.decodes(reel.config["codec"])

    def send(self, reel: Reel, number: int, frame: Frame, cache: Cache) -> None:
        """The next frame of a feed on air; nothing until its format's first key frame."""
        if self.started.get(number) == reel.format:
            self.audience.send(cache.packed(self.cut, first=False))
        elif frame.key or reel.kind is Kind.AUDIO:
            first = number not in self.begun
            self.started[number] = reel.format
            self.begun.add(number)
            self.audience.send(naming(reel, number, self.wire) + cache.packed(self.cut, first=first))

    def recut(self) -> None:
        """Something else goes on air: the next cut number, and every feed begins anew."""
        self.cut += 1
        self.started.clear()
        self.begun.clear()


def naming(reel: Reel, number: int, wire: Wire) -> bytes:
    """The message that names a feed and its format."""
    content = {
        "type": "feed",
        "feed": number,
        "source": reel.source,
        "kind": reel.kind.value,
        "config": reel.config,
    }
    return frames.message(content, wire)


def unsupported(reel: Reel, wire: Wire) -> bytes:
    """The message that says that the player can't decode what there is."""
    content = {
        "type": "unsupported",
        "kind": reel.kind.value,
        "codec": reel.config["codec"],
        "source": reel.source,
    }
    return frames.message(content, wire)


def frame_bytes(frame: Frame, feed: int, cut: int, *, first: bool) -> bytes:
    """One frame in its WebSocket frame."""
    named = Frame(feed=feed, time_us=frame.time_us, key=frame.key, payload=frame.payload)
    return frames.binary(pack(named, cut=cut, first_of_cut=first))
