"""The swarm against a server that sins: each sin is found, by name and offset, and an honest server has none."""

import asyncio
import re
import sys

import pytest

from loadtest.figures import worst
from loadtest.swarm import Order, Swarm
from tests.waiting import until


async def crowd(address: str, *, members: int = 8, sample: int = 4) -> Swarm:
    swarm = Swarm(Order((address,), "demo", members, sample=sample, ramp_per_s=1e6))
    await swarm.gather()
    assert swarm.tally.welcomed == members
    return swarm


async def chatted(server, swarm: Swarm, count: int) -> list[tuple[str, str, int]]:
    expected = swarm.tally.entries + count * len(swarm.seats) - 1
    await server.chatter(count)
    await until(lambda: swarm.tally.entries >= expected, 20)
    await swarm.leave()
    return [(finding.sin, finding.member, finding.offset) for finding in swarm.ledger.findings]


async def test_an_honest_server_has_no_sins(plant):
    server, address = await plant()
    swarm = await crowd(address)
    assert await chatted(server, swarm, 200) == []
    assert swarm.ledger.summary()["reach"] == 1.0
    assert swarm.tally.out_of_step == 0


@pytest.mark.parametrize(("sin", "found"), [("drop", "lost"), ("double", "doubled"), ("swap", "swapped")])
async def test_one_sin_in_ten_thousand_messages_is_found_by_name_and_offset(plant, sin, found):
    server, address = await plant(sin=sin, at=7_777)
    swarm = await crowd(address, members=3, sample=3)
    victim = server.guests[0].name
    assert await chatted(server, swarm, 10_000) == [(found, victim, 7_777)]


async def test_a_message_acked_and_forgotten_is_found_by_its_offset(plant):
    server, address = await plant(sin="forget", at=12)
    swarm = await crowd(address)
    seat = swarm.seats[1]
    for n in range(20):
        assert seat.wire is not None
        swarm._say(seat.wire, seat.member)
        await until(lambda n=n: swarm.tally.answers["acked"] == n + 1)
    await swarm.leave()
    assert [(f.sin, f.member, f.offset) for f in swarm.ledger.findings] == [("forgotten", "s1", server.forgotten)]
    assert server.forgotten == 12


async def test_a_resume_that_lies_is_found(plant):
    server, address = await plant(sin="liar")
    swarm = await crowd(address, members=2, sample=2)
    await server.chatter(3)
    await until(lambda: swarm.tally.entries == 6)
    swarm.seats[0].wire.abort()
    await until(lambda: swarm.present == 1)
    await server.chatter(2)
    await until(lambda: swarm.present == 2 and swarm.tally.welcomed == 3)
    await swarm.leave()
    lost = [(finding.sin, finding.offset) for finding in swarm.ledger.findings]
    assert lost == [("lost", 4)]


async def test_members_who_lose_their_socket_come_back_and_resume(plant):
    server, address = await plant()
    swarm = await crowd(address, members=10, sample=5)
    await server.chatter(10)
    await until(lambda: swarm.tally.entries == 100)
    for guest in list(server.guests):
        guest.socket.transport.abort()
    await until(lambda: swarm.tally.welcomed == 20, 15)
    assert await chatted(server, swarm, 10) == []
    assert swarm.ledger.summary()["resumed"] == 5


async def test_a_silent_server_is_taken_for_dead_after_three_ticks(plant):
    _, address = await plant(tick_ms=100_000)
    swarm = await crowd(address, members=2, sample=1)
    now = swarm.now()
    assert not any(seat.is_dead(now + 100) for seat in swarm.seats)
    assert all(seat.is_dead(now + 301) for seat in swarm.seats)
    await swarm.leave()


async def test_a_host_that_is_not_there_is_said_in_one_line():
    command = ["-m", "loadtest", "swarm", "-n", "5", "--url", "http://127.0.0.1:9", "--for", "0"]
    code, out, err = await ran(*command)
    assert code == 1
    assert "0 of 5 came in" in out
    assert "refused" in out.lower()
    assert err == ""


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--url", "ftp://x"], r"'ftp://x' is no address"),
        (["--links", "/nowhere/links.json"], r"/nowhere/links.json: No such file"),
        (["--senders", "2"], r"--senders and --rate go together"),
        (["--media", "smell"], r"--media smell: give video"),
    ],
)
async def test_what_cannot_be_is_refused_in_one_line(arguments, line):
    code, _, err = await ran("-m", "loadtest", "swarm", "-n", "5", *arguments)
    assert code == 2
    assert re.match(line, err)
    assert err.count("\n") == 1


async def test_more_sockets_than_the_limit_allows_are_refused_in_one_line():
    script = (
        "import resource, sys; from unittest import mock; from loadtest.limit import allow_sockets\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (1024, 1024))\n"
        "real = resource.setrlimit\n"
        "def deny(*a): raise PermissionError\n"
        "mock.patch('resource.setrlimit', deny).start()\n"
        "from loadtest.refusal import Refusal\n"
        "try: allow_sockets(20_000)\n"
        "except Refusal as refusal: print(refusal)\n"
    )
    code, out, err = await ran("-c", script)
    assert (code, err) == (0, "")
    assert out.startswith("20000 sockets need a limit of 20200 open files and this process may have 1024")


async def ran(*arguments: str) -> tuple[int | None, str, str]:
    child = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await asyncio.wait_for(child.communicate(), 60)
    return child.returncode, out.decode(), err.decode()


def test_worst_says_who_is_missing():
    figures = {
        "asked": {"members": 3},
        "joined": 2,
        "closes": {"no": 1},
        "out_of_step": 1,
        "checked": dict.fromkeys(("lost", "doubled", "swapped", "forgotten", "contradicted"), 0),
    }
    assert worst(figures) == ["2 of 3 came in (1 times no)", "1 entries out of step, over all members"]
