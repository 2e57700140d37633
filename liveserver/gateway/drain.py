"""Sends a gateway's members elsewhere before the process ends, paced, so that the others aren't stormed.

It stops no server: whoever runs uvicorn calls it before uvicorn's own shutdown, which would close everyone at once. The
gateway drives it.
"""

import asyncio
import random
from collections.abc import Collection

from broadcast.core.codes import Close
from liveserver.core.session import Removed
from liveserver.gateway.socket import Socket

STEP_S = 0.05
CLOSED_WITHIN_S = 2.0


async def drain(sockets: Collection[Socket], window_s: float) -> None:
    """Close each socket as DRAIN at a moment within `window_s`, and give the last ones a moment to answer."""
    going = [socket for socket in sockets if socket.is_open]
    random.shuffle(going)
    steps = max(1, int(window_s / STEP_S))
    for step in range(steps):
        for socket in going[step::steps]:
            socket.feed(Removed(Close.DRAIN, "This server is going down for a while; come back"))
        if step + 1 < steps:
            await asyncio.sleep(window_s / steps)
    for _ in range(int(CLOSED_WITHIN_S / STEP_S)):
        if all(socket.transport.is_closing() for socket in going):
            return
        await asyncio.sleep(STEP_S)
