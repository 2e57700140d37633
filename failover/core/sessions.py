"""Decides which of a source's sessions counts: the newest, on whatever media node it is. It never judges how that
session is. A source's health machine drives one.
"""

from dataclasses import dataclass
from enum import Enum, auto


@dataclass(frozen=True, slots=True)
class Session:
    """One publication of a source, on `node`; its `name` is unique there."""

    node: str
    name: str


class Succession(Enum):
    """What became of the session that counts."""

    SAME = auto()
    NEWER = auto()
    LOST = auto()


class Sessions:
    """The sessions of one source. `current` is the one that counts; None where there is none."""

    def __init__(self) -> None:
        self._since_ms: dict[Session, float] = {}
        self._goodbye = False
        self.current: Session | None = None

    @property
    def gone(self) -> bool:
        """Whether there is none because its publisher meant it."""
        return self.current is None and self._goodbye

    def announced(self, session: Session, since_ms: float) -> Succession:
        """`session` is there, since that moment (Unix milliseconds)."""
        self._since_ms[session] = since_ms
        return self._choose()

    def withdrawn(self, session: Session, *, goodbye: bool) -> Succession:
        """`session` is there no more; `goodbye`: its publisher meant it."""
        if session == self.current:
            self._goodbye = goodbye
        self._since_ms.pop(session, None)
        return self._choose()

    def node_lost(self, node: str) -> Succession:
        """Nothing is heard of `node` any more, nor of what it had."""
        self._goodbye = self.gone
        self._since_ms = {session: since for session, since in self._since_ms.items() if session.node != node}
        return self._choose()

    def _choose(self) -> Succession:
        newest = max(self._since_ms, key=lambda each: (self._since_ms[each], each.node, each.name), default=None)
        if newest == self.current:
            return Succession.SAME
        lost = self.current is not None and self.current not in self._since_ms
        self.current = newest
        return Succession.LOST if lost else Succession.NEWER
