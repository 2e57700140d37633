"""Decides how much a publisher may send: up to a cap, less while packets are lost, and back again.

It is the loss-based controller of draft-ietf-rmcat-gcc-02 (section 6) without the delay-based half, which holds a
browser at 350 kbit/s for its first ten seconds. It measures nothing; `publication` drives it once a second.
"""

from typing import Final

FLOOR_BPS: Final = 150_000
LOSS_HIGH: Final = 0.10
LOSS_LOW: Final = 0.02
UP: Final = 1.08


class Allowance:
    """What one publisher may send, in bits per second."""

    def __init__(self, cap_bps: int) -> None:
        self._cap = cap_bps
        self.bps = cap_bps

    def see(self, loss: float, received_bps: int) -> int:
        """Take the share of packets lost in the last second (0 to 1) and what arrived; the allowance from now on."""
        if loss > LOSS_HIGH:
            base = min(self.bps, max(received_bps, FLOOR_BPS))
            self.bps = max(FLOOR_BPS, int(base * (1 - loss / 2)))
        elif loss < LOSS_LOW:
            self.bps = min(self._cap, int(self.bps * UP) + 1000)
        return self.bps
