"""What an operator can turn on a gateway's realtime side, as one frozen value.

It reads no environment and checks nothing against other processes. `liveserver.settings` fills it in; every part of
the gateway reads it.
"""

from dataclasses import dataclass
from typing import Protocol


class Origins(Protocol):
    """Which pages of the web may open sockets here (RFC 6455, 10.2)."""

    def allow(self, origin: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class Knobs:
    """`node_id`, `secret`, `origins`, `media_nodes` (http urls) and `gateways` (public http urls of all gateways,
    itself included) come from the settings; the rest has good defaults.
    """

    node_id: str
    secret: str
    origins: Origins
    public_url: str = ""
    media_nodes: tuple[str, ...] = ()
    gateways: tuple[str, ...] = ()
    tick_ms: int = 1000
    hello_within_s: float = 5.0
    ping_interval_s: float = 20.0
    sweep_s: float = 0.2
    linger_s: float = 10.0
    history_max: int = 200
    guest_token_s: int = 30 * 24 * 3600
