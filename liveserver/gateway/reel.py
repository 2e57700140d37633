"""One feed as it lies in a gateway: its format, what came since its newest key frame, and its rhythm.

It sends nothing and asks for nothing. The upstream fills it; stages begin from it.
"""

from collections import deque
from typing import Any

from broadcast.core.entries import Kind
from broadcast.core.frame import Frame
from broadcast.core.rhythm import Pulse, Rhythm

PICTURES_MAX = 600
REEL_MAX_BYTES = 8 * 1024 * 1024
SOUNDS_MAX = 15


class Reel:
    """`frames` of a picture begin with a key frame, or are empty until the next one; of sound they are the last few:
    what is older could not be heard in time. `added` counts all that ever came."""

    __slots__ = ("_bytes", "_rhythm", "added", "config", "format", "frames", "kind", "session", "source")

    def __init__(self, source: str, session: str, kind: Kind) -> None:
        self.source = source
        self.session = session
        self.kind = kind
        self.config: dict[str, Any] = {}
        self.format = 0
        self.added = 0
        self.frames: deque[Frame] = deque(maxlen=SOUNDS_MAX if kind is Kind.AUDIO else None)
        self._bytes = 0
        self._rhythm = Rhythm()

    def reformat(self, config: dict[str, Any]) -> None:
        """From here on frames are of this format, beginning with a key frame."""
        self.config = config
        self.format += 1
        self._clear()

    def add(self, frame: Frame, now: float) -> None:
        """The next frame."""
        self._rhythm.beat(now, frame.time_us)
        self.added += 1
        if self.kind is Kind.AUDIO:
            self.frames.append(frame)
            return
        if frame.key:
            self._clear()
        elif not self.frames:
            return
        self.frames.append(frame)
        self._bytes += len(frame.payload)
        if len(self.frames) > PICTURES_MAX or self._bytes > REEL_MAX_BYTES:
            self._clear()

    def pulse(self) -> Pulse | None:
        """When a packet last came, and how often they usually do; None before the first."""
        rhythm = self._rhythm
        if rhythm.last_at is None:
            return None
        return Pulse(self.source, self.kind, rhythm.last_at, rhythm.usual_s, rhythm.pause_s)

    def _clear(self) -> None:
        self.frames.clear()
        self._bytes = 0
