"""The one way this package says no: a sentence that a person can act on.

Decides nothing and catches nothing. Raised by whatever reads the outside (links, plans, limits, hosts), shown by
`cli` as one line.
"""

from broadcast.core.errors import LiveError


class Refusal(LiveError):
    """What was asked cannot be done; the text is one line that names the cause and the remedy."""


class PlanRefusal(Refusal):
    """A plan is wrong; `faults` has one line for each fault, each with its line number."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults
