"""How the answer to a command is worded: what another room's ack looks like here, and what a refusal says.

It decides and keeps nothing. `commands` sends what it makes.
"""

from typing import Any

from broadcast.core.codes import Reject
from broadcast.core.errors import Outage, PeerFault
from broadcast.core.position import RoomId

RETRY_AFTER_S = 2.0
WORDS = {
    Reject.BANNED: "You are banned from this event",
    Reject.MUTED: "You are muted",
    Reject.SLOW_MODE: "Slow mode: wait a little",
    Reject.LOCKED: "The room is locked",
}


def seen_from(room: RoomId, said_in: RoomId, answer: dict[str, Any]) -> dict[str, Any]:
    """The ack of something said in another room, before a move: an offset would be taken for one of this room's."""
    if room == said_in or "offset" not in answer:
        return answer
    return {**{name: value for name, value in answer.items() if name != "offset"}, "room": said_in}


def reject(key: str, fault: PeerFault) -> dict[str, Any]:
    """What is wrong with the command, and with which field of it."""
    answer: dict[str, Any] = {"type": "reject", "key": key, "code": str(fault.code), "reason": fault.reason}
    if fault.field is not None:
        answer["field"] = fault.field
    return answer


def refused(key: str, code: Reject, retry_after_s: float | None) -> dict[str, Any]:
    """The log would not take it."""
    answer = reject(key, PeerFault(code, WORDS.get(code, "The log refused it")))
    return answer if retry_after_s is None else {**answer, "retry_after_s": retry_after_s}


def unavailable(key: str, outage: Outage) -> dict[str, Any]:
    """A plane that it needs is away."""
    why = f"We can't take this just now: the {outage.what} is away. Try again"
    return {**reject(key, PeerFault(Reject.UNAVAILABLE, why)), "retry_after_s": RETRY_AFTER_S}
