"""What a guard is asked over HTTP, with plans that would do and plans that would not."""

import time

import httpx
import pytest
from starlette.applications import Starlette

from broadcast.core.entries import Role
from broadcast.core.position import EventId, MemberId
from broadcast.token import Grant, node_token, sign
from failover.api import CHECK_MAX_BYTES, Answers
from failover.core.planfile import TEXT_MAX
from tests.failover.conftest import PLAN, SECRET

PATH = "/failover/v1/plan/check"


class Empty:
    async def incidents(self, event: str | None) -> list[dict[str, object]]:
        return []

    async def mails(self) -> list[dict[str, object]]:
        return []


async def ask(method: str, path: str, *, token: str | None = None, **more: object) -> httpx.Response:
    answers = Answers(SECRET, "g1", Empty(), list, lambda: {"demo": "line 1: version", "other": "line 2: rung"})
    transport = httpx.ASGITransport(Starlette(routes=answers.routes()))
    async with httpx.AsyncClient(transport=transport, base_url="http://guard") as client:
        headers = {"Authorization": f"Bearer {token or node_token('gw1', SECRET, time.time())}"}
        return await client.request(method, path, headers=headers, **more)  # type: ignore[arg-type]


async def test_a_plan_without_faults_has_none() -> None:
    answer = await ask("POST", PATH, json={"event": "demo", "plan": PLAN})
    assert (answer.status_code, answer.json()) == (200, {"faults": []})
    assert (await ask("POST", PATH, json={"plan": PLAN})).json() == {"faults": []}


async def test_every_fault_of_a_plan_is_named_with_its_line_and_a_remedy() -> None:
    answer = await ask("POST", PATH, json={"event": "other", "plan": PLAN.replace("version = 1", "version = 7")})
    assert answer.status_code == 200
    version, room = answer.json()["faults"]
    assert version == {"line": 1, "field": "version", "remedy": "is not one that is known here; use version = 1"}
    assert (room["field"], "other.backup" in room["remedy"]) == ("rung[4].room", True)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "malformed"),
        (b'{"plan": 7}', 400, "malformed"),
        (b'{"event": "../x", "plan": ""}', 400, "bad_field"),
        (b'{"event": "demo.backup", "plan": ""}', 400, "bad_field"),
        (b"x" * (CHECK_MAX_BYTES + 1), 413, "bad_field"),
    ],
)
async def test_what_is_no_question_is_refused_by_name(body: bytes, status: int, code: str) -> None:
    answer = await ask("POST", PATH, content=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_a_plan_that_is_too_long_is_a_fault_even_where_json_makes_it_longer_still() -> None:
    answer = await ask("POST", PATH, json={"plan": "\U0001f600" * (TEXT_MAX + 1)})
    assert "shorten" in answer.json()["faults"][0]["remedy"]


async def test_only_programs_of_the_deployment_may_ask() -> None:
    person = sign(Grant(MemberId("a"), "Ada", Role.HOST, EventId("demo"), 4_000_000_000), SECRET)
    assert (await ask("POST", PATH, token=person, json={"plan": PLAN})).status_code == 403


async def test_plans_that_cannot_be_read_are_told_with_the_incidents() -> None:
    everything = (await ask("GET", "/failover/v1/incidents")).json()
    assert everything["faulty_plans"].keys() == {"demo", "other"}
    assert (await ask("GET", "/failover/v1/incidents?event=demo")).json()["faulty_plans"] == {"demo": "line 1: version"}
    assert (await ask("GET", "/failover/v1/leader")).json()["faulty_plans"].keys() == {"demo", "other"}
