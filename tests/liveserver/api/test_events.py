"""Events over HTTP: what anyone may know, what staff may, and what nobody gets away with."""

import asyncio
from typing import Any

import pytest

from broadcast.core.entries import Cut, Draft, EventChanged, EventState, Moved, Role, RungKind
from broadcast.core.errors import Outage
from broadcast.core.position import MemberId, RoomId, room_log
from broadcast.token import verify
from liveserver.api.events import spread

from .conftest import BASE, SECRET, House, fault


async def say(house: House, room: str, field: str, body: Any) -> None:
    draft = Draft(
        body=body, key=f"k-{room}-{field}-{body}"[:64], author=MemberId("n"), checked=False, sets={field: body}
    )
    await house.log.append(room_log(RoomId(room)), draft)


async def test_anyone_learns_of_an_event_what_its_page_needs(house: House) -> None:
    answer = await house.get("/api/v1/events/demo")
    assert answer.status_code == 200
    info = answer.json()
    assert (info["id"], info["room"], info["state"], info["guests"]) == ("demo", "demo", "scheduled", True)
    assert info["gateways"] == ["ws://live.test", "ws://other.test"]
    assert info["starts_at"].endswith("Z")
    assert info["words"]["slate"]
    assert info["notify"] is True
    assert answer.headers["cache-control"] == "no-store"


async def test_the_event_is_in_the_state_that_its_log_says(house: House) -> None:
    await say(house, "demo", "event", EventChanged(state=EventState.LIVE))
    assert (await house.get("/api/v1/events/demo")).json()["state"] == "live"
    await say(house, "demo", "event", EventChanged(state=EventState.ENDED))
    info = (await house.get("/api/v1/events/demo")).json()
    assert (info["state"], info["notify"]) == ("ended", False)


async def test_who_follows_the_old_link_after_a_move_is_shown_to_the_new_room(house: House) -> None:
    await say(house, "demo", "event", EventChanged(state=EventState.LIVE))
    await say(house, "demo", "moved", Moved(room="demo.backup", url="", spread_ms=0, reason="slate"))
    info = (await house.get("/api/v1/events/demo")).json()
    assert (info["room"], info["state"]) == ("demo.backup", "live")


async def test_two_rooms_that_point_at_each_other_lead_nobody_in_circles(house: House) -> None:
    await say(house, "demo", "moved", Moved(room="demo.backup", url="", spread_ms=0, reason="there"))
    await say(house, "demo.backup", "moved", Moved(room="demo", url="", spread_ms=0, reason="back"))
    answer = await asyncio.wait_for(house.get("/api/v1/events/demo"), 5)
    assert answer.status_code == 200


async def test_a_rooms_own_address_tells_of_that_room(house: House) -> None:
    await say(house, "demo", "event", EventChanged(state=EventState.LIVE))
    info = (await house.get("/api/v1/events/demo.backup")).json()
    assert (info["id"], info["room"], info["state"]) == ("demo", "demo.backup", "live")


async def test_while_the_log_is_away_the_event_is_as_it_was_heard_last(house: House, monkeypatch: Any) -> None:
    async def away(*_: object) -> None:
        raise Outage("log")

    await say(house, "demo", "event", EventChanged(state=EventState.LIVE))
    await house.get("/api/v1/events/demo")
    monkeypatch.setattr(house.log, "read", away)
    assert (await house.get("/api/v1/events/demo")).json()["state"] == "live"
    assert (await house.get("/api/v1/events/demo.backup")).json()["state"] == "live"


async def test_what_was_never_heard_of_is_unknown_not_an_error(house: House, monkeypatch: Any) -> None:
    async def away(*_: object) -> None:
        raise Outage("log")

    monkeypatch.setattr(house.log, "read", away)
    assert (await house.get("/api/v1/events/demo")).json()["state"] == "unknown"


async def test_while_the_record_is_away_it_says_so_and_when_to_ask_again(house: House, monkeypatch: Any) -> None:
    async def away(_: object) -> None:
        raise Outage("record")

    monkeypatch.setattr(house.process.events, "find", away)
    answer = await house.get("/api/v1/events/demo")
    fault(answer, 503, "unavailable")
    assert answer.headers["retry-after"]


@pytest.mark.parametrize(
    "event", ["other", "demo.nonsense", "DEMO", "demo.b.c", "a" * 60, "%00", "<script>", "demo!staff", "..%2f"]
)
async def test_an_unknown_event_is_named_as_such(house: House, event: str) -> None:
    answer = await house.get(f"/api/v1/events/{event}")
    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"


async def test_an_operator_makes_an_event_and_gets_its_links(house: House) -> None:
    wanted = {"id": "ink", "title": "Ink", "host": "Ben", "starts_at": "2030-05-01T18:00:00+02:00"}
    answer = await house.post("/api/v1/events", wanted, house.token(Role.OPERATOR, "*"))
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert made["event"]["starts_at"] == "2030-05-01T16:00:00Z"
    assert made["event"]["state"] == "scheduled"
    assert set(made["pages"]) == {"studio", "standby", "attendee", "desk", "operator"}
    assert made["pages"]["studio"].startswith(f"{BASE}/studio/ink?t=")
    plan = await house.get("/api/v1/events/ink/plan", {"authorization": f"Bearer {made['tokens']['host']}"})
    assert plan.status_code == 200
    assert [rung["kind"] for rung in plan.json()["rungs"]] == ["main", "standby", "audio", "slate", "backup_room"]
    assert 'room = "ink.backup"' in plan.json()["toml"]
    again = await house.post("/api/v1/events", wanted, house.token(Role.OPERATOR, "*"))
    fault(again, 409, "wrong_state", "id")


async def test_an_event_made_open_has_its_doors_open(house: House) -> None:
    wanted = {"id": "ink", "title": "Ink", "host": "Ben", "open": True}
    answer = await house.post("/api/v1/events", wanted, house.token(Role.OPERATOR, "*"))
    assert answer.json()["event"]["state"] == "open"


async def test_making_an_event_again_does_not_open_the_doors_of_the_one_there_is(house: House) -> None:
    await say(house, "demo", "event", EventChanged(state=EventState.ENDED))
    wanted = {"id": "demo", "title": "Ink", "host": "Ben", "open": True}
    fault(await house.post("/api/v1/events", wanted, house.token(Role.OPERATOR, "*")), 409, "wrong_state", "id")
    assert (await house.get("/api/v1/events/demo")).json()["state"] == "ended"


async def test_a_hosts_name_cannot_break_out_of_the_plan(house: House) -> None:
    wanted = {"id": "ink", "title": "Ink", "host": "Ben \"the\\ pen\" ''' $event"}
    answer = await house.post("/api/v1/events", wanted, house.token(Role.OPERATOR, "*"))
    assert answer.status_code == 201, answer.text


async def test_a_plan_that_no_guard_could_look_through_is_taken_on_its_outline_and_that_is_said(house: House) -> None:
    operator = house.token(Role.OPERATOR, "*")
    given = {"id": "ink", "title": "Ink", "host": "Ben", "plan": 'version = 1\n[[rung]]\nkind = "main"'}
    assert (await house.post("/api/v1/events", given, operator)).json()["plan_checked"] is False
    usual = {"id": "pen", "title": "Pen", "host": "Ben"}
    assert (await house.post("/api/v1/events", usual, operator)).json()["plan_checked"] is True


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"id": "Not An Id"}, "bad_field", "id"),
        ({"id": "a.b"}, "bad_field", "id"),
        ({"title": ""}, "bad_field", "title"),
        ({"title": "a\nb"}, "bad_field", "title"),
        ({"title": "x" * 201}, "bad_field", "title"),
        ({"host": "\u202eneB"}, "bad_field", "host"),
        ({"host": 5}, "bad_field", "host"),
        ({"starts_at": "tomorrow"}, "bad_field", "starts_at"),
        ({"starts_at": "2030-05-01T18:00:00"}, "bad_field", "starts_at"),
        ({"starts_at": "0001-01-01T00:00:00+23:59"}, "bad_field", "starts_at"),
        ({"starts_at": "9999-12-31T23:59:59-23:59"}, "bad_field", "starts_at"),
        ({"plan": "version = 1"}, "bad_field", "plan"),
        ({"plan": "not [toml"}, "bad_field", "plan"),
        ({"plan": 'version = 1\n[[rung]]\nkind = "trampoline"'}, "bad_field", "plan"),
        ({"plan": 'version = 1\n[[rung]]\nkind = "backup_room"\nroom = "demo.backup"'}, "bad_field", "plan"),
        ({"plan": "x" * 40_000}, "bad_field", "plan"),
        ({"plan": "a = " + "[" * 16_000}, "bad_field", "plan"),
        ({"surprise": 1}, "bad_field", "surprise"),
        ({"guests": "yes"}, "bad_field", "guests"),
    ],
)
async def test_a_wrong_field_is_named(house: House, change: dict[str, Any], code: str, field: str) -> None:
    wanted = {"id": "ink", "title": "Ink", "host": "Ben", **change}
    fault(await house.post("/api/v1/events", wanted, house.token(Role.OPERATOR, "*")), 400, code, field)


async def test_a_missing_field_is_named(house: House) -> None:
    fault(await house.post("/api/v1/events", {}, house.token(Role.OPERATOR, "*")), 400, "bad_field", "id")


async def test_bodies_that_are_no_json_or_far_too_large_are_refused(house: House) -> None:
    operator = house.token(Role.OPERATOR, "*")
    for body in (b"", b"{", b"\xff\xfe", b'{"id":"\\ud800"}'):
        answer = await house.client.post("/api/v1/events", content=body, headers=operator)
        fault(answer, 400, "malformed", "body")
    answer = await house.client.post("/api/v1/events", content=b"x" * 10_000_000, headers=operator)
    fault(answer, 413, "too_large", "body")


async def test_only_operators_make_events(house: House) -> None:
    wanted = {"id": "ink", "title": "Ink", "host": "Ben"}
    fault(await house.post("/api/v1/events", wanted), 401, "token_invalid", "authorization")
    for role in (Role.ATTENDEE, Role.HOST, Role.MODERATOR, Role.NODE, Role.PUBLISHER):
        fault(await house.post("/api/v1/events", wanted, house.token(role, "*")), 403, "forbidden")
    fault(await house.post("/api/v1/events", wanted, {"authorization": "Bearer x.y.z"}), 401, "token_invalid", "token")
    fault(
        await house.post("/api/v1/events", wanted, {"authorization": "Bearer " + "x" * 5000}),
        401,
        "token_invalid",
        "token",
    )
    late = house.token(Role.OPERATOR, "*", for_s=-5)
    fault(await house.post("/api/v1/events", wanted, late), 401, "token_expired", "token")


async def test_a_host_is_told_where_to_publish(house: House) -> None:
    answer = await house.get("/api/v1/events/demo/publish", house.token(Role.HOST))
    told = answer.json()
    assert (told["source"], told["room"], len(told["urls"])) == ("main", "demo", 2)
    assert all(url.endswith("/whip/demo/main") for url in told["urls"])
    standby = (await house.get("/api/v1/events/demo/publish?source=standby", house.token(Role.HOST))).json()
    assert standby["urls"][0].partition("/whip")[0] != told["urls"][0].partition("/whip")[0]


async def test_after_a_move_a_host_publishes_to_the_room_where_the_audience_is(house: House) -> None:
    await say(house, "demo", "moved", Moved(room="demo.backup", url="", spread_ms=0, reason="slate"))
    told = (await house.get("/api/v1/events/demo/publish", house.token(Role.HOST))).json()
    assert told["room"] == "demo.backup"
    assert verify(told["token"], SECRET).room == "demo.backup"
    asked = (await house.get("/api/v1/events/demo/publish?room=demo", house.token(Role.HOST))).json()
    assert asked["room"] == "demo"


async def test_a_publisher_is_told_of_its_own_source_only(house: House) -> None:
    standby = house.token(Role.PUBLISHER, source="standby")
    assert (await house.get("/api/v1/events/demo/publish", standby)).json()["source"] == "standby"
    fault(await house.get("/api/v1/events/demo/publish?source=main", standby), 403, "forbidden", "source")


async def test_publishing_needs_the_right_and_a_place(house: House) -> None:
    path = "/api/v1/events/demo/publish"
    fault(await house.get(path), 401, "token_invalid", "authorization")
    fault(await house.get(path, house.token(Role.ATTENDEE)), 403, "forbidden")
    fault(await house.get(path, house.token(Role.HOST, "other")), 403, "forbidden")
    fault(await house.get(f"{path}?source=third", house.token(Role.HOST)), 400, "bad_field", "source")
    fault(await house.get(f"{path}?room=demo.nonsense", house.token(Role.HOST)), 404, "not_found", "room")
    fault(await house.get(f"{path}?room=other", house.token(Role.HOST)), 404, "not_found", "room")
    fault(await house.get(f"{path}?room=../x", house.token(Role.HOST)), 404, "not_found", "room")


async def test_the_plan_is_for_staff(house: House) -> None:
    for role in (Role.HOST, Role.MODERATOR):
        assert (await house.get("/api/v1/events/demo/plan", house.token(role))).status_code == 200
    assert (await house.get("/api/v1/events/demo/plan", house.token(Role.OPERATOR, "*"))).status_code == 200
    fault(await house.get("/api/v1/events/demo/plan", house.token(Role.ATTENDEE)), 403, "forbidden")
    fault(await house.get("/api/v1/events/demo/plan", house.token(Role.HOST, "other")), 403, "forbidden")


def test_main_and_standby_begin_on_different_nodes_and_every_node_is_named() -> None:
    nodes = ["a", "b", "c"]
    for event in ("demo", "ink", "x1"):
        main, standby = spread(nodes, event, "main"), spread(nodes, event, "standby")
        assert sorted(main) == sorted(standby) == nodes
        assert main[0] != standby[0]


async def test_the_programme_stands_in_the_operators_view(house: House) -> None:
    await say(house, "demo", "cut", Cut(source="standby", rung=RungKind.STANDBY, reason="why", cause="main_silent"))
    await house.log.attend(room_log(RoomId("demo")), "g2", 12, 30)
    view = (await house.get("/api/v1/ops", house.token(Role.OPERATOR, "*"))).json()
    room = next(room for room in view["rooms"] if room["room"] == "demo")
    assert (room["members"], room["rung"], room["source"]) == (12, "standby", "standby")
