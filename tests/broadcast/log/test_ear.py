"""An ear: bounded, in order, honest about its end."""

import asyncio

import pytest

from broadcast.core.errors import Outage
from broadcast.core.passing import Count, Passing
from broadcast.log.ear import Ear
from tests.broadcast.log.reader import DEMO


def passing(number: int) -> Passing:
    return Passing(DEMO, Count(members=number))


async def test_what_was_heard_is_given_out_in_order() -> None:
    ear = Ear()
    for number in range(3):
        ear.hear(passing(number))
    assert [await anext(ear) for _ in range(3)] == [passing(number) for number in range(3)]


async def test_a_waiting_listener_is_woken() -> None:
    ear = Ear()
    waiting = asyncio.ensure_future(anext(ear))
    await asyncio.sleep(0)
    ear.hear(passing(1))
    ear.hear(passing(2))
    assert await asyncio.wait_for(waiting, 5) == passing(1)
    assert await anext(ear) == passing(2)


async def test_what_arrives_while_a_wait_is_given_up_is_kept() -> None:
    ear = Ear()
    waiting = asyncio.ensure_future(anext(ear))
    await asyncio.sleep(0)
    ear.hear(passing(1))
    waiting.cancel()
    await asyncio.wait([waiting])
    assert await asyncio.wait_for(anext(ear), 5) == passing(1)


async def test_an_ear_that_is_full_says_so_after_what_it_heard() -> None:
    ear = Ear(limit=2)
    for number in range(5):
        ear.hear(passing(number))
    assert [await anext(ear), await anext(ear)] == [passing(0), passing(1)]
    ear.hear(passing(9))
    for _ in range(2):
        with pytest.raises(Outage, match="2 items behind"):
            await anext(ear)


async def test_the_first_loss_is_the_one_that_is_told() -> None:
    ear = Ear()
    ear.lose(Outage("log", "first"))
    ear.lose(Outage("log", "second"))
    with pytest.raises(Outage, match="first"):
        await anext(ear)


async def test_an_ear_that_ended_ends_even_if_lost_afterwards() -> None:
    ear = Ear()
    ear.hear(passing(1))
    ear.end()
    ear.lose(Outage("log", "closed"))
    ear.hear(passing(2))
    assert [item async for item in ear] == [passing(1)]
