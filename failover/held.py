"""A driver whose machine, once it has broken, is driven no further, whoever fed it last: a neighbour or its own timer.
It mends nothing. The controller and its parts use it, so that one fault is told once and cannot starve the loop.
"""

from collections.abc import Callable

from broadcast.core.woke import Woke
from broadcast.driver import Driver, Effect, Event, Machine


class Held(Driver[Event, Effect]):
    """`failed` hears of the first fault of `machine` or `act`; nothing is driven from then on."""

    def __init__(
        self,
        machine: Machine[Event | Woke, Effect],
        act: Callable[[Effect], None],
        failed: Callable[[BaseException], None],
    ) -> None:
        self._failed = failed
        super().__init__(machine, act)

    def feed(self, event: Event | Woke) -> None:
        """As `Driver.feed`, but raises nothing."""
        try:
            super().feed(event)
        except Exception as fault:  # noqa: BLE001  # any bug: a machine that broke half-way is not driven on
            self.close()
            fault.add_note(f"while being told of {event!r}")
            self._failed(fault)
