"""Somebody with a socket in a room: who they are, what they want to be sent, and how far behind they are.

It decides and sends nothing by itself. The reception makes it, rosters and stages keep it, commands speak to it.
"""

from collections.abc import Callable
from dataclasses import dataclass

from broadcast.core.commands import QoeReport
from broadcast.core.entries import Entry, Kind, Person
from broadcast.core.position import Position
from liveserver.core.outbox import Outbox
from liveserver.gateway.socket import Socket

_WANTED = {
    "video": frozenset({Kind.VIDEO, Kind.AUDIO}),
    "audio": frozenset({Kind.AUDIO}),
    "none": frozenset[Kind](),
}


@dataclass(frozen=True, slots=True)
class Taste:
    """What a viewer wants and can decode. `accept` holds codec families (`avc1`); None: whatever there is."""

    media: str
    accept: frozenset[str] | None

    def wants(self, kind: Kind) -> bool:
        """Whether it is to be sent at all."""
        return kind in _WANTED[self.media]

    def decodes(self, codec: str) -> bool:
        """Whether the player can do something with it."""
        return self.accept is None or family(codec) in self.accept


class Member:
    """One person's presence through one socket. `position`, `staff_position` and `carried` count only while lagging;
    `carried` is what it brings from the room before and is still to be told."""

    __slots__ = (
        "burst_at",
        "burst_bytes",
        "carried",
        "cut",
        "outbox",
        "person",
        "position",
        "qoe",
        "qoe_at",
        "sent_at",
        "socket",
        "staff_position",
        "taste",
        "token",
        "write",
    )

    def __init__(self, socket: Socket, person: Person, token: str, taste: Taste) -> None:
        self.socket = socket
        self.write: Callable[[bytes], None] = socket.write
        self.person = person
        self.token = token
        self.taste = taste
        self.outbox = Outbox()
        self.cut = 0
        self.burst_at = 0.0
        self.burst_bytes = 0
        self.sent_at = 0.0
        self.position: Position | None = None
        self.staff_position: Position | None = None
        self.carried: tuple[Entry, ...] = ()
        self.qoe: QoeReport | None = None
        self.qoe_at = 0.0

    @property
    def is_staff(self) -> bool:
        """Whether the staff log is theirs to read."""
        return self.person.role.is_staff


def taste_of(media: str, accept: tuple[str, ...] | None) -> Taste:
    """The taste that a hello names; the same for all who name the same."""
    return Taste(media, None if accept is None else frozenset(map(family, accept)))


def family(codec: str) -> str:
    """`avc1` of `avc1.42e01f`; H.264 and Opus by whatever name they go."""
    name = codec.strip().lower().partition(".")[0]
    return {"avc3": "avc1", "h264": "avc1", "vp08": "vp8"}.get(name, name)
