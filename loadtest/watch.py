"""What a member saw of the media: when the first picture came, how long the waits between pictures were.

Reads only the public header of a frame; decodes nothing and reads no clock. Fed by a member.
"""

from dataclasses import dataclass, field

_KEY = 0x01


@dataclass(slots=True)
class Watch:
    """Times are the caller's, in seconds. `kinds` names the feeds of this connection by their number."""

    first_at: float | None = None
    last_at: float | None = None
    longest_gap_s: float = 0.0
    frames: int = 0
    bytes_total: int = 0
    kinds: dict[int, str] = field(default_factory=dict)

    def frame(self, data: bytes | memoryview, now: float) -> float | None:
        """A media frame came; the gap before it in seconds, for pictures."""
        self.frames += 1
        self.bytes_total += len(data)
        if self.kinds.get((data[2] << 8) | data[3]) != "video":
            return None
        gap = None if self.last_at is None else now - self.last_at
        if self.first_at is None and data[1] & _KEY:
            self.first_at = now
        self.last_at = now
        self.longest_gap_s = max(self.longest_gap_s, gap or 0.0)
        return gap
