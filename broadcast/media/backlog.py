"""What one reader has not taken yet: bounded in time, and what is dropped is dropped where a decoder can bear it.

It decides which frames a lagging reader loses: pictures up to the next key frame, sound older than a second, never a
control message. It knows no clock and no socket; `hub` fills it, `serve` empties it.
"""

from collections import deque
from dataclasses import dataclass
from typing import Final

from broadcast.core.entries import Kind

HELD_MAX_S: Final = 1.0
HELD_MAX_BYTES: Final = 32 * 1024 * 1024
CONTROL_MAX: Final = 5_000


@dataclass(frozen=True, slots=True)
class Item:
    """One message to a reader. `feed` 0: control, or a sample when `passing`; otherwise one frame of that feed.
    `at` is when it came (seconds of the node's clock)."""

    data: bytes
    at: float
    feed: int = 0
    kind: Kind | None = None
    key: bool = False
    passing: bool = False


class Backlog:
    """The messages of one reader, in order."""

    def __init__(self) -> None:
        self._items: deque[Item] = deque()
        self._bytes = 0
        self._controls = 0
        self._broken: set[int] = set()
        self.dropped = 0

    def __len__(self) -> int:
        return len(self._items)

    @property
    def overrun(self) -> bool:
        """Whether so many control messages wait that the reader must be let go."""
        return self._controls > CONTROL_MAX

    def put(self, item: Item) -> set[int]:
        """Take one message. The feeds that have just lost their pictures up to the next key frame."""
        if item.kind is Kind.VIDEO and item.key:
            self._broken.discard(item.feed)
        if item.kind is Kind.VIDEO and item.feed in self._broken:
            self.dropped += 1
        else:
            self._items.append(item)
            self._count(item, 1)
        if self._items and (item.at - self._items[0].at > HELD_MAX_S or self._bytes > HELD_MAX_BYTES):
            return self._trim(item.at)
        return set()

    def take(self) -> Item | None:
        """The next message; None when there is none."""
        if not self._items:
            return None
        item = self._items.popleft()
        self._count(item, -1)
        return item

    def _count(self, item: Item, sign: int) -> None:
        self._bytes += sign * len(item.data)
        self._controls += sign * (item.kind is None and not item.passing)

    def _trim(self, now: float) -> set[int]:
        """Drop what is older than a second, and of each feed all pictures before a key frame that is not."""
        oldest = now - HELD_MAX_S
        crowded = self._bytes > HELD_MAX_BYTES
        begins: dict[int, int] = {}
        video: set[int] = set()
        for index, item in enumerate(self._items):
            if item.kind is Kind.VIDEO:
                video.add(item.feed)
                if item.key and item.at >= oldest and not crowded:
                    begins[item.feed] = index
        kept, before = deque[Item](), len(self._items)
        for index, item in enumerate(self._items):
            if item.kind is Kind.VIDEO:
                keep = index >= begins.get(item.feed, before)
            elif item.kind is Kind.AUDIO or item.passing:
                keep = item.at >= oldest
            else:
                keep = True
            if keep:
                kept.append(item)
            else:
                self._count(item, -1)
        if len(kept) == before:
            return set()
        self.dropped += before - len(kept)
        self._items = kept
        broken = video - begins.keys()
        self._broken |= broken
        return broken
