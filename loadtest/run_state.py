"""What all users of one locust process share in one run: where to go, who is there, what was measured.

Decides only how often people speak; opens nothing. Made by `locustfile`, a new one for every run.
"""

import json
import random
import re
import secrets
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from loadtest.ledger import Ledger
from loadtest.links import Links
from loadtest.refusal import Refusal
from loadtest.tally import Tally

SAMPLE = 20
_RUN = re.compile(r"[0-9a-z]{1,12}")

Fire = Callable[[str, str, float | None, str | None], None]


def run_called(name: str) -> str:
    """The run's name, or a new one where it is empty. Refusal where it would not survive in a mark."""
    if name and not _RUN.fullmatch(name):
        raise Refusal(f"--run-id {name}: give 1 to 12 digits and small letters")
    return name or secrets.token_hex(4)


@dataclass(slots=True)
class RunState:
    """One process's share of a run. `chat_per_s` is what all attendees of all processes say together.

    `seed` makes the same people of the same process, whose number among the workers is `worker`. `process` is in
    everybody's name, and another in every process on every machine.
    """

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
    worker: int = 0
    process: str = field(default_factory=lambda: secrets.token_hex(4))
    began: float = field(default_factory=time.monotonic)
    cpu_began_s: float = field(default_factory=time.process_time)
    ledger: Ledger = field(default_factory=Ledger)
    tally: Tally = field(default_factory=Tally)
    present: int = 0
    frames: int = 0
    hushed: bool = False
    over: bool = False
    people: set[Any] = field(default_factory=set)
    ended: dict[str, str] = field(default_factory=dict)
    _numbers: Counter[str] = field(default_factory=Counter)
    _heard: int = 0
    _dice: random.Random = field(default_factory=random.Random)

    def __post_init__(self) -> None:
        self._dice = self.dice("media")

    def dice(self, name: str) -> random.Random:
        """Dice of somebody's own: the same in every run of this seed, others in every worker."""
        return random.Random(f"{self.seed}-{self.worker}-{name}")

    def now_s(self) -> float:
        """Seconds since the run began."""
        return time.monotonic() - self.began

    def next_number(self, kind: str) -> int:
        """A number of its own for each user of a kind in this process."""
        self._numbers[kind] += 1
        return self._numbers[kind]

    def count(self, name: str) -> None:
        """Something happened now."""
        self.tally.count(name, self.now_s())

    def wanted(self) -> int:
        """How many should be in the room now: everybody but those whom a moderator sent away."""
        return sum(1 for person in self.people if person.member.stays_away is None)

    def sampled(self) -> bool:
        """True once in SAMPLE times: locust's own statistics need not hear everything that the tally does."""
        self._heard += 1
        return self._heard % SAMPLE == 0

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

    def tell_ended(self, source: str, why: str) -> None:
        """Leave word of a publisher that ended; `why` are its last words."""
        self.count("publishers_ended")
        self.ended[source] = why
        (self.folder / "ended.json").write_text(json.dumps(self.ended))
