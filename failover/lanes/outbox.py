"""The lane of a deployment without a mail server: every message counts as delivered by being kept for the operator's
page, which the notifier sees to for all lanes. It never leaves the machine.
"""

from failover.lanes.port import Message


class OutboxLane:
    """Takes everything."""

    name = "outbox"

    async def send(self, message: Message) -> None:
        """Nothing is left to be done."""
