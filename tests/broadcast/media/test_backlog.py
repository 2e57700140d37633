"""A reader that lags loses pictures up to a key frame, old sound, and nothing else."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from broadcast.core.entries import Kind
from broadcast.media.backlog import CONTROL_MAX, HELD_MAX_BYTES, HELD_MAX_S, Backlog, Item


def picture(at: float, *, key: bool = False, feed: int = 1, size: int = 10) -> Item:
    return Item(b"v" * size, at, feed=feed, kind=Kind.VIDEO, key=key)


def sound(at: float, feed: int = 2) -> Item:
    return Item(b"a", at, feed=feed, kind=Kind.AUDIO, key=True)


def control(at: float) -> Item:
    return Item(b"c", at)


def drain(backlog: Backlog) -> list[Item]:
    items = []
    while (item := backlog.take()) is not None:
        items.append(item)
    return items


def test_what_is_taken_in_time_comes_in_order_and_whole():
    backlog = Backlog()
    items = [control(0.0), picture(0.0, key=True), sound(0.01), picture(0.03), sound(0.03)]
    for item in items:
        assert backlog.put(item) == set()
    assert len(backlog) == 5
    assert drain(backlog) == items
    assert backlog.take() is None
    assert backlog.dropped == 0


def test_pictures_older_than_a_second_go_up_to_a_key_frame_that_is_not():
    backlog = Backlog()
    for number in range(13):
        backlog.put(picture(number / 10, key=number in (0, 8)))
    kept = drain(backlog)
    assert [round(item.at, 1) for item in kept] == [0.8, 0.9, 1.0, 1.1, 1.2]
    assert kept[0].key
    assert backlog.dropped == 8


def test_without_such_a_key_frame_all_go_until_the_next_and_one_is_asked_for():
    backlog = Backlog()
    asked: set[int] = set()
    for number in range(11):
        asked |= backlog.put(picture(number / 10, key=number == 0))
    assert asked == set()
    assert backlog.put(picture(1.1)) == {1}
    assert len(backlog) == 0
    assert backlog.put(picture(1.2)) == set()
    assert len(backlog) == 0
    backlog.put(picture(1.3, key=True))
    backlog.put(picture(1.4))
    assert [item.at for item in drain(backlog)] == [1.3, 1.4]


def test_other_feeds_of_the_same_reader_keep_their_own_beginnings():
    backlog = Backlog()
    backlog.put(picture(0.0, key=True, feed=1))
    backlog.put(picture(0.9, key=True, feed=3))
    assert backlog.put(picture(1.2, feed=3)) == {1}
    assert [item.feed for item in drain(backlog)] == [3, 3]


def test_old_sound_and_old_samples_go_and_control_stays():
    backlog = Backlog()
    backlog.put(control(0.0))
    backlog.put(sound(0.0))
    backlog.put(Item(b"sample", 0.0, passing=True))
    backlog.put(sound(0.5))
    backlog.put(sound(1.2))
    assert [item.at for item in drain(backlog)] == [0.0, 0.5, 1.2]
    backlog.put(control(5.0))
    assert backlog.put(sound(9.0)) == set()
    assert len(backlog) == 2


def test_it_is_bounded_in_bytes_too():
    backlog = Backlog()
    size = HELD_MAX_BYTES // 8
    for number in range(8):
        backlog.put(picture(number / 1000, key=number == 0, size=size))
    assert backlog.put(picture(0.009, size=size)) == {1}
    assert len(backlog) == 0


def test_a_reader_that_takes_no_control_messages_is_to_be_let_go():
    backlog = Backlog()
    for _ in range(CONTROL_MAX + 1):
        assert not backlog.overrun
        backlog.put(control(0.0))
    assert backlog.overrun
    drain(backlog)
    assert not backlog.overrun


STEPS = st.lists(
    st.tuples(st.sampled_from(["key", "delta", "sound", "control", "take"]), st.floats(0, 0.5), st.integers(1, 2)),
    max_size=80,
)


@given(STEPS)
def test_whatever_happens_a_decoder_never_misses_a_reference_and_nothing_old_is_held(steps):
    backlog, now, controls, took = Backlog(), 0.0, 0, []
    sent: dict[int, int] = {1: 0, 2: 0}
    for what, wait, feed in steps:
        now += wait
        if what == "take":
            if (item := backlog.take()) is not None:
                took.append(item)
            continue
        if what == "control":
            controls += 1
            backlog.put(control(now))
        elif what == "sound":
            backlog.put(sound(now, feed=feed + 10))
        else:
            sent[feed] += 1
            numbered = Item(str(sent[feed]).encode(), now, feed=feed, kind=Kind.VIDEO, key=what == "key")
            backlog.put(numbered)
        media = [item.at for item in backlog._items if item.kind is not None]
        assert not media or now - min(media) <= HELD_MAX_S
    took += drain(backlog)
    assert sum(item.kind is None for item in took) == controls
    for feed in (1, 2):
        numbers = [(int(item.data), item.key) for item in took if item.feed == feed]
        for (before, _), (after, key) in itertools.pairwise(numbers):
            assert key or after == before + 1
