"""The swarm against a server that sins: each sin is found, by name and offset, and an honest server has none."""

import asyncio
import json
import re
import signal
import sys
from pathlib import Path

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


async def test_who_is_on_the_way_back_at_the_end_is_waited_for(plant):
    server, address = await plant()
    swarm = await crowd(address, members=6, sample=3)
    await server.chatter(3)
    await until(lambda: swarm.tally.entries == 18)
    for guest in list(server.guests):
        guest.socket.transport.abort()
    await until(lambda: swarm.present < 6)
    assert await swarm.leave() == 6
    assert swarm.ledger.findings == []


async def test_who_finds_a_gateway_gone_goes_to_the_next(plant):
    (_, first), (second, other) = await plant(), await plant()
    swarm = Swarm(Order((first, "ws://127.0.0.1:9", other), "demo", 6, sample=2, ramp_per_s=1e6))
    await swarm.gather()
    assert (swarm.tally.joined, swarm.tally.failed) == (4, 2)
    await until(lambda: swarm.tally.joined == swarm.present == 6, 15)
    assert swarm.tally.returns == 2, "who came to the one that is gone tried the next"
    for guest in list(second.guests):
        guest.socket.transport.abort()
    await until(lambda: swarm.present == 6 and swarm.tally.returns == 6, 15)
    assert swarm.tally.failed == 2, "nobody asked the one that is gone again"
    await swarm.leave()


async def test_who_is_still_away_at_the_end_is_missing_and_has_lost_nothing(plant, monkeypatch):
    monkeypatch.setattr("loadtest.swarm._QUIET_MAX_S", 1.5)
    server, address = await plant()
    swarm = await crowd(address, members=3, sample=3)
    await server.chatter(3)
    await until(lambda: swarm.tally.entries == 9)
    for socket in server.server.sockets:
        asyncio.get_running_loop().remove_reader(socket.fileno())  # nobody is let in any more
    server.guests[0].socket.transport.abort()
    await until(lambda: swarm.present == 2)
    await server.chatter(2)
    await until(lambda: swarm.tally.entries == 13)
    assert await swarm.leave() == 2
    assert swarm.ledger.findings == []
    assert swarm.ledger.summary()["skipped"] == 2


async def test_a_deployment_that_dies_under_the_swarm_is_one_line_and_a_report(tmp_path, planted_process):
    server = planted_process()
    links, plan, report = tmp_path / "links.json", tmp_path / "plan.toml", tmp_path / "report.json"
    links.write_text(json.dumps({"base": server["base"], "room": "demo", "processes": {"server": server["pid"]}}))
    plan.write_text(
        'version = 1\n[[fault]]\nat_s = 6\nfault = "kill"\ntarget = "server"\n'
        '[[fault]]\nat_s = 30\nfault = "kill"\ntarget = "server"\n'
    )
    where = ["--links", str(links), "--faults", str(plan), "--report", str(report)]
    code, out, err = await ran("-m", "loadtest", "swarm", "-n", "5", "--for", "8", *where)
    told = json.loads(report.read_text())
    assert (code, err) == (1, "")
    lines = out.splitlines()
    assert lines[0].startswith("5 of 5 in after")
    assert lines[1].startswith("none of the 5 who came in were there at the end (")
    assert lines[2:] == ["kill server: not run: the run ends at 8.005 s"]
    assert told["trouble"] == lines[1:]
    assert (told["joined"], told["present"], told["checked"]["lost"]) == (5, 0, 0)
    assert told["faults"][0]["bit_s"] >= 6
    assert told["faults"][1]["injected_s"] is None
    assert told["provenance"]["commit"]


async def test_a_swarm_told_to_stop_heals_what_it_broke(tmp_path, planted_process):
    server = planted_process()
    links, plan = tmp_path / "links.json", tmp_path / "plan.toml"
    links.write_text(json.dumps({"base": server["base"], "room": "demo", "processes": {"server": server["pid"]}}))
    plan.write_text('version = 1\n[[fault]]\nat_s = 2\nfault = "freeze"\ntarget = "server"\nfor_s = 60\n')
    where = ["--links", str(links), "--faults", str(plan), "--for", "90", "--report", str(tmp_path / "r.json")]
    child = await asyncio.create_subprocess_exec(sys.executable, "-m", "loadtest", "swarm", "-n", "5", *where)

    def state() -> str:
        return Path(f"/proc/{server['pid']}/stat").read_text().rpartition(")")[2].split()[0]

    await until(lambda: state() == "T", 30)
    child.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(child.wait(), 30) == 128 + signal.SIGTERM
    assert state() != "T"
    told = json.loads((tmp_path / "r.json").read_text())
    assert told["trouble"][0] == "cut short: told to stop (SIGTERM)"
    assert told["joined"] == 5
    assert told["faults"][0]["healed_s"] is not None


async def test_a_host_that_is_not_there_is_one_line_and_a_report(tmp_path):
    report = tmp_path / "report.json"
    command = ["-m", "loadtest", "swarm", "-n", "5", "--url", "http://127.0.0.1:9", "--report", str(report)]
    code, out, err = await ran(*command)
    assert (code, out) == (2, "")
    assert re.fullmatch(r"nobody came in at ws://127.0.0.1:9 \(\d+ times no connection: .*refused.*\)\n", err)
    assert json.loads(report.read_text())["trouble"] == [err.strip()]


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--url", "ftp://x"], r"'ftp://x' is no address"),
        (["--links", "/nowhere/links.json"], r"/nowhere/links.json: No such file"),
        (["--senders", "2"], r"--senders and --rate go together"),
        (["--media", "smell"], r"--media smell: give video"),
        (["--faults", sys.executable], f"--faults {sys.executable}: this is no text"),
        (["--faults", "/nowhere/plan"], r"--faults /nowhere/plan: No such file"),
    ],
)
async def test_what_cannot_be_is_refused_in_one_line_and_reported(tmp_path, arguments, line):
    report = tmp_path / "report.json"
    code, _, err = await ran("-m", "loadtest", "swarm", "-n", "5", "--report", str(report), *arguments)
    assert code == 2
    assert re.match(line, err)
    assert err.count("\n") == 1
    assert json.loads(report.read_text())["trouble"] == [err.strip()]


async def test_a_report_that_cannot_be_written_is_refused_before_anybody_comes(tmp_path):
    for report, why in ((tmp_path / "none" / "r.json", "there is no folder"), (tmp_path, "this is a folder")):
        code, out, err = await ran("-m", "loadtest", "swarm", "--url", "nonsense", "--report", str(report))
        assert (code, out) == (2, "")
        assert err.startswith(f"--report {report}: {why}")
        assert err.count("\n") == 1


async def test_more_sockets_than_the_limit_allows_are_refused_in_one_line_and_reported(tmp_path):
    report = tmp_path / "report.json"
    script = (
        "import resource, sys; from unittest import mock; from loadtest.cli import main\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (1024, 1024))\n"
        "def deny(*a): raise PermissionError\n"
        "mock.patch('resource.setrlimit', deny).start()\n"
        f"sys.argv = ['loadtest', 'swarm', '-n', '20000', '--report', {str(report)!r}]\n"
        "main()\n"
    )
    code, out, err = await ran("-c", script)
    assert (code, out) == (2, "")
    assert err.startswith("20000 sockets need a limit of 20200 open files and this process may have 1024")
    assert json.loads(report.read_text())["trouble"] == [err.strip()]


async def ran(*arguments: str) -> tuple[int | None, str, str]:
    child = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await asyncio.wait_for(child.communicate(), 60)
    return child.returncode, out.decode(), err.decode()


_FIGURES = {
    "asked": {"members": 3, "bases": ["ws://a", "ws://b"]},
    "joined": 3,
    "present": 3,
    "closes": {"no": 1},
    "out_of_step": 0,
    "checked": dict.fromkeys(("lost", "doubled", "swapped", "forgotten", "contradicted"), 0),
}


@pytest.mark.parametrize(
    ("changed", "lines"),
    [
        ({}, []),
        ({"joined": 2, "present": 2}, ["2 of 3 came in (1 times no)"]),
        ({"joined": 0, "present": 0, "closes": {}}, ["nobody came in at ws://a, ws://b (no answer)"]),
        ({"present": 1}, ["1 of the 3 who came in were there at the end (1 times no)"]),
        ({"present": 0}, ["none of the 3 who came in were there at the end (1 times no)"]),
        ({"out_of_step": 1}, ["1 entries out of step, over all members"]),
        ({"checked": {**_FIGURES["checked"], "lost": 2}}, ["2 lost"]),
    ],
)
def test_worst_says_who_is_missing_and_what_was(changed, lines):
    assert worst({**_FIGURES, **changed}) == lines


async def test_what_a_room_would_not_take_while_it_moved_is_said_again_in_the_next(plant):
    _, address = await plant()
    swarm = await crowd(address, members=1, sample=1)
    seat = swarm.seats[0]
    key = seat.member.command("chat.send", swarm.now(), text="hello")["key"]
    you = {"id": "m1", "name": "s0", "role": "attendee", "token": "t1"}
    for message in (
        {"type": "reject", "key": key, "code": "moved", "reason": ""},
        {"type": "moved", "offset": 1, "room": "demo.backup", "url": "", "spread_ms": 0},
        {"type": "welcome", "you": you, "resumed": False, "position": {"epoch": "e2", "offset": 0}},
    ):
        swarm.hear(seat, seat.member, json.dumps(message).encode())
    await until(lambda: swarm.tally.answers["acked"] == 1)
    assert seat.member.unanswered == 0
    await swarm.leave()
