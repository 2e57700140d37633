"""Asks the guards, over HTTP and as a program of this deployment: for what they recorded, and for what they make of a
plan. It judges nothing itself and keeps nothing; the first guard that answers is believed, since all read one record.
`ops` hands incidents and mail through it, `events` has plans checked by it.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, Protocol, TypeVar

import httpx
import msgspec

from broadcast.core.codes import Reject
from broadcast.core.errors import PeerFault
from liveserver.api.schema import PlanFault, PlanFaults

DEADLINE_S = 3.0
ANSWER_MAX_BYTES = 4 * 1024 * 1024
_T = TypeVar("_T")


class NodeTokens(Protocol):
    """Who signs for this process."""

    def node(self, node: str) -> str: ...


class Guards:
    """The guards at `urls`, asked in their order. `node` is who asks."""

    def __init__(self, urls: Sequence[str], tokens: NodeTokens, node: str) -> None:
        self._urls = list(urls)
        self._tokens = tokens
        self._node = node
        self._client = httpx.AsyncClient(timeout=DEADLINE_S, trust_env=False)

    async def close(self) -> None:
        """Release the connections to the guards."""
        await self._client.aclose()

    async def read(self, path: str, query: dict[str, str], kind: type[_T]) -> _T:
        """What a guard answers to `GET path`. PeerFault(unavailable) where none does."""
        found = await self._ask("GET", path, kind, params=query)
        if found is None:
            raise PeerFault(Reject.UNAVAILABLE, "No failover process answers; is one running, and in FAILOVER_NODES?")
        return found

    async def faults_of(self, event: str, toml: str) -> list[PlanFault] | None:
        """Everything that is wrong with a plan for `event`; None where no guard answers."""
        said = await self._ask("POST", "/failover/v1/plan/check", PlanFaults, json={"event": event, "plan": toml})
        return None if said is None else said.faults

    async def _ask(self, method: str, path: str, kind: type[_T], **more: Any) -> _T | None:  # noqa: ANN401
        headers = {"authorization": f"Bearer {self._tokens.node(self._node)}"}
        for url in self._urls:
            try:
                async with asyncio.timeout(DEADLINE_S):
                    found = await self._client.request(method, url + path, headers=headers, **more)
                if found.status_code == 200 and len(found.content) <= ANSWER_MAX_BYTES:
                    return msgspec.json.decode(found.content, type=kind)
            except (httpx.HTTPError, TimeoutError, msgspec.DecodeError):
                continue
        return None
