"""How the gateway hands a tip to whoever takes money.

It takes none and writes no `tip` entry: the room hears of a tip from the ledger's outbox alone. `money.ledger`
implements `Payments`; `commands` calls it.
"""

from dataclasses import dataclass
from typing import Literal, Protocol

from broadcast.core.entries import Person
from broadcast.core.position import EventId, RoomId


@dataclass(frozen=True, slots=True)
class TipOutcome:
    """What became of a tip. `reason` is a plain sentence when `refused`; `action_url` is where to go on `action`."""

    tip: str
    status: Literal["confirmed", "pending", "action", "refused"]
    reason: str | None = None
    action_url: str | None = None


class Payments(Protocol):
    """Takes tips. The same `(member, key)` again is the same tip."""

    async def tip(
        self, member: Person, event: EventId, room: RoomId, amount: int, currency: str, text: str, key: str
    ) -> TipOutcome:
        """Take `amount` minor units of `currency`. Raises Outage."""
        ...
