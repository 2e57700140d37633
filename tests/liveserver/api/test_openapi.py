"""The API's description: whole, true to the routes there are, and true to what they answer."""

from typing import Any

from starlette.routing import Route

from broadcast.core.entries import Role
from liveserver.api.openapi import CALLS, document

from .conftest import House


def references(value: Any) -> list[str]:
    if isinstance(value, dict):
        found = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return found + [each for inner in value.values() for each in references(inner)]
    return [each for inner in value for each in references(inner)] if isinstance(value, list) else []


def test_every_reference_leads_somewhere_and_every_operation_has_a_name_of_its_own() -> None:
    whole = document()
    schemas = whole["components"]["schemas"]
    for reference in references(whole):
        assert reference.removeprefix("#/components/schemas/") in schemas
    operations = [operation for path in whole["paths"].values() for operation in path.values()]
    assert len({operation["operationId"] for operation in operations}) == len(operations) == len(CALLS)
    for operation in operations:
        assert operation["summary"]
        assert operation["responses"]


async def test_what_is_described_is_what_there_is(house: House) -> None:
    routes = {
        (method.lower(), route.path)
        for route in house.process.routes()
        if isinstance(route, Route) and route.path.startswith(("/api/v1", "/healthz", "/readyz", "/metrics"))
        for method in route.methods or ()
        if method != "HEAD"
    }
    assert routes == {(call.method, call.path) for call in CALLS}


async def test_answers_have_the_fields_that_the_description_names(house: House) -> None:
    served = (await house.get("/api/openapi.json")).json()
    assert served["openapi"] == "3.1.0"
    await house.post("/api/v1/events/demo/contacts", {"address": "ada@example.org", "consent": True})
    asked = {
        "/api/v1/events/{event}": None,
        "/api/v1/events/{event}/plan": house.token(Role.HOST),
        "/api/v1/events/{event}/publish": house.token(Role.HOST),
        "/api/v1/ops": house.token(Role.OPERATOR, "*"),
        "/api/v1/node/events": house.token(Role.NODE, "*"),
        "/api/v1/node/events/{event}/contacts": house.token(Role.NODE, "*"),
    }
    for path, token in asked.items():
        said = (await house.get(path.replace("{event}", "demo"), token)).json()
        described = served["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        check(said, described, served["components"]["schemas"], path)


def check(said: Any, described: dict[str, Any], schemas: dict[str, Any], where: str) -> None:
    """As much of JSON Schema as the document uses."""
    if "$ref" in described:
        described = schemas[described["$ref"].rpartition("/")[2]]
    if "anyOf" in described:
        kinds = [each for each in described["anyOf"] if (each.get("type") == "null") == (said is None)]
        assert kinds, where
        return check(said, kinds[0], schemas, where)
    if described.get("type") == "object" and "properties" in described:
        assert set(said) == set(described["properties"]), where
        for name, inner in described["properties"].items():
            check(said[name], inner, schemas, f"{where}.{name}")
    elif described.get("type") == "array":
        for number, inner in enumerate(said):
            check(inner, described["items"], schemas, f"{where}[{number}]")
    elif "enum" in described:
        assert said in described["enum"], where
    elif "type" in described:
        kind = {"string": str, "integer": int, "boolean": bool, "object": dict, "null": type(None)}[described["type"]]
        assert isinstance(said, kind), where
    return None
