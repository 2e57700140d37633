"""Tasks end with their owner."""

import asyncio

from failover.tasks import Tasks
from tests.waiting import until


async def test_what_a_task_dies_of_is_told_and_the_others_go_on() -> None:
    deaths: list[BaseException] = []
    tasks = Tasks(deaths.append)
    ended = asyncio.Event()

    async def bug() -> None:
        raise ZeroDivisionError

    async def work() -> None:
        ended.set()

    tasks.spawn(bug())
    tasks.spawn(work())
    await until(lambda: deaths and ended.is_set())
    assert [type(death) for death in deaths] == [ZeroDivisionError]
    await tasks.cancel()


async def test_cancelling_waits_until_all_have_ended_however_long_they_clear_up() -> None:
    deaths: list[BaseException] = []
    tasks = Tasks(deaths.append)
    begun, cleared = asyncio.Event(), []

    async def work() -> None:
        try:
            begun.set()
            await asyncio.Event().wait()
        finally:
            for _ in range(10):
                await asyncio.sleep(0)
            cleared.append(True)

    tasks.spawn(work())
    await begun.wait()
    await tasks.cancel()
    assert (cleared, deaths) == ([True], [])


async def test_what_ends_by_itself_in_time_is_not_cancelled() -> None:
    tasks = Tasks(lambda _: None)
    go, done = asyncio.Event(), []

    async def work() -> None:
        await go.wait()
        done.append(True)

    tasks.spawn(work())
    asyncio.get_running_loop().call_soon(go.set)
    await tasks.cancel(after_s=5.0)
    assert done == [True]
