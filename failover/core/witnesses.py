"""Decides how many gateways' words count against a source: for a moment towards condemning it, for longer towards not
clearing it. It never judges the source. A source's health machine drives one.
"""

from dataclasses import dataclass
from typing import Literal

Sight = Literal["silent", "gone", "back"]


@dataclass(frozen=True, slots=True)
class WitnessPolicy:
    """`quorum`: so many must say the same. `window_s`: how long a gateway's word counts towards condemning; `hold_s`:
    towards not clearing."""

    quorum: int = 2
    window_s: float = 1.0
    hold_s: float = 5.0


@dataclass(frozen=True, slots=True)
class _Word:
    at: float
    gone: bool


class Witnesses:
    """The gateways that miss one source."""

    def __init__(self, policy: WitnessPolicy) -> None:
        self._policy = policy
        self._words: dict[str, _Word] = {}

    def hear(self, gateway: str, saw: Sight, now: float) -> None:
        """A gateway's own eyes. Once it has said `gone`, it means that until it takes its word back."""
        if saw == "back":
            self._words.pop(gateway, None)
            return
        self._words = {name: word for name, word in self._words.items() if now - word.at <= self._policy.hold_s}
        known = self._words.get(gateway)
        self._words[gateway] = _Word(now, gone=saw == "gone" or (known is not None and known.gone))

    def heard(self, now: float) -> bool:
        """Whether any of them says now that there is no picture."""
        return bool(self._within(self._policy.window_s, now))

    def agree(self, now: float) -> bool:
        """Whether enough of them say so now."""
        return len(self._within(self._policy.window_s, now)) >= self._policy.quorum

    def agree_gone(self, now: float) -> bool:
        """Whether enough of them say now that all of it is gone, its sound too."""
        return sum(word.gone for word in self._within(self._policy.window_s, now)) >= self._policy.quorum

    def doubt(self, now: float) -> bool:
        """Whether so many still miss it that it is not cleared."""
        return len(self._within(self._policy.hold_s, now)) >= self._policy.quorum

    def _within(self, window_s: float, now: float) -> list[_Word]:
        return [word for word in self._words.values() if now - word.at <= window_s]
