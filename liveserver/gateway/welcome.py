"""The answer to a hello, put together: who you are, where you stand, the room as it is, and what you missed.

It looks nothing up and sends nothing. Stewards send what it makes, on joining, on a move, and after a gap.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from broadcast.core.entries import Chat, Entry, Notice, Question
from broadcast.core.position import Position
from liveserver.core.resume import Known
from liveserver.core.room import Room
from liveserver.gateway.directory import RoomInfo
from liveserver.gateway.knobs import Knobs
from liveserver.gateway.member import Member
from liveserver.gateway.transcript import Transcript, Withdrawn

CARRIED_MAX = 50
RECONNECT_MIN_MS = 200
RECONNECT_MAX_MS = 4_000


@dataclass(frozen=True, slots=True)
class Past:
    """What a member is told of what was: the room's log, the staff's (for staff), and what it brings from elsewhere."""

    known: Known
    staff: Known | None = None
    carried: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True)
class Welcome:
    """The message, and the entries that did not fit in and come right after it."""

    message: dict[str, Any]
    rest: tuple[Entry, ...]


def welcome(
    room: Room, transcript: Transcript, info: RoomInfo, member: Member, past: Past, knobs: Knobs, *, members: int
) -> Welcome:
    """`members` is the room's count over all gateways, as far as known."""
    shown = past.known.entries
    rest: tuple[Entry, ...] = ()
    if past.known.resumed:
        shown, rest = shown[: knobs.history_max], shown[knobs.history_max :]
    staff = past.staff.entries if past.staff is not None else ()
    stands = Position(shown[-1].epoch, shown[-1].offset) if rest else room.tail.position
    position: dict[str, Any] = {"epoch": stands.epoch, "offset": stands.offset}
    if past.staff is not None:
        position["staff_offset"] = room.staff_tail.position.offset
    message = {
        "type": "welcome",
        "you": {**msgspec.to_builtins(member.person), "token": member.token},
        "resumed": past.known.resumed and (past.staff is None or past.staff.resumed),
        "tick_ms": knobs.tick_ms,
        "position": position,
        "room": {
            **transcript.picture(),
            "title": info.title,
            "host": info.host,
            "starts_at": info.starts_at,
            "members": members,
        },
        "history": transcript.history(past.carried, shown, staff, member.socket.wire),
        "backups": [{"url": backup.url, "label": backup.label, "after_s": backup.after_s} for backup in info.backups],
        "reconnect": {"min_ms": RECONNECT_MIN_MS, "max_ms": RECONNECT_MAX_MS, "urls": elsewhere(knobs)},
    }
    return Welcome(message, rest)


def carried(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """What of a room's talk comes along to another: the newest things said, without what was withdrawn."""
    withdrawn = Withdrawn(entries)
    said = [
        entry for entry in entries if isinstance(entry.body, Chat | Notice | Question) and not withdrawn.covers(entry)
    ]
    return tuple(said[-CARRIED_MAX:])


def elsewhere(knobs: Knobs) -> list[str]:
    """WebSocket bases of all gateways, this one last."""
    others = [url for url in knobs.gateways if url.rstrip("/") != knobs.public_url.rstrip("/")]
    own = [knobs.public_url] if knobs.public_url else []
    return [_ws(url) for url in (*others, *own)]


def _ws(url: str) -> str:
    return "ws" + url.rstrip("/").removeprefix("http") if url.startswith("http") else url.rstrip("/")
