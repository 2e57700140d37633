"""A client without a socket: it behaves like the page in everything the protocol asks of one."""

import random

import pytest

from loadtest.ledger import Ledger
from loadtest.mark import Mark, mark_in
from loadtest.member import Acked, Heard, Held, Member, Moved, Rejected, Welcomed

BASES = ("ws://a:1", "ws://b:2")


def a_member(media: str = "none") -> tuple[Member, Ledger]:
    ledger = Ledger()
    return Member("ada", "demo", BASES, ledger, random.Random(1), media=media), ledger


def welcome(**more: object) -> dict[str, object]:
    return {
        "type": "welcome",
        "you": {"id": "m1", "name": "ada", "role": "attendee", "token": "t1"},
        "resumed": False,
        "tick_ms": 1000,
        "position": {"epoch": "e", "offset": 3},
        "room": {},
        "history": [{"type": "chat", "offset": 3, "text": "hi"}],
        "backups": [],
        "reconnect": {"min_ms": 100, "max_ms": 1000},
        **more,
    }


def inside(media: str = "none") -> tuple[Member, Ledger]:
    member, ledger = a_member(media)
    member.hello(0)
    member.hear(welcome(), 0)
    return member, ledger


def test_a_first_visit_has_no_token_and_no_position_and_a_return_has_both():
    member, _ = a_member()
    assert member.hello(0) == {"type": "hello", "token": None, "name": "ada", "position": None, "media": "none"}
    facts = member.hear(welcome(), 0)
    assert facts[0] == Welcomed(None)
    assert isinstance(facts[1], Heard)
    assert not facts[1].live
    member.lost(None, 1)
    again = member.hello(2)
    assert (again["token"], again["position"]) == ("t1", {"epoch": "e", "offset": 3})
    assert member.hear(welcome(resumed=True, history=[]), 2) == [Welcomed(True)]


def test_a_room_told_anew_on_the_same_socket_is_a_return_that_was_not_whole():
    member, ledger = inside()
    member.hear({"type": "chat", "offset": 4, "text": "hi"}, 1)
    history = [{"type": "chat", "offset": 7, "text": "hi"}]
    facts = member.hear(welcome(position={"epoch": "e", "offset": 7}, history=history), 2)
    assert facts[0] == Welcomed(False)
    ledger.settle()
    summary = ledger.summary()
    assert (summary["resumed"], summary["not_resumed"], summary["skipped"], summary["lost"]) == (0, 1, 2, 0)
    assert (summary["received"], summary["expected"]) == (3, 5)


def test_staff_come_back_with_their_place_in_the_staff_log_too():
    member, _ = a_member()
    member.hello(0)
    member.hear(welcome(position={"epoch": "e", "offset": 3, "staff_offset": 6}), 0)
    assert member.hello(1)["position"] == {"epoch": "e", "offset": 3, "staff_offset": 6}
    member.hear(welcome(position={"epoch": "e", "offset": 3, "staff_offset": 7}, resumed=True, history=[]), 1)
    assert member.hear({"type": "step", "log": "staff", "offset": 8}, 2) == []
    assert member.hear({"type": "health", "log": "staff"}, 2) == []
    assert member.hello(3)["position"] == {"epoch": "e", "offset": 3, "staff_offset": 8}


def test_a_command_is_remembered_until_it_is_answered_and_said_again_after_a_return():
    member, _ = inside()
    first = member.command("chat.send", 1.0, text="hello")
    second = member.command("question.ask", 1.0, text="why?")
    assert first["key"] != second["key"]
    assert member.hear({"type": "held", "key": first["key"]}, 1.1) == [Held("chat.send")]
    assert member.unanswered_again() == [first, second]
    assert member.hear({"type": "ack", "key": first["key"], "offset": 4}, 1.5) == [Acked("chat.send", 0.5)]
    rejected = member.hear({"type": "reject", "key": second["key"], "code": "slow_mode"}, 1.5)
    assert rejected == [Rejected("question.ask", "slow_mode")]
    assert member.unanswered == 0
    assert member.hear({"type": "ack", "key": first["key"], "offset": 4}, 1.6) == []


def test_what_the_room_was_left_before_is_said_again_in_the_next():
    member, _ = inside()
    said = member.command("chat.send", 1.0, text="hello")
    assert member.hear({"type": "reject", "key": said["key"], "code": "moved", "reason": ""}, 1.1) == []
    member.hear(welcome(position={"epoch": "e2", "offset": 0}, history=[]), 2)
    assert member.unanswered_again() == [said]
    assert member.hear({"type": "ack", "key": said["key"], "offset": 1}, 2.5) == [Acked("chat.send", 1.5)]


def test_an_acked_message_that_nobody_sees_reaches_the_ledger():
    member, ledger = inside()
    mark = Mark("r", "ada", 1, 5)
    message = member.command("chat.send", 1.0, mark=mark, text=f"hi {mark}")
    member.hear({"type": "ack", "key": message["key"], "offset": 9}, 1.1)
    ledger.settle()
    assert [(each.sin, each.offset) for each in ledger.findings] == [("forgotten", 9)]


def test_an_ack_without_an_offset_is_a_proof_too():
    member, ledger = inside()
    seen, unseen = Mark("r", "ada", 1, 5), Mark("r", "ada", 2, 5)
    for mark in (seen, unseen):
        message = member.command("chat.send", 1.0, mark=mark, text=f"hi {mark}")
        member.hear({"type": "ack", "key": message["key"], "room": "demo.before"}, 1.1)
    member.hear({"type": "chat", "offset": 4, "text": f"hi {seen}"}, 1.2)
    ledger.settle()
    assert ledger.totals()["proofs"] == 2
    assert [(each.sin, each.offset) for each in ledger.findings] == [("forgotten", 0)]


def test_only_chat_carries_a_mark_live_and_in_history():
    member, ledger = a_member()
    text = f"hi {Mark('r', 'ben', 2, 77)}"
    member.hello(0)
    member.hear(welcome(history=[{"type": "question", "offset": 3, "text": text}]), 0)
    heard = member.hear({"type": "question", "offset": 4, "text": text}, 1)[0]
    assert isinstance(heard, Heard)
    assert heard.mark is None
    ledger.settle()
    assert ledger.findings == []


def test_entries_are_heard_with_their_mark_and_staff_entries_are_not_the_rooms():
    member, ledger = inside()
    mark = Mark("r", "ben", 2, 77)
    heard = member.hear({"type": "chat", "offset": 4, "text": f"hi {mark}"}, 1)[0]
    assert isinstance(heard, Heard)
    assert heard.mark == mark
    assert member.hear({"type": "step", "log": "staff", "offset": 1}, 1) == []
    assert member.hear({"type": "count", "members": 3}, 1) == []
    ledger.settle()
    assert ledger.summary()["lost"] == 0


def test_a_move_goes_on_in_the_next_room_with_what_was_carried():
    member, ledger = inside()
    facts = member.hear({"type": "moved", "offset": 4, "room": "demo.backup", "url": "", "spread_ms": 0}, 1)
    assert facts[-1] == Moved("demo.backup")
    carried = {"type": "chat", "carried": True, "text": f"hi {Mark('r', 'ada', 1, 5)}"}
    member.hear(welcome(position={"epoch": "e2", "offset": 0}, history=[carried]), 2)
    assert (member.reader.room, member.reader.epoch) == ("demo.backup", "e2")
    assert member.url.endswith("/live/demo.backup")
    ledger.settle()
    assert ledger.summary()["lost"] == 0


@pytest.mark.parametrize(("code", "token"), [(4000, "t1"), (4100, None), (None, "t1"), (4200, "t1")])
def test_it_comes_back_within_the_servers_window_to_another_gateway(code, token):
    member, _ = inside()
    before = member.url
    back = member.lost(code, 1)
    assert back is not None
    assert 0.1 <= back.after_s <= 1.0
    assert back.url != before
    assert member.hello(2)["token"] == token


def test_who_is_told_to_stay_away_stays_away_and_may_come_as_somebody_else():
    member, ledger = inside()
    assert member.lost(4300, 1) is None
    assert member.stays_away == 4300
    member.come_as_new("eve")
    assert member.hello(2)["token"] is None
    assert member.stays_away is None
    ledger.settle()
    assert ledger.findings == []


def test_three_silent_ticks_are_a_dead_socket():
    member, _ = inside()
    assert not member.is_dead(3.0)
    assert member.is_dead(3.1)
    member.hear({"type": "tick"}, 3.1)
    assert not member.is_dead(6.0)


def test_a_backup_link_is_followed_when_nobody_was_reachable_for_its_time():
    member, _ = a_member()
    member.hello(0)
    member.hear(welcome(backups=[{"url": "https://other.example/e/plan-b?t=tok", "label": "x", "after_s": 12}]), 0)
    assert member.backup_url(5) is None
    member.lost(None, 5)
    assert member.backup_url(16) is None
    link = member.backup_url(17)
    assert link is not None
    member.follow(link)
    assert member.url == "wss://other.example/live/plan-b"
    assert member.hello(18)["token"] == "tok"


def test_other_gateways_named_in_the_welcome_are_tried_too():
    member, _ = a_member()
    member.hello(0)
    member.hear(welcome(reconnect={"min_ms": 1, "max_ms": 2, "urls": ["ws://c:3"]}), 0)
    seen = set()
    for _ in range(3):
        seen.add(member.url.split("/live")[0])
        member.lost(None, 1)
    assert seen == {"ws://a:1", "ws://b:2", "ws://c:3"}


def test_pictures_are_watched_and_sounds_are_only_counted():
    member, _ = inside("video")
    member.hear({"type": "feed", "feed": 7, "kind": "video"}, 0)
    member.hear({"type": "feed", "feed": 8, "kind": "audio"}, 0)

    def frame(feed: int, flags: int = 0) -> bytes:
        return bytes([1, flags, 0, feed]) + bytes(12) + b"xx"

    assert member.media(frame(8), 0.5) is None
    assert member.watch.first_at is None
    assert member.media(frame(7, 1), 1.0) is None
    assert member.watch.first_at == 1.0
    assert member.media(frame(7), 1.5) == pytest.approx(0.5)
    assert member.watch.longest_gap_s == pytest.approx(0.5)
    assert member.watch.frames == 3


def test_marks_survive_a_journey_through_text():
    mark = Mark("r1", "att-3", 12, 1_700_000_000_000_000)
    assert mark_in(f"hello {mark} there") == mark
    assert mark.id == "r1:att-3:12"
    assert mark_in("hello [[nonsense]]") is None
