"""Whether this process lives, and whether attendees should be sent to it. It probes the log through the real path and
the record with a real query, all the time, and answers from the newest findings; it heals nothing. `app` and
`embedded` start it; load balancers and operators ask.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from broadcast.core.errors import Outage
from liveserver.api.answer import answer
from liveserver.api.schema import Alive, Part, Readiness

PROBE_S = 1.0
PROBE_DEADLINE_S = 2.5
STALE_S = 5.0

Check = Callable[[], Awaitable[None]]
Look = Callable[[], tuple[bool, str]]
# What may be away without sending attendees elsewhere: there is no better place without it, and rooms go on.
SPARED = frozenset({"record", "guard", "media"})


class Health:
    """`checks` are awaited again and again, with a deadline; `looks` are read when somebody asks. Parts in `SPARED`
    must have been well once, and are reported from then on without making the process unready."""

    def __init__(
        self,
        checks: Mapping[str, Check],
        looks: Mapping[str, Look],
        *,
        clock: Callable[[], float] = time.monotonic,
        probe_s: float = PROBE_S,
    ) -> None:
        self._checks = dict(checks)
        self._looks = dict(looks)
        self._clock = clock
        self._probe_s = probe_s
        self._found: dict[str, tuple[float, Part]] = {}
        self._once_well: set[str] = set()
        self._draining = False
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Begin probing."""
        self._tasks = [asyncio.create_task(self._probe(name), name=f"probe {name}") for name in self._checks]

    async def close(self) -> None:
        """Probe no more."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    def look(self, name: str, look: Look) -> None:
        """Read `look`, too."""
        self._looks[name] = look

    def drain(self) -> None:
        """Send nobody here any more."""
        self._draining = True

    def readiness(self) -> Readiness:
        """The newest findings."""
        parts = {name: self._newest(name) for name in self._checks}
        for name, look in self._looks.items():
            ok, detail = look()
            parts[name] = Part(ok, "" if ok else detail)
        self._once_well |= {name for name, part in parts.items() if part.ok}
        if self._draining:
            parts["drain"] = Part(ok=False, detail="This node is being emptied")
        spared = SPARED & self._once_well
        return Readiness(ready=all(part.ok or name in spared for name, part in parts.items()), parts=parts)

    def routes(self, *registries: CollectorRegistry) -> list[BaseRoute]:
        """`/healthz`, `/readyz`, `/metrics` (this process's figures, and those in `registries`)."""

        async def alive(_request: Request) -> Response:
            """The process lives."""
            return answer(Alive())

        async def ready(_request: Request) -> Response:
            """Whether attendees should be sent here: 200, or 503 with the part that is amiss."""
            readiness = self.readiness()
            return answer(readiness, 200 if readiness.ready else 503)

        async def metrics(_request: Request) -> Response:
            """Figures, as Prometheus reads them."""
            text = b"".join(generate_latest(registry) for registry in (REGISTRY, *registries))
            return Response(text, headers={"content-type": CONTENT_TYPE_LATEST})

        return [
            Route("/healthz", alive, methods=["GET"]),
            Route("/readyz", ready, methods=["GET"]),
            Route("/metrics", metrics, methods=["GET"]),
        ]

    def _newest(self, name: str) -> Part:
        at, part = self._found.get(name, (self._clock(), Part(ok=False, detail="not looked at yet")))
        late_s = self._clock() - at
        if part.ok and late_s > STALE_S:
            return Part(ok=False, detail=f"not heard of for {late_s:.0f} s")
        return part

    async def _probe(self, name: str) -> None:
        while True:
            self._found[name] = (self._clock(), await self._look_at(name))
            await asyncio.sleep(self._probe_s)

    async def _look_at(self, name: str) -> Part:
        try:
            async with asyncio.timeout(PROBE_DEADLINE_S):
                await self._checks[name]()
        except TimeoutError:
            return Part(ok=False, detail=f"{name} did not answer within {PROBE_DEADLINE_S} s")
        except Outage as outage:
            return Part(ok=False, detail=str(outage)[:200])
        return Part(ok=True)
