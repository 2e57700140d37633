"""One failover process, put together: probes, directory, a controller per event, the notices, the record. It decides
nothing itself; the machines in `core` do. `failover.app` runs it alone, `liveserver.embedded` beside a gateway.
"""

from starlette.routing import BaseRoute

from broadcast.log.port import Log
from failover.settings import GuardSettings


class Guard:
    """Watches every event that the gateways name, and leads those whose lease it holds.

    `log` stays its owner's to close. `start` returns at once: what is not there yet is tried again in the background.
    """

    def __init__(self, settings: GuardSettings, log: Log) -> None:
        self._settings = settings
        self._log = log

    def routes(self) -> list[BaseRoute]:
        """`/failover/v1/incidents`, `/failover/v1/mail`, `/failover/v1/leader`; all want a node token."""
        return []

    async def start(self) -> None:
        """Begin watching. Raises Outage when the record's database cannot be opened at all."""

    async def close(self) -> None:
        """Give the leases back and end every task."""

    def ready(self) -> dict[str, str]:
        """What stands between this process and its work, by name (`log`, `record`, `media`, `gateways`) and in words;
        empty when all is well."""
        return {}
