"""What a guard answers over HTTP: incidents, mail, and what it leads; to programs of this deployment only. It reads the
record and changes nothing. The guard mounts it.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from broadcast.core.codes import Close
from broadcast.core.entries import Role
from broadcast.core.errors import Outage, PeerFault
from broadcast.core.position import is_room_id
from broadcast.core.wire import iso_utc
from broadcast.token import verify


class Reads(Protocol):
    """Where it is read. Raises Outage."""

    async def incidents(self, event: str | None) -> list[dict[str, Any]]: ...

    async def mails(self) -> list[dict[str, Any]]: ...


class Answers:
    """`/failover/v1/…`. `leads` names the events that this process leads."""

    def __init__(self, secret: str, node: str, record: Reads, leads: Callable[[], list[str]]) -> None:
        self._secret = secret
        self._node = node
        self._record = record
        self._leads = leads

    def routes(self) -> list[BaseRoute]:
        """The routes."""
        answers = {"incidents": self._incidents, "mail": self._mail, "leader": self._leader}
        return [Route(f"/failover/v1/{name}", self._guarded(answer)) for name, answer in answers.items()]

    async def _incidents(self, request: Request) -> Response:
        event = request.query_params.get("event")
        if event is not None and not is_room_id(event):
            return _fault(400, "bad_field", "event: no event is called so", "event")
        found = await self._record.incidents(event)
        return JSONResponse({"incidents": [_incident(row) for row in found]})

    async def _mail(self, _: Request) -> Response:
        rows = await self._record.mails()
        return JSONResponse({"mail": [_mail(row) for row in rows]})

    async def _leader(self, _: Request) -> Response:
        return JSONResponse({"node": self._node, "leads": self._leads()})

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
