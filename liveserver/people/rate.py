"""How often one address on the network may do something: so many in a window, in a table that cannot grow without end.
It keeps no clock and refuses nothing itself; whoever asks it answers with `rate_limited`.
"""

from collections import OrderedDict, deque

PEERS_MAX = 10_000


class Rate:
    """At most `times` within `window_s` per peer. The peers seen longest ago are forgotten beyond PEERS_MAX."""

    def __init__(self, times: int, window_s: float) -> None:
        self._times = times
        self._window_s = window_s
        self._seen: OrderedDict[str, deque[float]] = OrderedDict()

    def wait_s(self, peer: str, now: float) -> float:
        """0 and counted, or, when it is too often, after how many seconds `peer` may again."""
        seen = self._seen.setdefault(peer, deque())
        self._seen.move_to_end(peer)
        while len(self._seen) > PEERS_MAX:
            self._seen.popitem(last=False)
        while seen and seen[0] <= now - self._window_s:
            seen.popleft()
        if len(seen) >= self._times:
            return seen[0] + self._window_s - now
        seen.append(now)
        return 0.0
