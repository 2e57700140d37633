"""The tasks that a gateway has under way, held until they are done, and cancelled together at its end.

It decides nothing about what they do; what one crashes with is reported and harms no other. The hub makes one and gives
it to every part that begins something.
"""

import asyncio
import logging
import random
from collections.abc import Callable, Coroutine
from typing import Any

RESTART_MIN_S = 0.1
RESTART_MAX_S = 2.0

_log = logging.getLogger(__name__)


class Tasks:
    """One gateway's."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._held: set[asyncio.Task[None]] = set()

    @property
    def names(self) -> list[str]:
        """What is under way."""
        return [task.get_name() for task in self._held]

    def spawn(self, work: Coroutine[Any, Any, None], name: str) -> None:
        """Hold a task until it is done; what it crashes with is reported, not lost."""
        task = self._loop.create_task(work, name=name)
        self._held.add(task)
        task.add_done_callback(self._done)

    def keep(self, work: Callable[[], Coroutine[Any, Any, None]], name: str) -> None:
        """Keep endless work going: our own bug must not leave a gateway without a clock."""
        self.spawn(self._keeping(work, name), name)

    async def cancel(self) -> None:
        """End all of them."""
        held = list(self._held)
        for task in held:
            task.cancel()
        await asyncio.gather(*held, return_exceptions=True)

    async def _keeping(self, work: Callable[[], Coroutine[Any, Any, None]], name: str) -> None:
        pause_s = RESTART_MIN_S
        while True:
            began = self._loop.time()
            try:
                await work()
            except Exception:  # noqa: BLE001 — whatever it is, the next round may do better
                _log.exception("%s crashed; beginning anew", name)
            pause_s = RESTART_MIN_S if self._loop.time() - began > RESTART_MAX_S else min(RESTART_MAX_S, 2 * pause_s)
            await asyncio.sleep(pause_s * (0.5 + random.random() / 2))  # noqa: S311 — jitter

    def _done(self, task: asyncio.Task[None]) -> None:
        self._held.discard(task)
        if not task.cancelled() and task.exception() is not None:
            _log.error("%s crashed", task.get_name(), exc_info=task.exception())
