"""What is thought of a subject: of a source, picture and sound apart, or of a room that an audience may be led to.
Values alone; nothing is judged here. `health` makes them, the ladder and staff read them.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Verdict(StrEnum):
    """What is thought of a subject."""

    UNKNOWN = "unknown"
    HEALTHY = "healthy"
    SUSPECT = "suspect"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Judged:
    """The judgement of a source: of the picture, of the sound, and why, in words. `*_mends`: it has failed, and what
    comes now is good, though not for long enough to clear it. `gone`: its publisher said goodbye."""

    video: Verdict
    audio: Verdict
    why: str
    video_mends: bool = False
    audio_mends: bool = False
    gone: bool = False


UNSEEN: Final = Judged(Verdict.UNKNOWN, Verdict.UNKNOWN, "nobody has published it yet")
"""What is thought of a source of which nothing was ever heard."""
