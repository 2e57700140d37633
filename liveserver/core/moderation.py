"""What a moderator's command against a member becomes: the entry that says so, and what changes in their standing.

It looks nothing up and asks nobody's permission: the time is given. The gateway's commands call it, and admission asks
it whether a standing keeps somebody out.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from broadcast.core.codes import Close, Reject
from broadcast.core.commands import MemberBan, MemberKick, MemberUnban
from broadcast.core.entries import Moderated, Person, Standing
from broadcast.core.position import MemberId

KICK_S = 60
WITHOUT_END = -1
OVER = 1
"""A time long past."""


@dataclass(frozen=True, slots=True)
class Deed:
    """What is appended. `standing` says only what the deed changes: the log leaves times of 0 as they are."""

    body: Moderated
    standing: Standing


@dataclass(frozen=True, slots=True)
class Removal:
    """Why somebody's socket is closed."""

    code: Close
    reason: str


def rule(command: MemberKick | MemberBan | MemberUnban, by: Person, name: str, now_ms: int) -> Deed:
    """The deed that `command` is. `name` is the member's, as far as known; `now_ms` is Unix milliseconds."""
    match command:
        case MemberKick(member=member):
            until_ms = now_ms + KICK_S * 1000
            return Deed(_said(member, name, "kick", by, until_ms), Standing(kicked_until_ms=until_ms))
        case MemberBan(member=member, for_s=for_s):
            until_ms = WITHOUT_END if for_s is None else now_ms + for_s * 1000
            return Deed(_said(member, name, "ban", by, until_ms), Standing(banned_until_ms=until_ms))
        case _:
            over = Standing(kicked_until_ms=OVER, banned_until_ms=OVER)
            return Deed(_said(command.member, name, "unban", by, WITHOUT_END), over)


def removal(standing: Standing, now_ms: int) -> Removal | None:
    """What keeps a member of this standing out now, if anything."""
    if _lasts(standing.banned_until_ms, now_ms):
        return banned(None if standing.banned_until_ms == WITHOUT_END else iso(standing.banned_until_ms))
    if _lasts(standing.kicked_until_ms, now_ms):
        return kicked(iso(standing.kicked_until_ms))
    return None


def silence(standing: Standing, now_ms: int) -> Reject | None:
    """Why a member of this standing may say nothing now, if they may not."""
    if removal(standing, now_ms) is not None:
        return Reject.BANNED
    return Reject.MUTED if _lasts(standing.muted_until_ms, now_ms) else None


def removal_by(entry: Moderated) -> Removal | None:
    """What an entry just appended does to the member's sockets."""
    if entry.action == "ban":
        return banned(entry.until)
    return kicked(entry.until) if entry.action == "kick" else None


def still_removed(entry: Moderated, now_ms: int) -> Removal | None:
    """What an entry of a while ago does to somebody who comes now, while standings can't be asked for."""
    found = removal_by(entry)
    return None if entry.until is not None and entry.until <= iso(now_ms) else found


def banned(until: str | None) -> Removal:
    """`until` is ISO 8601 UTC; None: without end."""
    return Removal(Close.BANNED, f"You are banned until {until}" if until else "You are banned from this event")


def kicked(until: str | None) -> Removal:
    """`until` is ISO 8601 UTC."""
    return Removal(Close.KICKED, f"You were removed; you may come back after {until}" if until else "You were removed")


def iso(at_ms: int) -> str:
    """ISO 8601 UTC, whole seconds, of Unix milliseconds."""
    return f"{datetime.fromtimestamp(at_ms / 1000, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _said(member: str, name: str, action: Literal["kick", "ban", "unban"], by: Person, until_ms: int) -> Moderated:
    until = None if until_ms == WITHOUT_END else iso(until_ms)
    return Moderated(member=MemberId(member), name=name, action=action, by=by, until=until)


def _lasts(until_ms: int, now_ms: int) -> bool:
    return until_ms == WITHOUT_END or until_ms > now_ms
