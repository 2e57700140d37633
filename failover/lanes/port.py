"""What every notification lane promises: to take over one message, or to say why not and whether it may be tried again.
Makes: `smtp`, `outbox`. The notifier uses lanes; none of them knows what it carries.
"""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Message:
    """`key` is the same for the same message, however often it is tried."""

    key: str
    to: str
    subject: str
    text: str
    html: str


class NotTaken(Exception):
    """The lane did not take the message. `again`: another try may do. `unsure`: it may have arrived all the same."""

    def __init__(self, why: str, *, again: bool, unsure: bool = False) -> None:
        super().__init__(why)
        self.why = why
        self.again = again
        self.unsure = unsure


class Lane(Protocol):
    """One provider that can carry a message out of the deployment."""

    @property
    def name(self) -> str:
        """What the lane is called in the record."""
        ...

    async def send(self, message: Message) -> None:
        """Hand `message` over, within the lane's own deadline. Raises NotTaken."""
        ...
