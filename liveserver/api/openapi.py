"""The API's own description, as OpenAPI 3.1: generated from the structs that the resources really read and answer with,
so that it cannot tell of another API than this one. It serves nothing but itself. `app` mounts it.
"""

import json
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from liveserver.api import schema

VERSION: Final = "1.0.0"
_REF: Final = "#/components/schemas/{name}"


@dataclass(frozen=True, slots=True)
class Call:
    """One operation: who may, what goes in and out. `who` empty: anyone. `text`: the kind of text that it answers
    with, where that is no JSON."""

    method: str
    path: str
    summary: str
    says: type | None
    status: int = 200
    takes: type | None = None
    who: str = ""
    query: tuple[str, ...] = ()
    faults: tuple[int, ...] = ()
    text: str = ""


CALLS: Final = (
    Call("get", "/healthz", "The process lives", schema.Alive),
    Call("get", "/readyz", "Whether attendees should be sent here", schema.Readiness, faults=()),
    Call("get", "/metrics", "Figures, as Prometheus reads them", None, text="text/plain"),
    Call("get", "/api/v1/events/{event}", "An event, as anyone may know it", schema.EventInfo, faults=(404, 503)),
    Call(
        "post",
        "/api/v1/events",
        "Schedule an event",
        schema.EventMade,
        status=201,
        takes=schema.NewEvent,
        who="operator",
        faults=(400, 401, 403, 409, 413, 503),
    ),
    Call(
        "post",
        "/api/v1/events/{event}/contacts",
        "Leave an address, to be told if the event moves",
        schema.Accepted,
        status=202,
        takes=schema.NewContact,
        faults=(400, 401, 403, 404, 413, 429, 503),
    ),
    Call("get", "/api/v1/contacts/confirm", "Follow the link in the mail", None, query=("token",), text="text/html"),
    Call(
        "get",
        "/api/v1/events/{event}/publish",
        "Where to publish a source (WHIP, RFC 9725)",
        schema.Publish,
        who="host or publisher",
        query=("source", "room"),
        faults=(400, 401, 403, 404, 503),
    ),
    Call(
        "get",
        "/api/v1/events/{event}/plan",
        "The contingency plan",
        schema.PlanInfo,
        who="host, moderator or operator",
        faults=(401, 403, 404, 503),
    ),
    Call("get", "/api/v1/ops", "The deployment at a glance", schema.Ops, who="operator", faults=(401, 403, 503)),
    Call(
        "get",
        "/api/v1/ops/incidents",
        "Incidents and their timelines",
        schema.Incidents,
        who="operator, or host of the event",
        query=("event",),
        faults=(401, 403, 503),
    ),
    Call("get", "/api/v1/ops/mail", "Mail that was sent", schema.Mail, who="operator", faults=(401, 403, 503)),
    Call("get", "/api/v1/node/events", "Every event, for the guards", schema.NodeEvents, who="node", faults=(401, 403)),
    Call(
        "get",
        "/api/v1/node/events/{event}/contacts",
        "Whom to tell, for the guards",
        schema.NodeContacts,
        who="node",
        faults=(401, 403),
    ),
)


def document() -> dict[str, Any]:
    """The OpenAPI document."""
    kinds = {kind for call in CALLS for kind in (call.says, call.takes) if kind is not None} | {schema.Fault}
    ordered = sorted(kinds, key=lambda kind: kind.__name__)
    refs, components = msgspec.json.schema_components(ordered, ref_template=_REF)
    by_kind = dict(zip(ordered, refs, strict=True))
    paths: dict[str, Any] = {}
    for call in CALLS:
        paths.setdefault(call.path, {})[call.method] = _operation(call, by_kind)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "liveserver",
            "version": VERSION,
            "description": "Events, contacts, plans and the operator's view. Rooms themselves speak WebSocket: "
            "see docs/protocol.md.",
        },
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    }


def _operation(call: Call, by_kind: dict[type, dict[str, Any]]) -> dict[str, Any]:
    def content(kind: type) -> dict[str, Any]:
        return {"content": {"application/json": {"schema": by_kind[kind]}}}

    text = {"content": {call.text: {"schema": {"type": "string"}}}}
    said = text if call.text else content(call.says) if call.says else {}
    responses: dict[str, Any] = {str(call.status): {"description": call.summary, **said}}
    for status in call.faults:
        responses[str(status)] = {"description": "Turned down", **content(schema.Fault)}
    if call.path == "/readyz":
        responses["503"] = {"description": "Send nobody here", **content(schema.Readiness)}
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in ("event",)
        if f"{{{name}}}" in call.path
    ] + [{"name": name, "in": "query", "required": False, "schema": {"type": "string"}} for name in call.query]
    operation: dict[str, Any] = {
        "summary": call.summary,
        "operationId": call.method + "".join(part.strip("{}").title() for part in call.path.split("/")),
        "responses": responses,
    }
    if parameters:
        operation["parameters"] = parameters
    if call.takes:
        operation["requestBody"] = {"required": True, **content(call.takes)}
    if call.who:
        operation["security"] = [{"token": []}]
        operation["description"] = f"Who: {call.who}."
    return operation


class OpenApi:
    """`/api/openapi.json`."""

    def __init__(self) -> None:
        self._document = json.dumps(document(), indent=1).encode()

    def routes(self) -> list[BaseRoute]:
        """The document's route."""
        return [Route("/api/openapi.json", self.show, methods=["GET"])]

    async def show(self, _request: Request) -> Response:
        """The document."""
        return Response(self._document, media_type="application/json", headers={"cache-control": "no-cache"})
