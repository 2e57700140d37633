"""Opens one connection to Redis, or leaves nothing behind. It neither tries again nor keeps it: `calls` and `channel`,
who call it, do that, each for its own side.
"""

from collections.abc import Callable

from redis.asyncio.connection import AbstractConnection

Connect = Callable[[], AbstractConnection]
"""Makes a connection that is not opened yet."""


async def dial(connect: Connect) -> AbstractConnection:
    """An open connection. Raises redis and OS errors; the caller sets the deadline."""
    connection = connect()
    try:
        await connection.connect()  # type: ignore[no-untyped-call]
    except BaseException:
        await connection.disconnect(nowait=True)
        raise
    return connection
