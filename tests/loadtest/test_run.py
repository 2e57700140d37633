"""Whole runs: locust as processes of its own against a planted server, faults beside it, a report whatever happens."""

import asyncio
import json
import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.waiting import until

OBJECTIVES = "[objectives]\nreach_min = 0.99\n"


@dataclass
class Ran:
    """A finished command, and the raw figures of its report."""

    code: int | None
    out: str
    err: str
    told: dict[str, Any]


def links_file(folder: Path, server: dict[str, Any], **more: object) -> Path:
    path = folder / "links.json"
    links = {"base": server["base"], "room": "demo", "processes": {"server": server["pid"]}, **more}
    path.write_text(json.dumps(links))
    return path


def command(folder: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "loadtest", "run", "--report", str(folder / "report.html"), *arguments]


async def ran(folder: Path, *arguments: str) -> Ran:
    """Run it in a process group of its own, and see that nobody of it is left."""
    child = await asyncio.create_subprocess_exec(
        *command(folder, *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(folder)},
    )
    out, err = await asyncio.wait_for(child.communicate(), 90)
    assert left_behind(folder) == []
    told = json.loads((folder / "report.json").read_text())
    assert "<!doctype html>" in (folder / "report.html").read_text()
    return Ran(child.returncode, out.decode(), err.decode(), told)


def left_behind(folder: Path) -> list[int]:
    """Processes of a run in this folder that are still there."""
    found = []
    for home in Path("/proc").glob("[0-9]*"):
        try:
            if str(folder).encode() in (home / "environ").read_bytes() and int(home.name) != os.getpid():
                found.append(int(home.name))
        except OSError:
            continue
    return found


async def test_a_run_with_a_frozen_server_is_told_with_its_fault_and_recovery(tmp_path, planted_process):
    server = planted_process("--video")
    plan = tmp_path / "plan.toml"
    plan.write_text(f'version = 1\n[[fault]]\nat_s = 4\nfault = "freeze"\ntarget = "server"\nfor_s = 1\n{OBJECTIVES}')
    run = await ran(
        tmp_path, "--links", str(links_file(tmp_path, server)), "--users", "8", "--for", "8s", "--faults", str(plan)
    )
    assert (run.code, run.err) == (0, ""), run.out
    fault = run.told["faults"][0]
    assert fault["bit_s"] >= fault["injected_s"] >= 4
    assert fault["healed_s"] - fault["injected_s"] == pytest.approx(1, abs=0.5)
    assert run.told["figures"]["lost_max"] == 0
    assert run.told["counts"]["received"] > 0
    assert run.told["spreads"]["picture"]["count"] > 0
    assert run.told["counts"]["present_at_end"] == 8
    assert run.told["provenance"]["commit"]


async def test_two_workers_find_together_what_one_of_them_was_not_shown(tmp_path, planted_process):
    server = planted_process("--sin", "drop", "--at", "4")
    run = await ran(
        tmp_path,
        "--links",
        str(links_file(tmp_path, server)),
        "--users",
        "6",
        "--for",
        "7s",
        "--chat",
        "20",
        "--workers",
        "2",
    )
    assert run.code == 1
    assert run.told["client"]["processes"] == 2
    assert [(each["sin"], each["offset"]) for each in run.told["findings"]] == [("lost", 4)]
    assert "MISSED  messages lost: 1 (limit 0)" in run.out


async def test_what_only_one_of_two_workers_was_shown_is_found_by_their_master(tmp_path, planted_process):
    server = planted_process("--sin", "apart", "--at", "50")
    links = str(links_file(tmp_path, server))
    run = await ran(tmp_path, "--links", links, "--users", "6", "--for", "7s", "--chat", "20", "--workers", "2")
    assert run.code == 1
    found = {sin: [each for each in run.told["findings"] if each["sin"] == sin] for sin in ("contradicted", "lost")}
    assert [each["offset"] for each in found["contradicted"]] == [50]
    tails: dict[str, list[int]] = {}
    for each in found["lost"]:
        tails.setdefault(each["member"], []).append(each["offset"])
    assert len({member.rpartition("-")[0] for member in tails}) == 1
    assert len(tails) == 3
    assert all(tail == list(range(52, tail[-1] + 1)) for tail in tails.values())
    # What those of one worker said was acked to them and shown to the others only: it was not forgotten.
    assert run.told["counts"]["forgotten"] == 0
    assert run.told["trouble"] == []


async def test_what_the_protocol_does_not_know_is_hung_up_on_and_said(tmp_path, planted_process):
    server = planted_process("--sin", "garble", "--at", "12")
    links = str(links_file(tmp_path, server))
    run = await ran(tmp_path, "--links", links, "--users", "3", "--for", "4s", "--chat", "20")
    assert run.code == 1
    assert run.told["trouble"] == ["1 messages were not what the protocol says, and hung up on"]
    assert run.told["figures"]["lost_max"] == 0
    assert run.told["counts"]["resumed"] == 1
    assert run.told["counts"]["present_at_end"] == 3


async def test_a_deployment_that_dies_altogether_has_a_report_all_the_same(tmp_path, planted_process):
    server = planted_process()
    plan = tmp_path / "plan.toml"
    plan.write_text(
        'version = 1\n[[fault]]\nat_s = 2\nfault = "kill"\ntarget = "server"\n[objectives]\npresent_min = 1\n'
    )
    run = await ran(
        tmp_path, "--links", str(links_file(tmp_path, server)), "--users", "5", "--for", "5s", "--faults", str(plan)
    )
    assert run.code == 1
    assert "MISSED  members present at the end: 0 (limit 1)" in run.out
    assert run.told["faults"][0]["felt_s"] is None


async def test_a_deployment_that_dies_altogether_is_no_clean_run_though_nobody_asked_for_presence(
    tmp_path, planted_process
):
    server = planted_process("--video")
    plan = tmp_path / "plan.toml"
    plan.write_text('version = 1\n[[fault]]\nat_s = 2\nfault = "kill"\ntarget = "server"\n')
    links = str(links_file(tmp_path, server))
    run = await ran(tmp_path, "--links", links, "--users", "5", "--video", "0.9", "--for", "6s", "--faults", str(plan))
    assert run.code == 1
    assert "none of the 5 who should be there were there at the end" in run.told["trouble"]
    gap = run.told["figures"]["media_gap_max_ms"]
    assert run.told["counts"].get("without_picture") or gap > 2_000


async def test_a_plan_with_mistakes_is_told_line_by_line_and_nobody_comes(tmp_path, planted_process):
    server = planted_process()
    plan = tmp_path / "plan.toml"
    plan.write_text(
        'version = 1\n[[fault]]\nat_s = -2\nfault = "kill"\ntarget = "server"\n'
        '[[fault]]\nat_s = 2\nfault = "explode"\ntarget = "server"\n'
    )
    run = await ran(tmp_path, "--links", str(links_file(tmp_path, server)), "--faults", str(plan))
    assert run.code == 2
    lines = run.err.splitlines()
    assert lines[0] == f"{plan}, line 3: at_s = -2: a time is seconds, zero or more"
    assert lines[1].startswith(f"{plan}, line 8: no fault is called 'explode'")
    assert len(lines) == 2
    assert run.told["trouble"] == lines


async def test_a_target_that_is_not_there_is_told_with_those_that_are(tmp_path, planted_process):
    server = planted_process()
    plan = tmp_path / "plan.toml"
    plan.write_text('version = 1\n[[fault]]\nat_s = 1\nfault = "kill"\ntarget = "gateway.9"\n')
    run = await ran(tmp_path, "--links", str(links_file(tmp_path, server)), "--faults", str(plan))
    assert run.code == 2
    assert run.err == f"{plan}, line 2: nothing here is called 'gateway.9'; there are server\n"


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--host", "http://127.0.0.1:9", "--for", "2s"], "nobody answers at http://127.0.0.1:9/healthz"),
        (["--host", "nonsense"], "'nonsense' is no address"),
        (["--host", "http://[::1"], "'http://[::1' is no address"),
        ([], "say where: --links FILE"),
        (["--host", "http://127.0.0.1:9", "--shape", "star"], "no shape is called 'star'"),
        (["--host", "http://127.0.0.1:9", "--for", "-5s"], "--for -5s: give a time"),
        (["--host", "http://127.0.0.1:9", "--video", "0.9", "--audio", "0.9"], "--video 0.9 and --audio 0.9 are more"),
        (["--host", "http://127.0.0.1:9", "--clip", "/no/clip"], "--clip /no/clip: there is no such file"),
        (["--host", "http://127.0.0.1:9", "--faults", "/no/plan"], "--faults /no/plan: No such file"),
        (["--host", "http://127.0.0.1:9", "--faults", sys.executable], f"--faults {sys.executable}: this is no text"),
        (["--links", "/no/links.json"], "/no/links.json: No such file or directory; start the deployment"),
        (["--links", sys.executable], f"{sys.executable} is not JSON; start the deployment"),
    ],
)
async def test_what_cannot_be_done_is_one_line_and_a_report(tmp_path, arguments, line):
    run = await ran(tmp_path, *arguments)
    assert run.code == 2
    assert run.err.startswith(line)
    assert run.err.count("\n") == 1
    assert run.told["trouble"] == [run.err.strip()]


async def test_a_port_that_speaks_no_http_is_one_line_and_a_report(tmp_path):
    async def banner(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"SSH-2.0-Planted\r\n")
        writer.close()

    async with await asyncio.start_server(banner, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        run = await ran(tmp_path, "--host", f"http://127.0.0.1:{port}")
    assert run.code == 2
    assert run.err.startswith(f"http://127.0.0.1:{port}/healthz does not speak HTTP")
    assert run.told["trouble"] == [run.err.strip()]


@pytest.mark.parametrize(
    ("report", "why"),
    [
        ("no/report.html", "there is no folder"),
        ("report.json", "the raw figures will be called so; give a name like report.html"),
        ("taken.html", "this is a folder"),
    ],
)
async def test_a_report_that_cannot_be_written_is_refused_before_anybody_comes(tmp_path, report, why):
    (tmp_path / "taken.json").mkdir()
    child = await asyncio.create_subprocess_exec(
        *command(tmp_path, "--report", str(tmp_path / report), "--host", "http://127.0.0.1:9"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(child.communicate(), 30)
    assert (child.returncode, out) == (2, b"")
    assert why in err.decode()
    assert err.count(b"\n") == 1


async def test_a_demo_without_ffmpeg_says_that_it_publishes_a_test_picture(tmp_path):
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "loadtest", "demo", "--report", str(tmp_path / "report.html")),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "PATH": str(tmp_path), "REDIS_URL": ""},
    )
    out, _ = await asyncio.wait_for(child.communicate(), 90)
    line = out.decode().splitlines()[0]
    assert line == "No clip could be made (is ffmpeg installed?): the host publishes a test picture instead."
    assert json.loads((tmp_path / "report.json").read_text())["notes"] == [line]
    assert f"<p>{line}</p>" in (tmp_path / "report.html").read_text()


@pytest.mark.parametrize("word", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
async def test_a_run_told_to_stop_leaves_nobody_behind(tmp_path, planted_process, word):
    server = planted_process()
    child = await asyncio.create_subprocess_exec(
        *command(tmp_path, "--links", str(links_file(tmp_path, server)), "--users", "4", "--for", "60s"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    assert b"The crowd is coming" in await asyncio.wait_for(child.stdout.readline(), 30)
    await until(lambda: len(left_behind(tmp_path)) >= 2)
    child.send_signal(word)
    await asyncio.wait_for(child.communicate(), 30)
    assert child.returncode == 128 + word
    assert left_behind(tmp_path) == []


async def test_a_run_told_twice_to_stop_heals_what_it_broke_and_leaves_nobody_behind(tmp_path, planted_process):
    server, plan = planted_process(), tmp_path / "plan.toml"
    plan.write_text('version = 1\n[[fault]]\nat_s = 1\nfault = "freeze"\ntarget = "server"\nfor_s = 60\n')
    links = str(links_file(tmp_path, server))
    child = await asyncio.create_subprocess_exec(
        *command(tmp_path, "--links", links, "--users", "4", "--for", "90s", "--faults", str(plan)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )

    def state() -> str:
        return Path(f"/proc/{server['pid']}/stat").read_text().rpartition(")")[2].split()[0]

    await until(lambda: state() == "T", 30)
    child.send_signal(signal.SIGINT)
    await until(lambda: state() != "T", 30)
    child.send_signal(signal.SIGINT)
    await asyncio.wait_for(child.communicate(), 30)
    assert left_behind(tmp_path) == []


async def test_a_storm_breaks_every_connection_and_everybody_comes_back(tmp_path, planted_process):
    server = planted_process()
    run = await ran(
        tmp_path, "--links", str(links_file(tmp_path, server)), "--users", "6", "--for", "6s", "--shape", "storm"
    )
    assert run.code == 0, run.out
    assert run.told["counts"]["resumed"] >= 6
    assert run.told["counts"]["present_at_end"] == 6


async def test_the_host_comes_beside_the_members_who_were_asked_for(tmp_path, planted_process):
    server = planted_process()
    links = links_file(tmp_path, server, whip={"main": {"url": f"{server['base']}/whip/demo/main", "token": "t"}})
    run = await ran(tmp_path, "--links", str(links), "--users", "5", "--for", "4s")
    assert run.code == 0, run.out
    assert (run.told["counts"]["members"], run.told["counts"]["present_at_end"]) == (5, 5)
    assert run.told["notes"] == ["1 publishers ended by themselves, or by a fault."]
    page = (tmp_path / "report.html").read_text()
    assert "5 members, steady" in page
    assert "main published: a test picture" in page
