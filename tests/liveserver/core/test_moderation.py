"""Moderation: what each command becomes, and whom a standing keeps out."""

from broadcast.core.codes import Close, Reject
from broadcast.core.commands import MemberBan, MemberKick, MemberUnban
from broadcast.core.entries import Moderated, Person, Role, Standing
from broadcast.core.position import MemberId
from liveserver.core.moderation import (
    KICK_S,
    OVER,
    WITHOUT_END,
    Removal,
    removal,
    removal_by,
    rule,
    silence,
    still_removed,
)

BY = Person(MemberId("moderator-demo"), "Mo", Role.MODERATOR)
TROLL = MemberId("g-troll")
NOW = 1_700_000_000_000
CLEAN = Standing()


def test_a_kick_keeps_out_for_a_minute() -> None:
    deed = rule(MemberKick(key="k", member=TROLL), BY, "Troll", NOW)
    assert deed.standing == Standing(kicked_until_ms=NOW + KICK_S * 1000)
    assert deed.body == Moderated(member=TROLL, name="Troll", action="kick", by=BY, until="2023-11-14T22:14:20Z")
    assert removal(deed.standing, NOW + 59_999) == Removal(
        Close.KICKED, "You were removed; you may come back after 2023-11-14T22:14:20Z"
    )
    assert removal(deed.standing, NOW + 60_000) is None


def test_a_ban_lasts_as_long_as_it_says_or_without_end() -> None:
    brief = rule(MemberBan(key="k", member=TROLL, for_s=10), BY, "", NOW)
    assert brief.standing == Standing(banned_until_ms=NOW + 10_000)
    assert brief.body.until == "2023-11-14T22:13:30Z"
    assert removal(brief.standing, NOW) == Removal(Close.BANNED, "You are banned until 2023-11-14T22:13:30Z")
    assert removal(brief.standing, NOW + 10_000) is None
    endless = rule(MemberBan(key="k", member=TROLL), BY, "", NOW)
    assert endless.standing == Standing(banned_until_ms=WITHOUT_END)
    assert endless.body.until is None
    assert removal(endless.standing, NOW * 9) == Removal(Close.BANNED, "You are banned from this event")


def test_one_deed_says_nothing_of_the_others() -> None:
    kicked = rule(MemberKick(key="k", member=TROLL), BY, "", NOW).standing
    assert (kicked.banned_until_ms, kicked.muted_until_ms) == (0, 0)
    banned = rule(MemberBan(key="k", member=TROLL, for_s=1), BY, "", NOW).standing
    assert (banned.kicked_until_ms, banned.muted_until_ms) == (0, 0)


def test_who_is_let_back_in_is_let_in_whatever_it_was() -> None:
    deed = rule(MemberUnban(key="k", member=TROLL), BY, "Troll", NOW)
    assert deed.standing == Standing(banned_until_ms=OVER, kicked_until_ms=OVER)
    assert removal(deed.standing, NOW) is None
    assert (deed.body.action, deed.body.until) == ("unban", None)


def test_an_entry_keeps_out_as_long_as_it_says() -> None:
    brief = rule(MemberBan(key="k", member=TROLL, for_s=10), BY, "", NOW).body
    assert still_removed(brief, NOW + 9_000) == removal_by(brief)
    assert still_removed(brief, NOW + 10_000) is None
    endless = rule(MemberBan(key="k", member=TROLL), BY, "", NOW).body
    assert still_removed(endless, NOW * 9) == removal_by(endless)
    assert still_removed(rule(MemberUnban(key="k", member=TROLL), BY, "", NOW).body, NOW) is None


def test_who_is_removed_or_muted_says_nothing() -> None:
    for standing, code in (
        (Standing(banned_until_ms=WITHOUT_END), Reject.BANNED),
        (Standing(kicked_until_ms=NOW + 1), Reject.BANNED),
        (Standing(muted_until_ms=NOW + 1), Reject.MUTED),
        (Standing(banned_until_ms=NOW, kicked_until_ms=NOW, muted_until_ms=NOW), None),
        (CLEAN, None),
    ):
        assert silence(standing, NOW) == code


def test_only_kicks_and_bans_close_sockets() -> None:
    for command, code in (
        (MemberKick(key="k", member=TROLL), Close.KICKED),
        (MemberBan(key="k", member=TROLL), Close.BANNED),
        (MemberUnban(key="k", member=TROLL), None),
    ):
        found = removal_by(rule(command, BY, "", NOW).body)
        assert (found.code if found else None) == code
    assert removal_by(Moderated(member=TROLL, name="", action="kick", by=BY)) == Removal(
        Close.KICKED, "You were removed"
    )
