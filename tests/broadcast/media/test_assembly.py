"""Packets come out of order, twice or never; pictures go in order, whole, and at once."""

from hypothesis import given
from hypothesis import strategies as st

from broadcast.media.assembly import (
    GIVE_UP_S,
    HELD_MAX,
    KEY_WANTED_S,
    MISSING_MAX,
    NACK_AGAIN_S,
    NACK_MAX,
    NACK_TRIES,
    Packet,
    PictureBuffer,
    SoundOrder,
)


def packets_of(sizes: list[int], first: int = 65_530, markers: bool = True) -> list[Packet]:
    """Pictures of so many packets each; their payloads say which part of which picture they are."""
    packets, sequence = [], first
    for number, size in enumerate(sizes):
        for part in range(size):
            marker = markers and part == size - 1
            packets.append(Packet(sequence & 0xFFFF, number * 3000, marker, f"{number}.{part}".encode()))
            sequence += 1
    return packets


def test_a_picture_goes_with_its_last_packet_not_with_the_next_picture():
    buffer = PictureBuffer()
    packets = packets_of([3, 1, 2])
    given = [len(buffer.add(packet, 0.0)) for packet in packets]
    assert given == [0, 0, 1, 1, 0, 1]


def test_a_sender_without_markers_ends_a_picture_by_beginning_the_next():
    buffer = PictureBuffer()
    given = [[picture.timestamp for picture in buffer.add(p, 0.0)] for p in packets_of([2, 2, 1], markers=False)]
    assert given == [[], [], [0], [], [3000]]


def test_a_late_packet_lets_everything_behind_it_go():
    buffer = PictureBuffer()
    one, two, three, four = packets_of([2, 1, 1])
    assert buffer.add(one, 0.0) == []
    assert buffer.add(three, 0.0) == []
    assert buffer.add(four, 0.0) == []
    pictures = buffer.add(two, 0.01)
    assert [picture.timestamp for picture in pictures] == [0, 3000, 6000]
    assert not any(picture.lost for picture in pictures)


def test_a_missing_packet_is_asked_for_at_once_then_again_and_not_for_ever():
    buffer = PictureBuffer()
    one, _, three = packets_of([1, 1, 1])
    buffer.add(one, 0.0)
    buffer.add(three, 0.0)
    asked = [buffer.nacks(step * NACK_AGAIN_S * 1.1) for step in range(NACK_TRIES + 3)]
    assert asked == [[65_531]] * NACK_TRIES + [[]] * 3
    assert buffer.nacks(0.0) == []


def test_a_gap_that_lasts_asks_for_a_key_frame_then_is_given_up():
    buffer = PictureBuffer()
    packets = packets_of([2, 2, 2, 2, 2])
    given = [picture.timestamp for packet in packets[:2] for picture in buffer.add(packet, 0.0)]
    assert not buffer.wants_key(1.0)
    assert buffer.add(packets[3], 0.0) == []
    assert not buffer.wants_key(KEY_WANTED_S / 2)
    assert buffer.wants_key(KEY_WANTED_S)
    for packet in packets[4:8]:
        given += [picture.timestamp for picture in buffer.add(packet, 0.1)]
    assert given == [0]
    late = [picture for packet in packets[8:] for picture in buffer.add(packet, GIVE_UP_S)]
    assert [(picture.timestamp, picture.lost) for picture in late] == [(6000, True), (9000, False), (12000, False)]
    assert buffer.add(packets[2], GIVE_UP_S) == []
    assert buffer.abandoned == 1
    assert not buffer.wants_key(10.0)


def test_a_picture_whose_end_was_seen_after_a_gap_is_left_out_as_its_beginning_is_missing():
    buffer = PictureBuffer()
    packets = packets_of([1, 3, 1], markers=False)
    buffer.add(packets[0], 0.0)
    buffer.add(packets[2], 0.0)
    buffer.add(packets[3], 0.0)
    assert buffer.add(packets[4], GIVE_UP_S) == []
    end = Packet(packets[4].sequence + 1 & 0xFFFF, 9000, marker=True, payload=b"9")
    assert [(picture.timestamp, picture.lost) for picture in buffer.add(end, GIVE_UP_S)] == [
        (6000, True),
        (9000, False),
    ]


def test_a_sender_that_starts_counting_anew_is_followed():
    buffer = PictureBuffer()
    buffer.add(packets_of([1])[0], 0.0)
    again = buffer.add(Packet(30_000, 5, marker=True, payload=b"new"), 1.0)
    assert [(picture.payloads, picture.lost) for picture in again] == [((b"new",), True)]


def test_padding_counts_but_is_no_picture():
    buffer = PictureBuffer()
    first, last = packets_of([1, 1])
    buffer.add(first, 0.0)
    padding = Packet(last.sequence, 0, marker=False, payload=b"")
    assert buffer.add(padding, 0.0) == []
    moved = Packet(last.sequence + 1, 3000, marker=True, payload=b"x")
    assert [picture.timestamp for picture in buffer.add(moved, 0.0)] == [3000]


def test_a_jump_ahead_neither_asks_for_all_nor_holds_all():
    buffer = PictureBuffer()
    buffer.add(Packet(0, 0, marker=True, payload=b"a"), 0.0)
    for sequence in range(600, 600 + HELD_MAX + 50):
        buffer.add(Packet(sequence, 3000, marker=False, payload=b"b"), 0.001)
        assert len(buffer.nacks(0.001)) <= NACK_MAX
        assert len(buffer._packets) <= HELD_MAX
    buffer.add(Packet(4000, 6000, marker=False, payload=b"c"), 0.002)
    assert len(buffer._missing) <= MISSING_MAX


def test_a_gap_too_wide_to_be_mended_is_gone_over_at_once():
    buffer = PictureBuffer()
    buffer.add(Packet(0, 0, marker=True, payload=b"a"), 0.0)
    behind = 1 + MISSING_MAX + 1
    assert buffer.add(Packet(behind, 3000, marker=True, payload=b"the end of a picture"), 0.0) == []
    (picture,) = buffer.add(Packet(behind + 1, 6000, marker=True, payload=b"c"), 0.0)
    assert (picture.payloads, picture.lost) == ((b"c",), True)
    assert buffer.nacks(1.0) == []


def test_a_sender_that_jumps_about_costs_no_more_than_the_gaps_that_are_kept():
    buffer = PictureBuffer()
    for number in range(1, 200):
        buffer.add(Packet(number * (MISSING_MAX - 1) & 0xFFFF, 0, marker=False, payload=b"x"), 0.0)
        assert len(buffer._missing) <= 2 * MISSING_MAX


@given(st.data(), st.lists(st.integers(1, 6), min_size=1, max_size=20))
def test_without_loss_every_picture_goes_once_in_order_whatever_the_order_of_packets(data, sizes):
    packets = packets_of(sizes)
    shuffled = [packets[0]]
    rest = packets[1:]
    while rest:
        shuffled.append(rest.pop(data.draw(st.integers(0, min(4, len(rest) - 1)))))
    copies = data.draw(st.lists(st.sampled_from(shuffled), max_size=5))
    buffer = PictureBuffer()
    given = [picture for packet in shuffled + copies for picture in buffer.add(packet, 0.0)]
    assert [picture.timestamp for picture in given] == [number * 3000 for number in range(len(sizes))]
    for number, picture in enumerate(given):
        assert picture.payloads == tuple(f"{number}.{part}".encode() for part in range(sizes[number]))
        assert not picture.lost
    assert buffer.nacks(0.0) == []


@given(st.data(), st.lists(st.integers(1, 4), min_size=3, max_size=30))
def test_with_loss_what_goes_is_whole_in_order_and_marked_after_the_hole(data, sizes):
    packets = packets_of(sizes)
    gone = data.draw(st.sets(st.integers(1, len(packets) - 1), max_size=8))
    buffer = PictureBuffer()
    given = []
    for index, packet in enumerate(packets):
        if index not in gone:
            given += buffer.add(packet, index * 0.1)
    numbers = [picture.timestamp // 3000 for picture in given]
    assert numbers == sorted(set(numbers))
    for picture, number in zip(given, numbers, strict=True):
        assert picture.payloads == tuple(f"{number}.{part}".encode() for part in range(sizes[number]))
    for (before, _), (after, picture) in zip(
        zip(numbers, given, strict=True), list(zip(numbers, given, strict=True))[1:], strict=False
    ):
        assert picture.lost or after == before + 1


def sound(sequence: int, payload: bytes = b"opus") -> Packet:
    return Packet(sequence & 0xFFFF, sequence * 960, marker=False, payload=payload)


def test_a_sound_packet_goes_at_once_and_a_late_one_not_at_all():
    order = SoundOrder()
    given = [
        [p.lost for p in order.add(sound(number), 0.0)] for number in (65_534, 65_535, 65_537, 65_536, 65_537, 65_538)
    ]
    assert given == [[False], [False], [True], [], [], [False]]
    assert order.add(sound(65_539, b""), 0.0) == []
    assert order.nacks(0.0) == []
    assert not order.wants_key(0.0)


def test_a_sound_that_starts_counting_anew_is_followed():
    order = SoundOrder()
    order.add(sound(40_000), 0.0)
    assert len(order.add(sound(20_000), 0.0)) == 1
