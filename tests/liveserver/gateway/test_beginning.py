"""What a viewer begins with."""

from broadcast.core.entries import Kind
from broadcast.core.frame import Frame
from broadcast.core.wire import Wire
from liveserver.gateway import beginning
from liveserver.gateway.beginning import Beginnings
from liveserver.gateway.group import frame_bytes, naming
from liveserver.gateway.reel import Reel

NUMBERS = {Kind.VIDEO: 1, Kind.AUDIO: 2}


def filled(kind: Kind = Kind.VIDEO, frames: int = 3) -> Reel:
    reel = Reel("main", "s1", kind)
    reel.reformat({"codec": "vp8" if kind is Kind.VIDEO else "opus"})
    for n in range(frames):
        add(reel, key=n == 0)
    return reel


def add(reel: Reel, *, key: bool) -> None:
    reel.add(Frame(feed=0, time_us=reel.added, key=key, payload=b"%d" % reel.added), 0.0)


def whole(reels: list[Reel], wire: Wire, cut: int, *, first: bool = True) -> bytes:
    """What must come, put together anew."""
    parts = []
    for reel in reels:
        number = NUMBERS[reel.kind]
        parts.append(naming(reel, number, wire))
        parts += [frame_bytes(f, number, cut, first=first and at == 0) for at, f in enumerate(reel.frames)]
    return b"".join(parts)


def named(*reels: Reel) -> list[tuple[Reel, int]]:
    return [(reel, NUMBERS[reel.kind]) for reel in reels]


def test_everyone_begins_with_all_there_is_by_then() -> None:
    beginnings, picture, sound = Beginnings(), filled(), filled(Kind.AUDIO)
    reels = named(picture, sound)
    for wire in Wire:
        assert beginnings.of(reels, wire, 1) == whole([picture, sound], wire, 1)
    add(picture, key=False)
    assert beginnings.of(reels, Wire.JSON, 1) == whole([picture, sound], Wire.JSON, 1)
    add(picture, key=True)
    assert beginnings.of(reels, Wire.JSON, 1) == whole([picture, sound], Wire.JSON, 1)
    picture.reformat({"codec": "avc1.42e01f"})
    assert beginnings.of(reels, Wire.JSON, 1) == whole([sound], Wire.JSON, 1), "of the new format nothing came yet"
    add(picture, key=True)
    assert beginnings.of(reels, Wire.JSON, 1) == whole([picture, sound], Wire.JSON, 1)


def test_a_cut_number_and_what_has_begun_make_another_beginning() -> None:
    beginnings, picture = Beginnings(), filled()
    reels = named(picture)
    assert beginnings.of(reels, Wire.JSON, 1) == whole([picture], Wire.JSON, 1)
    assert beginnings.of(reels, Wire.JSON, 2) == whole([picture], Wire.JSON, 2)
    assert beginnings.of(reels, Wire.JSON, 2, begun=(1,)) == whole([picture], Wire.JSON, 2, first=False)
    assert beginnings.of(named(filled(frames=0)), Wire.JSON, 1) == b""


def test_between_two_frames_it_is_built_once_and_little_is_kept() -> None:
    beginnings, picture = Beginnings(), filled()
    one = named(picture)
    kept = beginnings._kept
    beginnings.of(one, Wire.JSON, 1)
    (built,) = kept.values()
    beginnings.of(one, Wire.JSON, 1)
    assert next(iter(kept.values()))[1] is built[1]
    for cut in range(2, 9):
        beginnings.of(one, Wire.JSON, cut)
    assert len(kept) == beginning.KEPT_MAX
