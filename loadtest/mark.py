"""What a load client writes into its own messages, so that a receiver knows whose it is and when it was said.

Nothing but text to mark and mark to text; the server sees an ordinary sentence. Used by everyone who sends or reads
chat here.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

_MARK = re.compile(r"\[\[([0-9a-z]{1,12}):([0-9a-z-]{1,24}):(\d{1,9}):(\d{1,19})\]\]")


@dataclass(frozen=True, slots=True)
class Mark:
    """`n`-th message of `author` in `run`, said at `at_us` (Unix microseconds by the author's clock)."""

    run: str
    author: str
    n: int
    at_us: int

    @property
    def id(self) -> str:
        """Unique in the run."""
        return f"{self.run}:{self.author}:{self.n}"

    def __str__(self) -> str:
        return f"[[{self.run}:{self.author}:{self.n}:{self.at_us}]]"


@lru_cache(maxsize=512)
def mark_in(text: str) -> Mark | None:
    """The mark that `text` carries, if any."""
    found = _MARK.search(text)
    if found is None:
        return None
    run, author, n, at_us = found.groups()
    return Mark(run, author, int(n), int(at_us))
