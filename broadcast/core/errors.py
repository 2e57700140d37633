"""The one tree of errors, in the three kinds a caller has replies for.

`PeerFault`: the other side broke a rule; answer with the code or close with it. `Outage`: a plane we need is away;
retry within a deadline and tell health. Anything else (`AssertionError`, `IllegalMove`) is our own bug: let it crash
the task, the supervisor reports it.
"""

from broadcast.core.codes import Close, Reject


class LiveError(Exception):
    """Root of what this project raises on purpose."""


class PeerFault(LiveError):
    """The peer sent what it must not send.

    `code` is a `Reject` where the connection goes on, a `Close` where it ends; `reason` is a short plain sentence fit
    for the peer's eyes; `field` names the offending field, when one is to blame.
    """

    def __init__(self, code: Reject | Close, reason: str, *, field: str | None = None) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
        self.field = field


class Outage(LiveError):
    """A plane or provider is away. `what` names it in one word or two (`log`, `record`, `media node m1`)."""

    def __init__(self, what: str, detail: str = "") -> None:
        super().__init__(f"{what} is away" + (f": {detail}" if detail else ""))
        self.what = what
        self.detail = detail


class IllegalMove(LiveError, AssertionError):
    """A machine was given an event that its state makes impossible; the machine is unchanged."""


class SettingsError(LiveError):
    """One or more settings are wrong; `faults` has a line for each, naming the setting and the remedy."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults
