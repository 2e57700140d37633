"""The one event that all machines share."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Woke:
    """A machine's deadline has come, and nothing else happened."""
