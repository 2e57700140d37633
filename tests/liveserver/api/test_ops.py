"""The operator's view: real nodes on real ports are asked, and those that do not answer are said to be away."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from broadcast.core.entries import Role
from broadcast.token import verify
from tests.waiting import until

from .conftest import SECRET, House, fault


@asynccontextmanager
async def node(answers: dict[str, Any], status: int = 200) -> AsyncIterator[tuple[str, list[str]]]:
    """A node on a free port that answers as told; its url, and the tokens it was shown."""
    shown: list[str] = []

    async def answer(request: Request) -> Response:
        shown.append(request.headers.get("authorization", ""))
        said = answers.get(request.url.path)
        return JSONResponse(said, status) if said is not None else Response(status_code=404)

    listening = socket.create_server(("127.0.0.1", 0))
    app = Starlette(routes=[Route("/{path:path}", answer)])
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
    task = asyncio.create_task(server._serve([listening]))
    await until(lambda: server.started, 5, "the node listens")
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}", shown
    finally:
        server.should_exit = True
        await task


async def ask(folder: Path, path: str, *, role: Role = Role.OPERATOR, event: str = "*", **environ: str) -> Any:
    house = House(folder, **environ)
    await house.process.database.open()
    await house.process.events.add(house.event)
    try:
        return await house.get(path, house.token(role, event))
    finally:
        await house.client.aclose()
        await house.process.close()
        await house.log.close()


async def test_every_node_is_asked_and_what_is_amiss_is_said(tmp_path: Path) -> None:
    ready = {"/readyz": {"ready": True, "parts": {"log": {"ok": True, "detail": ""}}}}
    amiss = {"/readyz": {"ready": False, "parts": {"log": {"ok": False, "detail": "log is away"}}}}
    worried = {"/readyz": {"ready": False, "detail": {"media": "m2 is away"}}}
    async with (
        node(ready) as (gateway, _),
        node({"/readyz": "fine"}) as (media, _),
        node(amiss, 503) as (guard, _),
        node(worried, 503) as (second, _),
    ):
        began = time.monotonic()
        answer = await ask(
            tmp_path,
            "/api/v1/ops",
            GATEWAYS=gateway,
            PUBLIC_URL=gateway,
            MEDIA_NODES=f"{media},http://127.0.0.1:9",
            FAILOVER_NODES=f"{guard},{second}",
        )
        assert time.monotonic() - began < 5
    nodes = {node["url"]: node for node in answer.json()["nodes"]}
    assert (nodes[gateway]["role"], nodes[gateway]["ready"], nodes[gateway]["detail"]) == ("gateway", True, "")
    assert (nodes[media]["role"], nodes[media]["ready"]) == ("media", True)
    assert (nodes[guard]["ready"], nodes[guard]["detail"]) == (False, "log: log is away")
    assert nodes[second]["detail"] == "media: m2 is away"
    assert (nodes["http://127.0.0.1:9"]["ready"], nodes["http://127.0.0.1:9"]["detail"]) == (False, "cannot be reached")


async def test_incidents_come_from_the_first_guard_that_answers_by_a_nodes_token(tmp_path: Path) -> None:
    found = {"incidents": [{"id": "i-1"}], "faulty_plans": {"ink": "line 1"}}
    said = {"/failover/v1/incidents": found, "/failover/v1/mail": {"mail": [{"to": "ada"}]}}
    async with node({}) as (deaf, _), node(said) as (guard, shown):
        nodes = f"http://127.0.0.1:9,{deaf},{guard}"
        incidents = await ask(tmp_path, "/api/v1/ops/incidents", FAILOVER_NODES=nodes)
        mail = await ask(tmp_path / "..", "/api/v1/ops/mail", FAILOVER_NODES=nodes)
    assert incidents.json() == {"incidents": [{"id": "i-1"}], "faulty_plans": {"ink": "line 1"}}
    assert mail.json() == {"mail": [{"to": "ada"}]}
    assert verify(shown[0].removeprefix("Bearer "), SECRET).role is Role.NODE


async def test_without_a_guard_the_operator_is_told_so(tmp_path: Path) -> None:
    answer = await ask(tmp_path, "/api/v1/ops/incidents", FAILOVER_NODES="http://127.0.0.1:9")
    assert "FAILOVER_NODES" in fault(answer, 503, "unavailable")


async def test_hosts_see_their_own_events_incidents_and_nobody_elses(house: House) -> None:
    path = "/api/v1/ops/incidents"
    fault(await house.get(f"{path}?event=other", house.token(Role.HOST)), 403, "forbidden", "event")
    fault(await house.get(path, house.token(Role.ATTENDEE)), 403, "forbidden")
    for mine in ("/api/v1/ops", "/api/v1/ops/mail"):
        fault(await house.get(mine, house.token(Role.HOST)), 403, "forbidden")
        fault(await house.get(mine), 401, "token_invalid", "authorization")
