"""What a guard answers over HTTP: incidents, mail, what it leads, and whether a plan would do; to programs of this
deployment only. It reads the record and changes nothing. The guard mounts it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import msgspec
from msgspec import Struct
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from broadcast.core.codes import Close
from broadcast.core.entries import Role
from broadcast.core.errors import Outage, PeerFault
from broadcast.core.position import is_room_id
from broadcast.core.wire import iso_utc
from broadcast.token import verify
from failover.core.plan import Plan
from failover.core.planfile import TEXT_MAX, read_plan

# JSON may write one character as twelve.
CHECK_MAX_BYTES = 12 * TEXT_MAX + 1_024
CHECK_DEADLINE_S = 5.0


class PlanCheck(Struct, frozen=True):
    """A plan (TOML) that somebody would like to have for `event`; None: for any."""

    plan: str
    event: str | None = None


class Reads(Protocol):
    """Where it is read. Raises Outage."""

    async def incidents(self, event: str | None) -> list[dict[str, Any]]: ...

    async def mails(self) -> list[dict[str, Any]]: ...


class Answers:
    """`/failover/v1/…`. `leads` names the events that this process leads, `faulty` those whose plan it cannot read,
    each with its first fault."""

    def __init__(
        self,
        secret: str,
        node: str,
        record: Reads,
        leads: Callable[[], list[str]],
        faulty: Callable[[], dict[str, str]] = dict,
    ) -> None:
        self._secret = secret
        self._node = node
        self._record = record
        self._leads = leads
        self._faulty = faulty

    def routes(self) -> list[BaseRoute]:
        """The routes."""
        answers = {"incidents": self._incidents, "mail": self._mail, "leader": self._leader}
        asked = [Route(f"/failover/v1/{name}", self._guarded(answer)) for name, answer in answers.items()]
        return [*asked, Route("/failover/v1/plan/check", self._guarded(self._check), methods=["POST"])]

    async def _incidents(self, request: Request) -> Response:
        event = request.query_params.get("event")
        if event is not None and not is_room_id(event):
            return _fault(400, "bad_field", "event: no event is called so", "event")
        found = await self._record.incidents(event)
        faulty = {each: fault for each, fault in self._faulty().items() if event in (None, each)}
        return JSONResponse({"incidents": [_incident(row) for row in found], "faulty_plans": faulty})

    async def _mail(self, _: Request) -> Response:
        rows = await self._record.mails()
        return JSONResponse({"mail": [_mail(row) for row in rows]})

    async def _leader(self, _: Request) -> Response:
        return JSONResponse({"node": self._node, "leads": self._leads(), "faulty_plans": self._faulty()})

    async def _check(self, request: Request) -> Response:
        try:
            async with asyncio.timeout(CHECK_DEADLINE_S):
                given = await _bounded(request, CHECK_MAX_BYTES)
        except (TimeoutError, ClientDisconnect):
            return _fault(408, "malformed", "The plan did not come in time", None)
        if given is None:
            return _fault(413, "bad_field", f"A plan has at most {TEXT_MAX} characters", "plan")
        try:
            asked = msgspec.json.decode(given, type=PlanCheck)
        except msgspec.DecodeError as fault:
            return _fault(400, "malformed", f'Send {{"event", "plan"}} as JSON: {str(fault)[:200]}', None)
        if asked.event is not None and (not is_room_id(asked.event) or "." in asked.event):
            return _fault(400, "bad_field", "event: no event is called so", "event")
        read = read_plan(asked.plan, event=asked.event)
        faults = [] if isinstance(read, Plan) else read
        return JSONResponse(
            {"faults": [{"line": fault.line, "field": fault.field, "remedy": fault.remedy} for fault in faults]}
        )

    def _guarded(self, answer: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        async def guarded(request: Request) -> Response:
            scheme, _, token = request.headers.get("authorization", "").partition(" ")
            try:
                grant = verify(token if scheme.lower() == "bearer" else "", self._secret)
            except PeerFault as fault:
                expired = fault.code is Close.TOKEN_EXPIRED
                return _fault(401, "token_expired" if expired else "token_invalid", fault.reason, "token")
            if grant.role is not Role.NODE:
                return _fault(403, "forbidden", "Only programs of this deployment are answered here", "token")
            try:
                return await answer(request)
            except Outage as outage:
                return _fault(503, "unavailable", f"The {outage.what} is away; try again", None)

        return guarded


async def _bounded(request: Request, most: int) -> bytes | None:
    """The request's body; None where it is longer than `most` bytes."""
    whole = bytearray()
    async for part in request.stream():
        whole += part
        if len(whole) > most:
            return None
    return bytes(whole)


def _incident(row: dict[str, Any]) -> dict[str, Any]:
    closed_at_ms = row["closed_at_ms"]
    return {
        "id": row["id"],
        "event": row["event"],
        "room": row["room"],
        "opened_at": iso_utc(row["opened_at_ms"]),
        "closed_at": None if closed_at_ms is None else iso_utc(closed_at_ms),
        "cause": row["cause"],
        "drill": row["drill"],
        "steps": [
            {"at": iso_utc(step["at_ms"]), "what": step["what"], "text": step["text"], "step": str(step["number"])}
            for step in row["steps"]
        ],
        "reached": row["reached"],
        "not_reached": [
            {"address": missed["address"], "why": missed["why"], "unsure": missed["fate"] == "unsure"}
            for missed in row["not_reached"]
        ],
    }


def _mail(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "at": iso_utc(row["at_ms"]),
        "to": row["recipient"],
        "subject": row["subject"],
        "text": row["text"],
        "status": row["status"],
        "lane": row["lane"],
        "step": f"{row['incident']}:{row['step']}",
    }


def _fault(status: int, code: str, reason: str, field: str | None) -> Response:
    return JSONResponse({"code": code, "field": field, "reason": reason}, status_code=status)
