"""WHIP: who publishes is taken in, and whoever breaks the rules is told which, by name."""

import httpx
import pytest

from broadcast.core.entries import Role
from broadcast.media import life
from broadcast.media.ingest import BODY_MAX_BYTES
from broadcast.media.publish import Failed
from tests.broadcast.media.conftest import publishing, reading, running, token
from tests.waiting import until

OFFER = "\r\n".join(
    [
        "v=0",
        "o=- 1 1 IN IP4 0.0.0.0",
        "s=-",
        "t=0 0",
        "a=group:BUNDLE 0",
        "m=audio 9 UDP/TLS/RTP/SAVPF 111",
        "c=IN IP4 0.0.0.0",
        "a=mid:0",
        "a=sendonly",
        "a=rtcp-mux",
        "a=ice-ufrag:abcd",
        "a=ice-pwd:abcdefghijklmnopqrstuvwx",
        "a=fingerprint:sha-256 " + ":".join(["AB"] * 32),
        "a=setup:actpass",
        "a=rtpmap:111 opus/48000/2",
        "",
    ]
)


async def post(node, path=None, *, role=Role.HOST, event="demo", source=None, room=None, content=OFFER, **headers):
    bearer = f"Bearer {token(role, event=event, source=source, room=room)}"
    auth = {"Authorization": bearer, "Content-Type": "application/sdp"}
    merged = {name: value for name, value in {**auth, **headers}.items() if value is not None}
    async with httpx.AsyncClient(trust_env=False) as client:
        return await client.post(path or node.whip(), content=content, headers=merged)


async def test_an_offer_is_answered_with_a_place_to_end_it(node):
    response = await post(node)
    assert response.status_code == 201
    assert response.headers["content-type"].startswith("application/sdp")
    assert response.text.startswith("v=0")
    assert "a=recvonly" in response.text
    assert "a=candidate:" in response.text
    location = response.headers["location"]
    assert location.startswith("/whip/demo/main/")
    async with httpx.AsyncClient(base_url=node.base, trust_env=False) as client:
        auth = {"Authorization": f"Bearer {token(Role.HOST)}"}
        assert (await client.delete(location)).status_code == 401
        assert (await client.delete(location + "x", headers=auth)).json()["code"] == "unknown_session"
        assert (await client.delete(location, headers=auth)).status_code == 200
        assert (await client.delete(location, headers=auth)).status_code == 404
        assert (await client.patch(location, headers=auth)).status_code == 405
    await until(lambda: not node.node.ingest.publications)


@pytest.mark.parametrize(
    ("given", "status", "code", "field"),
    [
        ({"content": ""}, 400, "bad_offer", "body"),
        ({"content": "hello"}, 400, "bad_offer", "body"),
        ({"content": OFFER.replace("m=audio", "m=text")}, 400, "bad_offer", "body"),
        ({"content": OFFER.replace("a=sendonly", "a=inactive")}, 400, "bad_offer", "body"),
        ({"content": OFFER.replace("opus/48000/2", "PCMX/8000")}, 400, "bad_offer", "body"),
        ({"content": OFFER.replace("a=ice-ufrag:abcd\r\n", "")}, 400, "bad_offer", "body"),
        ({"content": "\r\n".join(x for x in OFFER.split("\r\n") if "finger" not in x)}, 400, "bad_offer", "body"),
        ({"content": OFFER.replace("SAVPF 111", "SAVPF 999")}, 400, "bad_offer", "body"),
        ({"content": OFFER.replace("a=setup:actpass", "a=setup:perhaps")}, 400, "bad_offer", "body"),
        ({"content": "v=0\r\n" + "a=x\r\n" * BODY_MAX_BYTES}, 413, "too_large", "body"),
        ({"Content-Type": "application/json"}, 415, "unsupported_media_type", "content-type"),
        ({"Content-Type": None}, 415, "unsupported_media_type", "content-type"),
        ({"Authorization": None}, 401, "token_invalid", "token"),
        ({"Authorization": "Basic abc"}, 401, "token_invalid", "token"),
        ({"Authorization": "Bearer a.b.c"}, 401, "token_invalid", "token"),
        ({"Authorization": "Bearer " + "x" * 10_000}, 401, "token_invalid", "token"),
        ({"role": Role.ATTENDEE}, 403, "forbidden", "token"),
        ({"role": Role.NODE, "event": "*"}, 403, "forbidden", "token"),
        ({"role": Role.HOST, "event": "other"}, 403, "forbidden", "token"),
        ({"role": Role.PUBLISHER, "source": "standby"}, 403, "forbidden", "token"),
        ({"role": Role.PUBLISHER}, 403, "forbidden", "token"),
    ],
)
async def test_each_fault_has_its_own_name(node, given, status, code, field):
    response = await post(node, **given)
    assert (response.status_code, response.json()["code"], response.json()["field"]) == (status, code, field)
    assert set(response.json()) == {"code", "field", "reason"}
    assert not node.node.ingest.publications


async def test_an_expired_token_is_told_from_a_forged_one(node):
    expired = f"Bearer {token(Role.HOST, for_s=-5)}"
    response = await post(node, Authorization=expired)
    assert (response.status_code, response.json()["code"]) == (401, "token_expired")


@pytest.mark.parametrize(("path", "field"), [("/whip/Demo!/main", "room"), ("/whip/demo/third", "source")])
async def test_what_is_no_source_is_not_found(node, path, field):
    response = await post(node, node.base + path, event="*")
    assert (response.status_code, response.json()["code"], response.json()["field"]) == (404, "unknown_source", field)


async def test_a_backup_room_is_published_to_with_its_events_token(node):
    assert (await post(node, node.whip("demo.backup", "standby"))).status_code == 201


async def test_a_publishers_token_that_names_a_room_is_good_for_that_room_only(node):
    publisher = {"role": Role.PUBLISHER, "source": "main", "room": "demo.backup"}
    for room in ("demo", "demo.nonsense"):
        response = await post(node, node.whip(room), **publisher)
        assert (response.status_code, response.json()["code"]) == (403, "forbidden")
    assert (await post(node, node.whip("demo.backup"), **publisher)).status_code == 201


async def test_a_body_without_a_length_is_bounded_too(node):
    async def endless():
        for _ in range(100):
            yield b"a=x\r\n" * 1000

    response = await post(node, content=endless())
    assert response.status_code == 413


async def test_a_source_is_taken_until_it_has_been_silent_for_a_second(node, h264_clip):
    async with reading(node) as reader, publishing(node, h264_clip) as first:
        await until(lambda: reader.of("source", state="up"))
        with pytest.raises(Failed, match=r"409.*not silent"):
            async with publishing(node, h264_clip):
                pass
        response = await post(node)
        assert (response.status_code, response.headers["retry-after"]) == (409, "1")
        first.freeze()
        publication = node.node.ingest.publications[("demo", "main")]
        clock = publication._clock
        await until(lambda: clock() - publication.heard_at() > life.TAKEN_S)
        async with publishing(node, h264_clip):
            await until(lambda: len(reader.of("source", state="up")) == 2)
            (down,) = reader.of("source", state="down")
            old, new = reader.of("source", state="up")
            assert (down["reason"], down["session"]) == ("replaced", old["session"])
            assert new["since_ms"] > old["since_ms"]
            await until(lambda: first.fault is not None)


async def test_a_node_takes_only_so_many_sources():
    async with running(WATCH="off", SOURCES_MAX="1") as node:
        assert (await post(node)).status_code == 201
        response = await post(node, node.whip(source="standby"))
        assert (response.status_code, response.json()["code"]) == (503, "too_many_sources")


async def test_a_node_that_closes_sends_publishers_to_another(node):
    await node.node.ingest.close()
    response = await post(node)
    assert (response.status_code, response.json()["code"]) == (503, "node_closing")
    assert "try another" in response.json()["reason"]


async def test_who_never_connects_is_dropped_and_nobody_hears_of_it(node, monkeypatch):
    monkeypatch.setattr(life, "CONNECT_S", 0.2)
    async with reading(node) as reader:
        assert (await post(node)).status_code == 201
        await until(lambda: not node.node.ingest.publications)
        await until(lambda: not node.node.ingest._closing)
        assert reader.of("source") == []


async def test_pages_of_this_machine_may_publish_from_a_browser_and_others_may_not(node):
    async with httpx.AsyncClient(trust_env=False) as client:
        asks = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}
        good = await client.options(node.whip(), headers={"Origin": "http://localhost:5173", **asks})
        assert good.status_code == 204
        assert good.headers["access-control-allow-origin"] == "http://localhost:5173"
        assert "POST" in good.headers["access-control-allow-methods"]
        assert "authorization" in good.headers["access-control-allow-headers"].lower()
        assert "access-control-allow-private-network" not in good.headers
        near = {"Access-Control-Request-Private-Network": "true", "Origin": "http://[::1]:9"}
        private = await client.options(node.whip(), headers={**near, **asks})
        assert private.headers["access-control-allow-private-network"] == "true"
        resource = await client.options(node.whip() + "/s", headers={"Origin": "http://127.0.0.1", **asks})
        assert "DELETE" in resource.headers["access-control-allow-methods"]
        bad = await client.options(node.whip(), headers={"Origin": "https://evil.example", **asks})
        assert bad.status_code == 403
        assert "access-control-allow-origin" not in bad.headers
    answered = await post(node, Origin="http://localhost:5173")
    assert answered.headers["access-control-allow-origin"] == "http://localhost:5173"
    assert "Location" in answered.headers["access-control-expose-headers"]
    refused = await post(node, Origin="http://localhost:5173", content="x")
    assert refused.headers["access-control-allow-origin"] == "http://localhost:5173"
    assert "access-control-allow-origin" not in (await post(node, Origin="https://evil.example")).headers


async def test_with_a_public_url_the_place_to_end_it_lies_there():
    async with running(WATCH="off", PUBLIC_URL="https://media.example/m1/") as node:
        assert (await post(node)).headers["location"].startswith("https://media.example/m1/whip/demo/main/")
