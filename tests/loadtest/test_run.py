"""Whole runs: locust as processes of its own against a planted server, faults beside it, a report whatever happens."""

import asyncio
import json
import os
import re
import sys

import pytest

from tests.loadtest.running import links_file, ran

OBJECTIVES = "[objectives]\nreach_min = 0.99\n"


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
    run = await ran(tmp_path, "--links", str(links), "--users", "5", "--for", "10s")
    assert run.code == 1, run.out
    assert (run.told["counts"]["members"], run.told["counts"]["present_at_end"]) == (5, 5)
    assert len(run.told["trouble"]) == 1
    assert re.fullmatch(
        r"the publisher of main ended \(code 1: broadcast: .*whip/demo/main.*\)", run.told["trouble"][0]
    )
    page = (tmp_path / "report.html").read_text()
    assert "5 members, steady" in page
    assert "main published: a test picture" in page
