"""What passes through a room's log without being kept in it: it has no offset, and may be dropped.

Bodies are tagged maps on the wire, like an entry's (`entries`). Most go between gateways and controllers, on the
staff log's channel; ARCHITECTURE.md says who sends what to whom.
"""

from dataclasses import dataclass
from typing import Literal

from msgspec import Struct

from broadcast.core.entries import Body, RungKind
from broadcast.core.position import LogId, MemberId


class Count(Body, tag="count", frozen=True):
    """How many members the room has, over all gateways."""

    members: int


class Witness(Body, tag="witness", frozen=True):
    """Gateway to controller: what this gateway saw of a source, and where its members are now."""

    node: str
    source: str
    saw: Literal["silent", "gone", "back"]
    showing: str | None
    rung: RungKind


class Quality(Body, tag="quality", frozen=True):
    """Gateway to controller, each second: what the viewers of this gateway report, summed."""

    node: str
    viewers: int
    stalled: int
    audio_only: int


class RungHealth(Struct, frozen=True, kw_only=True):
    """One rung, judged: `verdict` and, in words, why."""

    rung: RungKind
    verdict: Literal["healthy", "suspect", "failed", "unknown"]
    why: str
    source: str | None = None


class Health(Body, tag="health", frozen=True):
    """Controller to staff, each second: the ladder as it stands. Never sent to attendees."""

    leader: str
    rung: RungKind
    source: str | None
    rungs: tuple[RungHealth, ...]
    armed: bool
    pinned: RungKind | None = None
    veto_until: str | None = None
    viewers: int = 0
    stalled: int = 0
    incident: str | None = None
    picture: str = ""
    sound: str = ""


class ContactChanged(Body, tag="contact", frozen=True):
    """Gateway to controller: somebody left or confirmed an address; look again."""

    event: str


class TipStatus(Body, tag="tip.status", frozen=True):
    """Gateway to the giver alone: what became of a pending tip."""

    tip: str
    status: Literal["confirmed", "pending", "refused"]
    member: MemberId


PassingBody = Count | Witness | Quality | Health | ContactChanged | TipStatus


@dataclass(frozen=True, slots=True)
class Passing:
    """Something that went by on a log's channel; never stored."""

    log: LogId
    body: PassingBody
