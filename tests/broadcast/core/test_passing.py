"""What passes is told from what stays, and says no more than it must."""

import msgspec

from broadcast.core.entries import EntryBody, RungKind
from broadcast.core.passing import Health, PassingBody, RungHealth


def tags(union: object) -> set[object]:
    return {body.__struct_config__.tag for body in union.__args__}  # type: ignore[attr-defined]


def test_nothing_that_passes_is_named_like_something_that_stays() -> None:
    assert not tags(PassingBody) & tags(EntryBody)


def test_a_calm_ladder_is_said_in_few_words() -> None:
    main = RungHealth(rung=RungKind.MAIN, verdict="healthy", why="")
    said = msgspec.to_builtins(Health(leader="f1", rung=RungKind.MAIN, source="main", rungs=(main,), armed=True))
    assert set(said) == {"type", "leader", "rung", "source", "rungs", "armed"}
