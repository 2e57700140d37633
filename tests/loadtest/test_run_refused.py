"""Runs that cannot be done: one line and a report, and nobody comes."""

import asyncio
import sys

import pytest

from tests.loadtest.running import command, links_file, ran


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
