"""Opens an event's doors on its log: its room begins anew, and people may come in. Nothing else is said in a room from
outside it. The API does so when an event is made open, the sample event at every start.
"""

from typing import Protocol

from broadcast.core.entries import Draft, EventChanged, EventState
from broadcast.core.position import LogId, MemberId, RoomId, room_log
from broadcast.log.port import Appended, Refused


class Log(Protocol):
    """The log, as far as it is used here."""

    async def append(self, log: LogId, draft: Draft) -> Appended | Refused: ...


async def open_doors(log: Log, event: str, made_at_ms: int) -> None:
    """Say that the doors of `event` are open; a move, a cut or a step of an incident that was there before is over.
    What was said there stays. Raises Outage."""
    opened = EventChanged(state=EventState.OPEN)
    draft = Draft(
        body=opened,
        key=f"opened:{made_at_ms}",
        author=MemberId(f"operator-{event}"),
        checked=False,
        sets={"event": opened, "moved": None, "cut": None, "step": None},
    )
    await log.append(room_log(RoomId(event)), draft)
