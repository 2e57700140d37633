"""The pages as files: served with headers that keep strangers' scripts out, and told of in words when they are gone."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from liveserver.api.edge import joined
from liveserver.api.pages import Pages

from .conftest import BASE, House, fault


@pytest.fixture
def built(tmp_path: Path) -> Path:
    static = tmp_path / "static"
    (static / "assets").mkdir(parents=True)
    for name in ("attendee", "studio", "desk", "ops"):
        (static / f"{name}.html").write_text(f"<!doctype html><title>{name}</title>")
    (static / "assets" / "main-1234.js").write_text("export {};")
    (static / "theme.js").write_text("'use strict';")
    return static


@pytest.fixture
async def visitor(house: House, built: Path) -> AsyncIterator[httpx.AsyncClient]:
    class Events:
        async def find(self, asked: str) -> object:
            return await _find(house, asked)

    app = joined(Pages(Events(), static=built).routes(), house.process.settings.origins)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=BASE) as client:
        yield client


async def _find(house: House, asked: str) -> object:
    from_api = next(route for route in house.process.routes() if getattr(route, "path", "") == "/e/{event}")
    return await from_api.endpoint.__self__._events.find(asked)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/e/demo", "attendee"),
        ("/e/demo.backup", "attendee"),
        ("/studio/demo", "studio"),
        ("/desk/demo", "desk"),
        ("/ops", "ops"),
    ],
)
async def test_each_page_has_its_address(visitor: httpx.AsyncClient, path: str, name: str) -> None:
    page = await visitor.get(path)
    assert page.status_code == 200
    assert f"<title>{name}</title>" in page.text
    policy = page.headers["content-security-policy"]
    for rule in (
        "default-src 'none'",
        "script-src 'self'",
        "worker-src 'self' blob:",
        "frame-ancestors 'self' https://page.example",
    ):
        assert rule in policy
    assert "unsafe" not in policy
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    "path", ["/e/none", "/e/demo.nonsense", "/studio/none", "/desk/NONE", "/e/<script>alert(1)</script>"]
)
async def test_an_unknown_event_is_a_page_in_words(visitor: httpx.AsyncClient, path: str) -> None:
    page = await visitor.get(path)
    assert page.status_code == 404
    assert "<h1>" in page.text
    assert "<script" not in page.text


async def test_what_is_nowhere_is_a_page_in_words_or_a_fault(visitor: httpx.AsyncClient) -> None:
    page = await visitor.get("/nowhere")
    assert page.status_code == 404
    assert "There is nothing here" in page.text
    fault(await visitor.get("/api/v1/nowhere"), 404, "not_found")


async def test_a_wrong_method_is_named(house: House) -> None:
    fault(await house.client.delete("/api/v1/events/demo"), 405, "method_not_allowed")


async def test_hashed_files_are_kept_for_good_and_others_are_asked_for_again(visitor: httpx.AsyncClient) -> None:
    assert "immutable" in (await visitor.get("/static/assets/main-1234.js")).headers["cache-control"]
    assert (await visitor.get("/static/theme.js")).headers["cache-control"] == "no-cache"
    gone = await visitor.get("/static/assets/gone.js")
    assert gone.status_code == 404
    assert "immutable" not in gone.headers.get("cache-control", "")


@pytest.mark.parametrize("path", ["/static/../settings.py", "/static/%2e%2e/settings.py", "/static/attendee.html"])
async def test_only_what_was_built_is_served(visitor: httpx.AsyncClient, path: str) -> None:
    assert (await visitor.get(path)).status_code == 404


async def test_pages_that_are_not_built_say_how(visitor: httpx.AsyncClient, built: Path) -> None:
    (built / "ops.html").unlink()
    page = await visitor.get("/ops")
    assert page.status_code == 503
    assert "make pages" in page.text


async def test_the_front_door_says_what_this_is(visitor: httpx.AsyncClient) -> None:
    page = await visitor.get("/")
    assert page.status_code == 200
    assert 'href="/ops"' in page.text
    assert (await visitor.get("/words.css")).headers["content-type"].startswith("text/css")
    assert (await visitor.get("/favicon.ico")).status_code == 204


async def test_allowed_pages_may_use_the_api_from_elsewhere_and_others_may_not(house: House) -> None:
    path = "/api/v1/events/demo"
    for origin in ("https://page.example", "http://localhost:5173", "http://127.0.0.1:8000"):
        answer = await house.client.get(path, headers={"origin": origin})
        assert answer.headers["access-control-allow-origin"] == origin
        assert "Origin" in answer.headers["vary"]
    for origin in ("https://evil.example", "null", "http://localhost.evil.example", "https://page.example.evil"):
        answer = await house.client.get(path, headers={"origin": origin})
        assert "access-control-allow-origin" not in answer.headers


async def test_a_preflight_is_answered_for_allowed_pages_only(house: House) -> None:
    asks = {"access-control-request-method": "POST", "access-control-request-headers": "content-type"}
    path = "/api/v1/events/demo/contacts"
    allowed = await house.client.options(path, headers={**asks, "origin": "https://page.example"})
    assert allowed.status_code == 204
    assert "POST" in allowed.headers["access-control-allow-methods"]
    assert "content-type" in allowed.headers["access-control-allow-headers"]
    refused = await house.client.options(path, headers={**asks, "origin": "https://evil.example"})
    assert refused.status_code == 405
    assert "access-control-allow-origin" not in refused.headers
