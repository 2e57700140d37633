"""What all users of one locust process share: where to go, who is there, what was measured.

Decides only how often people speak; opens nothing. Made once by `locustfile` from its options.
"""

import json
import os
import random
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from loadtest.ledger import Ledger
from loadtest.links import Links
from loadtest.tally import Tally

_SAMPLE = 20

Fire = Callable[[str, str, float, str | None], None]


@dataclass(slots=True)
class RunState:
    """One process's share of a run. `chat_per_s` is what all attendees of all processes say together."""

    links: Links
    folder: Path
    run: str
    seed: int
    users: int
    chat_per_s: float
    media_shares: Mapping[str, float]
    fire: Fire
    clip: str = ""
    sources: tuple[str, ...] = ("main", "standby")
    began: float = field(default_factory=time.monotonic)
    cpu_began_s: float = 0.0
    ledger: Ledger = field(default_factory=Ledger)
    tally: Tally = field(default_factory=Tally)
    process: str = ""
    present: int = 0
    frames: int = 0
    hushed: bool = False
    people: set[Any] = field(default_factory=set)
    last_number: int = 0
    _numbers: Counter[str] = field(default_factory=Counter)
    _heard: int = 0
    _dice: random.Random = field(default_factory=random.Random)

    def __post_init__(self) -> None:
        self.process = self.process or f"p{os.getpid() % 10_000}"
        self._dice.seed(self.seed)

    def now_s(self) -> float:
        """Seconds since the run began."""
        return time.monotonic() - self.began

    def next_number(self, kind: str) -> int:
        """A number of its own for each user of a kind in this process."""
        self._numbers[kind] += 1
        self.last_number = self._numbers[kind]
        return self.last_number

    def count(self, name: str) -> None:
        """Something happened now."""
        self.tally.count(name, self.now_s())

    def wanted(self) -> int:
        """How many should be in the room now: everybody but those whom a moderator sent away."""
        return sum(1 for person in self.people if person.member.stays_away is None)

    def sampled(self) -> bool:
        """True once in a while: locust's own statistics need not hear everything that the tally does."""
        self._heard += 1
        return self._heard % _SAMPLE == 0

    def deeds_per_s(self) -> float:
        """How often one attendee does something, so that all together chat as wished (chat is 40 of 47 deeds).

        Where nobody said how many will come (locust's web page), those of this process who are here count.
        """
        return max(1e-3, self.chat_per_s * 47 / 40 / max(1, self.users or len(self.people)))

    def choose_media(self) -> str:
        """What one more attendee wants to receive, by the run's shares."""
        drawn = self._dice.random()
        for media, share in self.media_shares.items():
            drawn -= share
            if drawn < 0:
                return media
        return "none"

    def tell_processes(self, processes: Mapping[str, int]) -> None:
        """Leave word of processes that this run started, for faults aimed at them."""
        path = self.folder / "processes.json"
        path.with_suffix(".new").write_text(json.dumps(processes))
        path.with_suffix(".new").replace(path)
