"""What a payment provider looks like from here: the port that every lane makes good. A lane moves money and remembers
by our tip's id; it writes no ledger and tells no room. `ledger` calls it.
"""

from dataclasses import dataclass
from typing import Literal, Protocol


@dataclass(frozen=True, slots=True)
class Charge:
    """What a lane says of one charge. `reason` is a plain sentence for the giver when it is refused."""

    status: Literal["confirmed", "pending", "refused"]
    reason: str = ""


class Lane(Protocol):
    """One provider. `name` goes into the ledger."""

    @property
    def name(self) -> str:
        """What the lane is called in the ledger."""
        ...

    async def charge(self, tip: str, amount: int, currency: str) -> Charge:
        """Take `amount` minor units once for `tip`: the same tip again is the same charge. Raises Outage."""
        ...
