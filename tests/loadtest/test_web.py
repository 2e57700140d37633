"""Locust on its own, with its web page or headless: one run after the other, and what its statistics show of them."""

import asyncio
import json
import os
import secrets
import sys
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.waiting import until

LOCUSTFILE = Path(__file__).parents[2] / "loadtest" / "locustfile.py"


def locust(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), "--loglevel", "WARNING", *arguments]


class Page:
    """Locust's web page, as a browser speaks to it."""

    def __init__(self, port: int) -> None:
        self._base = f"http://127.0.0.1:{port}"

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(self._base + path, timeout=60) as answer:
            return json.load(answer)

    def is_there(self) -> bool:
        try:
            self.get("/stats/requests")
        except OSError:
            return False
        return True

    def post(self, path: str, form: dict[str, int]) -> None:
        with urllib.request.urlopen(
            self._base + path, data=urllib.parse.urlencode(form).encode(), timeout=60
        ) as answer:
            assert json.load(answer)["success"]

    async def run(self, users: int, acked: int) -> dict[str, Any]:
        """A run from start to stop, with so many chat messages acked; what the page says at its end."""
        await asyncio.to_thread(self.post, "/swarm", {"user_count": users, "spawn_rate": users})
        await self.said(lambda page: page["state"] == "running" and acks_in(page) >= acked)
        await asyncio.to_thread(self.post, "/stop", {})
        return await self.said(lambda page: page["state"] == "stopped")

    async def said(self, condition: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """What the page says once the condition holds; it remembers its answers for two seconds."""
        page: dict[str, Any] = {}

        def holds() -> bool:
            page.update(self.get("/stats/requests"))
            return condition(page)

        await until(holds, 30)
        return page


def rows_of(page: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Locust's statistics: `type name` → row."""
    return {f"{row['method']} {row['name']}": row for row in page["stats"]}


def acks_in(page: dict[str, Any]) -> int:
    return int(rows_of(page).get("command chat.send", {}).get("num_requests", 0))


async def test_a_second_run_starts_clean_and_the_checks_are_rows_of_locusts(tmp_path, planted_process):
    server = planted_process("--sin", "drop", "--at", "12")
    links = tmp_path / "links.json"
    links.write_text(json.dumps({"base": server["base"], "room": "demo"}))
    port, figures = 20_000 + secrets.randbelow(9_000), tmp_path / "figures.json"
    arguments = ["--web-host", "127.0.0.1", "--web-port", str(port), "--links", str(links), "--folder", str(tmp_path)]
    child = await asyncio.create_subprocess_exec(*locust(*arguments, "--chat", "40"), env=dict(os.environ))
    page = Page(port)
    try:
        await until(page.is_there, 30)
        at_end = await page.run(4, 30)
        first = rows_of(at_end)
        told = json.loads(figures.read_text())["ledger"]
        assert (told["members"], told["lost"]) == (4, 1)
        assert first["check lost"]["num_failures"] == 1
        assert first["check lost"]["num_requests"] == told["expected"]
        assert first["reach received of expected"]["num_failures"] == 1
        assert first["check doubled"]["num_failures"] == first["check forgotten"]["num_failures"] == 0
        assert first["check forgotten"]["num_requests"] == told["proofs"] > 0
        named = [each["error"] for each in at_end["errors"] if each["error"].startswith("lost: atte")]
        assert [name.endswith("at offset 12 of demo") for name in named] == [True]

        second = rows_of(await page.run(3, 15))
        told = json.loads(figures.read_text())
        assert (told["ledger"]["members"], told["ledger"]["lost"], told["ledger"]["reach"]) == (3, 0, 1.0)
        assert told["tally"]["counts"]["present_at_end"] == 3
        assert told["tally"]["counts"]["acked"] >= 15
        assert second["check lost"]["num_failures"] == second["check doubled"]["num_failures"] == 0
        assert second["check lost"]["num_requests"] == told["ledger"]["expected"]
    finally:
        child.terminate()
        await asyncio.wait_for(child.wait(), 30)


async def test_returns_that_were_not_whole_are_failures_and_lower_the_reach(tmp_path, planted_process):
    server = planted_process("--sin", "frank")
    links, rows_file = tmp_path / "links.json", tmp_path / "rows"
    links.write_text(json.dumps({"base": server["base"], "room": "demo"}))
    arguments = ["--headless", "--links", str(links), "--folder", str(tmp_path), "--json-file", str(rows_file)]
    shape = {"LOADTEST_SHAPE": "storm", "LOADTEST_USERS": "4", "LOADTEST_FOR_S": "6"}
    child = await asyncio.create_subprocess_exec(
        *locust(*arguments, "--chat", "60"), env={**os.environ, **shape}, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        await asyncio.wait_for(child.wait(), 40)
    finally:
        if child.returncode is None:
            child.kill()
    rows = {f"{row['method']} {row['name']}": row for row in json.loads(rows_file.with_suffix(".json").read_text())}
    told = json.loads((tmp_path / "figures.json").read_text())["ledger"]
    returns = rows["resume back where it was"]
    assert returns["num_requests"] == returns["num_failures"] == told["not_resumed"] >= 4
    assert told["resumed"] == 0
    assert rows["reach received of expected"]["num_failures"] == told["skipped"]
    assert rows["reach received of expected"]["num_requests"] == told["expected"]
    assert rows["check lost"]["num_failures"] == 0


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--host", "http://127.0.0.1:9", "--run-id", "Night 1"], "--run-id Night 1: give 1 to 12 digits"),
        ([], "say where: --links FILE"),
    ],
)
async def test_what_cannot_be_is_refused_in_one_line(arguments, line):
    child = await asyncio.create_subprocess_exec(
        *locust("--headless", *arguments), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        _, err = await asyncio.wait_for(child.communicate(), 30)
    finally:
        if child.returncode is None:
            child.kill()
    assert child.returncode == 1
    assert err.decode().startswith(line)
    assert err.count(b"\n") == 1
