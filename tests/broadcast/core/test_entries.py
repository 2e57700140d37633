"""Bodies are tagged, distinct, and named as the protocol names them."""

import msgspec
import pytest

from broadcast.core.entries import Body, Chat, Deleted, EntryBody, Person, Role, RungKind, Standing, Tip
from broadcast.core.passing import PassingBody
from broadcast.core.position import MemberId

BODIES: tuple[type[Body], ...] = (*EntryBody.__args__, *PassingBody.__args__)
ADA = Person(id=MemberId("m1"), name="Ada", role=Role.HOST)


def test_every_body_has_a_tag_of_its_own() -> None:
    tags = [body.__struct_config__.tag for body in BODIES]
    assert len(set(tags)) == len(tags)
    assert {"chat", "tip", "deleted", "moderated", "cut", "notice", "moved", "event", "settings", "question"} <= set(
        tags
    )


@pytest.mark.parametrize("body", BODIES)
def test_no_field_is_named_like_what_the_log_adds(body: type[Body]) -> None:
    assert not {"type", "offset", "at", "log", "carried", "key"} & set(body.__struct_encode_fields__)


def test_the_author_is_called_from_on_the_wire() -> None:
    for body in (Chat(author=ADA, text="hi"), Tip(author=ADA, tip="t1", amount=5, currency="EUR")):
        assert msgspec.to_builtins(body)["from"] == {"id": "m1", "name": "Ada", "role": "host"}


def test_a_withdrawn_entry_is_named_by_its_offset() -> None:
    assert msgspec.to_builtins(Deleted(target=7, by=ADA))["target"] == 7


def test_staff_are_people_with_duties_and_no_programs() -> None:
    assert {role for role in Role if role.is_staff} == {Role.MODERATOR, Role.HOST, Role.OPERATOR}


def test_rungs_come_best_first() -> None:
    first, *_, last = RungKind
    assert (first, last) == (RungKind.MAIN, RungKind.BACKUP_ROOM)


def test_a_stranger_s_standing_is_empty() -> None:
    assert Standing() == Standing(banned_until_ms=0, kicked_until_ms=0, muted_until_ms=0)
