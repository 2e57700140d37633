"""Holds the tasks that one part of the guard has begun until they are done, so that none outlives its owner. It decides
nothing; what a task dies of is told to its owner. The guard, a controller and a notifier keep one each.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any


class Tasks:
    """One owner's. `died` hears of every task that ended by an exception, which is a bug."""

    def __init__(self, died: Callable[[BaseException], None]) -> None:
        self._died = died
        self._held: set[asyncio.Task[None]] = set()

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Begin `work`, in the background."""
        task = asyncio.create_task(work)
        self._held.add(task)
        task.add_done_callback(self._ended)

    async def cancel(self, after_s: float = 0.0) -> None:
        """End all that is under way, after giving it `after_s` to end by itself; and wait until it has."""
        if self._held and after_s > 0:
            await asyncio.wait(self._held, timeout=after_s)
        held = list(self._held)
        for task in held:
            task.cancel()
        if held:
            await asyncio.wait(held)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._held.discard(task)
        fault = None if task.cancelled() else task.exception()
        if fault is not None:
            self._died(fault)
