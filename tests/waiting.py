"""Waiting on conditions, with a deadline: what tests do instead of sleeping."""

import asyncio
import time
from collections.abc import Awaitable, Callable

_POLL_S = 0.01


async def until(condition: Callable[[], object | Awaitable[object]], within_s: float = 5.0, what: str = "") -> object:
    """The first truthy outcome of `condition` (plain or async); AssertionError naming `what` after `within_s`."""
    end = time.monotonic() + within_s
    while True:
        outcome = condition()
        if isinstance(outcome, Awaitable):
            outcome = await outcome
        if outcome:
            return outcome
        if time.monotonic() > end:
            raise AssertionError(f"not within {within_s} s: {what or condition}")
        await asyncio.sleep(_POLL_S)
