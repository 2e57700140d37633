"""The log port: what every make of the log plane guarantees. Makes: `memory`, `redis`; both pass one contract suite.

Guarantees, in prose:

- **Order.** Each log numbers its entries 1, 2, 3, … within an epoch; nobody sees them in another order.
- **Atomicity.** `append` checks the idempotency key, the author's standing and the lease, takes the next offset,
  stores the entry, its state fields and standings, and publishes it, as one act. A ban appended before a message is
  always seen by that message's check.
- **Idempotency.** The same `(author, key)` again within `KEY_MEMORY_S` of being appended has no effect and gets the
  first entry. What people say (`checked`) is known in all logs of the event, for a move may lie between the first time
  and the second: then the first entry names another log. What programs write is known on its own log only. A refusal
  is not remembered: it had no effect either.
- **State fields.** A body comes back as the body, anything else as plain values.
- **Bounds.** A log keeps its newest `HISTORY_MAX` entries; a reader whose position is older reads `whole=False`.
- **Subscription.** A subscriber gets everything published after `subscribe` returned, at most once per offset, but a
  lossy channel may skip: readers check contiguity and read what is missing (`follow` does). Waiting for the next item
  may be cancelled without loss. What was heard before a loss is given out before the loss is raised.
- **Failure.** Whatever needs a plane that is away raises `Outage` within `OP_DEADLINE_S`; nothing waits for ever.

Readers in processes use `follow.py`, not `subscribe`.
"""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from broadcast.core.codes import Reject
from broadcast.core.entries import Draft, Entry, Lease, Standing
from broadcast.core.passing import Passing, PassingBody
from broadcast.core.position import EventId, LogId, MemberId, Position

HISTORY_MAX = 10_000
KEY_MEMORY_S = 600
OP_DEADLINE_S = 2.0


@dataclass(frozen=True, slots=True)
class Appended:
    """The entry stands in the log. `repeated`: it stood there already, under the same key."""

    entry: Entry
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """The log would not take it: `banned`, `muted`, `slow_mode`, `locked` or `stale_lease`."""

    code: Reject
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What `read` found: entries in order, the log's present position, and its state fields at that position.

    `whole` says that `entries` begin right after the position asked for (or that none was asked for).
    """

    entries: tuple[Entry, ...]
    position: Position
    state: dict[str, Any]
    whole: bool


class Subscription(Protocol):
    """An open ear. Iterating raises `Outage` when the channel is lost, or when this reader fell too far behind."""

    def __aiter__(self) -> AsyncIterator[Entry | Passing]: ...


class Log(Protocol):
    """The log plane, as processes use it."""

    async def append(self, log: LogId, draft: Draft) -> Appended | Refused:
        """Append `draft` to `log`. Raises Outage."""
        ...

    async def publish(self, log: LogId, body: PassingBody) -> None:
        """Tell whoever listens now. Nothing is stored. Raises Outage."""
        ...

    async def read(self, log: LogId, after: Position | None, limit: int) -> Reading:
        """The entries after `after`, at most `limit`; with None the newest `limit`. One consistent view.

        With more than `limit` entries after `after`, or a position of another epoch, or beyond what is kept, or ahead
        of the log: the newest `limit`, and `whole=False`. Raises Outage.
        """
        ...

    def subscribe(self, log: LogId) -> AbstractAsyncContextManager[Subscription]:
        """Listen to `log`; entering the context returns once the channel is really open. Raises Outage."""
        ...

    async def standing(self, event: EventId, member: MemberId) -> Standing:
        """The member's standing in the event; the empty one for a stranger. Raises Outage."""
        ...

    async def attend(self, log: LogId, node: str, members: int, ttl_s: float) -> int:
        """Say that `node` has so many members in the room for the next `ttl_s`; the total over nodes. Raises Outage."""
        ...

    async def take_lease(self, event: EventId, holder: str, ttl_s: float) -> Lease | None:
        """Take or renew the event's lease; None while another holder has it. A new holder gets a greater token;
        the same holder keeps its token. Raises Outage."""
        ...

    async def drop_lease(self, event: EventId, holder: str) -> None:
        """Give the lease back, if it is `holder`'s. Raises Outage."""
        ...

    async def check(self) -> None:
        """Publish to oneself through the real path and wait for it to arrive. Raises Outage."""
        ...

    async def close(self) -> None:
        """Release connections; open subscriptions end."""
        ...
