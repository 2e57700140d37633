"""Knows the node's live sources and who reads them: what came since each newest key frame, and what each reader lacks.

It moves bytes and judges nothing: `publication` fills it, `serve` empties its readers. Feed numbers are the node's own,
so a frame is packed once for all its readers.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final

import msgpack

from broadcast.core.codes import Close
from broadcast.core.entries import Kind
from broadcast.core.errors import PeerFault
from broadcast.core.frame import Frame, pack
from broadcast.media.backlog import Backlog, Item

SINCE_KEY_MAX: Final = 900
SINCE_KEY_MAX_BYTES: Final = 16 * 1024 * 1024
SOUND_MAX: Final = 100
SOUND_ALONE: Final = 10
PULLS_MAX: Final = 1_000

Name = tuple[str, str]


@dataclass(slots=True)
class Live:
    """One source that is up. `since_ms` is Unix milliseconds; `refresh` asks its publisher for a key frame."""

    room: str
    source: str
    session: str
    since_ms: int
    refresh: Callable[[], None]
    feeds: dict[Kind, int] = field(default_factory=dict)
    configs: dict[Kind, bytes] = field(default_factory=dict)
    pictures: list[tuple[int, Item]] = field(default_factory=list)
    pictures_bytes: int = 0
    sounds: deque[tuple[int, Item]] = field(default_factory=lambda: deque(maxlen=SOUND_MAX))
    order: int = 0

    @property
    def name(self) -> Name:
        return (self.room, self.source)

    def remember(self, item: Item) -> None:
        """Keep a frame for whoever joins: everything since the newest key frame, within bounds."""
        self.order += 1
        if item.kind is Kind.AUDIO:
            self.sounds.append((self.order, item))
            return
        if item.key:
            self.forget()
        elif not self.pictures:
            return
        self.pictures.append((self.order, item))
        self.pictures_bytes += len(item.data)
        if len(self.pictures) > SINCE_KEY_MAX or self.pictures_bytes > SINCE_KEY_MAX_BYTES:
            self.forget()

    def forget(self) -> None:
        """Drop what was kept: another beginning comes."""
        self.pictures.clear()
        self.pictures_bytes = 0
        while len(self.sounds) > SOUND_ALONE:
            self.sounds.popleft()

    def kept(self) -> list[Item]:
        """What a reader who joins now is sent first, in the order it came."""
        begin = self.pictures[0][0] if self.pictures else self.order - SOUND_ALONE
        sounds = [entry for entry in self.sounds if entry[0] >= begin]
        return [item for _, item in sorted([*self.pictures, *sounds], key=lambda entry: entry[0])]


class Reader:
    """One gateway's or controller's socket: what it asked for, and what it has not taken yet."""

    def __init__(self) -> None:
        self.backlog = Backlog()
        self.ready = asyncio.Event()
        self.pulled: set[Name] = set()
        self.watches = False

    def put(self, item: Item) -> set[int]:
        """Take one message; the feeds whose pictures were just dropped."""
        broken = self.backlog.put(item)
        self.ready.set()
        return broken

    def take(self) -> Item | None:
        """The next message; None when there is none, and `ready` is clear then."""
        item = self.backlog.take()
        if item is None:
            self.ready.clear()
        return item


class Hub:
    """The node's sources and readers. `clock` is the loop's time."""

    def __init__(self, node: str, tick_ms: int, clock: Callable[[], float]) -> None:
        self._greeting = {"type": "node", "node": node, "tick_ms": tick_ms}
        self._clock = clock
        self._next_feed = 0
        self.live: dict[Name, Live] = {}
        self.readers: set[Reader] = set()
        self.dropped = 0

    # ---- sources ----------------------------------------------------------------------------------------------------

    def announce(self, live: Live) -> None:
        """The source is up; one of the same name and an older session is down."""
        older = self.live.get(live.name)
        if older is not None and older is not live:
            self.retire(older, "replaced")
        self.live[live.name] = live
        self._tell_all(self._source(live, "up", None))
        for reader in self._pullers(live):
            self._begin(reader, live)

    def retire(self, live: Live, reason: str) -> None:
        """The source is down. Nothing where it is not up."""
        if self.live.get(live.name) is not live:
            return
        del self.live[live.name]
        self._tell_all(self._source(live, "down", reason))

    def configure(self, live: Live, kind: Kind, config: dict[str, Any]) -> None:
        """A feed's configuration, before its first frame and whenever it changes; a key frame comes next."""
        number = live.feeds.get(kind)
        if number is None:
            number = live.feeds[kind] = self._number()
        message = {
            "type": "feed",
            "feed": number,
            "room": live.room,
            "source": live.source,
            "session": live.session,
            "kind": kind.value,
            "config": config,
        }
        live.configs[kind] = msgpack.packb(message)
        if kind is Kind.VIDEO:
            live.forget()
        if self.live.get(live.name) is live:
            for reader in self._pullers(live):
                reader.put(Item(live.configs[kind], self._clock()))

    def frame(self, live: Live, kind: Kind, time_us: int, payload: bytes, at: float, *, key: bool) -> None:
        """One frame of a configured feed; `at` is when its last packet came."""
        number = live.feeds[kind]
        data = pack(Frame(feed=number, time_us=time_us, key=key, payload=payload))
        item = Item(data, at, feed=number, kind=kind, key=key)
        live.remember(item)
        if self.live.get(live.name) is not live:
            return
        for reader in self._pullers(live):
            if reader.put(item):
                live.refresh()

    def sample(self, live: Live, video: dict[str, Any] | None, audio: dict[str, Any] | None) -> None:
        """How a source is doing, to whoever watches."""
        watchers = [reader for reader in self.readers if reader.watches]
        if not watchers:
            return
        message = {
            "type": "sample",
            "room": live.room,
            "source": live.source,
            "session": live.session,
            "video": video,
            "audio": audio,
        }
        item = Item(msgpack.packb(message), self._clock(), passing=True)
        for reader in watchers:
            reader.put(item)

    # ---- readers ----------------------------------------------------------------------------------------------------

    def join(self) -> Reader:
        """A new reader, greeted and told of every source that is up."""
        reader = Reader()
        self.readers.add(reader)
        self._tell(reader, self._greeting)
        for live in self.live.values():
            self._tell(reader, self._source(live, "up", None))
        return reader

    def leave(self, reader: Reader) -> None:
        """The reader's socket is gone."""
        self.readers.discard(reader)
        self.dropped += reader.backlog.dropped

    def pull(self, reader: Reader, name: Name) -> None:
        """Send the reader this source from its newest key frame on, now or when it comes up. PeerFault beyond
        `PULLS_MAX` names."""
        if name in reader.pulled:
            return
        if len(reader.pulled) >= PULLS_MAX:
            raise PeerFault(Close.TOO_MANY, "Too many sources are pulled on this connection")
        reader.pulled.add(name)
        live = self.live.get(name)
        if live is not None:
            self._begin(reader, live)

    def stop(self, reader: Reader, name: Name) -> None:
        """Send no more of this source."""
        reader.pulled.discard(name)

    def refresh(self, name: Name) -> None:
        """Ask the source's publisher for a key frame, where it is up."""
        live = self.live.get(name)
        if live is not None:
            live.refresh()

    # ---- within -----------------------------------------------------------------------------------------------------

    def _begin(self, reader: Reader, live: Live) -> None:
        now = self._clock()
        for config in live.configs.values():
            reader.put(Item(config, now))
        for item in live.kept():
            reader.put(Item(item.data, now, feed=item.feed, kind=item.kind, key=item.key))

    def _pullers(self, live: Live) -> Iterable[Reader]:
        return [reader for reader in self.readers if live.name in reader.pulled]

    def _number(self) -> int:
        """A feed number that no feed in use has; the header gives it 16 bits, and 0 is nobody's."""
        used = {number for live in self.live.values() for number in live.feeds.values()}
        while True:
            self._next_feed = self._next_feed % 0xFFFF + 1
            if self._next_feed not in used:
                return self._next_feed

    def _source(self, live: Live, state: str, reason: str | None) -> dict[str, Any]:
        return {
            "type": "source",
            "room": live.room,
            "source": live.source,
            "session": live.session,
            "state": state,
            "reason": reason,
            "since_ms": live.since_ms,
        }

    def _tell_all(self, message: dict[str, Any]) -> None:
        item = Item(msgpack.packb(message), self._clock())
        for reader in self.readers:
            reader.put(item)

    def _tell(self, reader: Reader, message: dict[str, Any]) -> None:
        reader.put(Item(msgpack.packb(message), self._clock()))
