"""Grants: who may do what, and to whom."""

import itertools

import pytest

from broadcast.core import commands
from broadcast.core.commands import COMMANDS, Command
from broadcast.core.entries import Role
from broadcast.core.position import MemberId
from liveserver.core.grants import may, may_enter, may_moderate, role_in_id

PEOPLE = (Role.ATTENDEE, Role.MODERATOR, Role.HOST, Role.OPERATOR)
ATTENDEES = {"chat.send", "tip.send", "question.ask", "media.select", "media.refresh", "qoe.report"}
MODERATORS = ATTENDEES | {"member.kick", "member.ban", "member.unban", "message.delete", "question.answer"}
EVERYTHING = set(COMMANDS)


FIELDS = {
    "chat.send": {"text": "hi"},
    "tip.send": {"amount": 5},
    "question.ask": {"text": "why?"},
    "question.answer": {"question": "q", "text": "because"},
    "media.select": {"media": "audio"},
    "member.kick": {"member": "m"},
    "member.ban": {"member": "m"},
    "member.unban": {"member": "m"},
    "message.delete": {"offset": 1},
    "contingency.force": {"rung": "slate"},
    "contingency.pin": {"rung": "slate"},
}


def any_command(kind: str) -> Command:
    """A command of this kind."""
    return commands.parse_command({"type": kind, "key": "k", **FIELDS.get(kind, {})})


@pytest.mark.parametrize(
    ("role", "granted"),
    [
        (Role.ATTENDEE, ATTENDEES),
        (Role.MODERATOR, MODERATORS),
        (Role.HOST, EVERYTHING),
        (Role.OPERATOR, EVERYTHING),
        (Role.PUBLISHER, set()),
        (Role.NODE, set()),
    ],
)
def test_each_role_may_do_what_it_is_granted_and_nothing_else(role: Role, granted: set[str]) -> None:
    assert {kind for kind in COMMANDS if may(role, any_command(kind))} == granted


def test_each_higher_role_may_do_all_that_the_lower_may() -> None:
    for lower, higher in itertools.pairwise(PEOPLE):
        assert all(may(higher, any_command(kind)) for kind in COMMANDS if may(lower, any_command(kind)))


def test_programs_are_no_members() -> None:
    assert [role for role in Role if may_enter(role)] == list(PEOPLE)


def test_nobody_moderates_their_equals_or_betters() -> None:
    for n, by in enumerate(PEOPLE):
        assert [may_moderate(by, target) for target in PEOPLE] == [m < n for m in range(len(PEOPLE))]
    assert not may_moderate(Role.NODE, Role.ATTENDEE)


@pytest.mark.parametrize(
    ("member", "role"),
    [
        ("moderator-demo", Role.MODERATOR),
        ("host-demo", Role.HOST),
        ("operator-demo", Role.OPERATOR),
        ("g-host-demo", Role.ATTENDEE),
        ("hostess-demo", Role.ATTENDEE),
        ("host", Role.ATTENDEE),
        ("node-1", Role.ATTENDEE),
    ],
)
def test_an_id_of_the_deployments_own_making_tells_its_role(member: str, role: Role) -> None:
    assert role_in_id(MemberId(member)) is role


def test_every_command_is_somebodys() -> None:
    assert {type(any_command(kind)) for kind in COMMANDS} == set(commands.AnyCommand.__args__)
