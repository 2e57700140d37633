"""History: a story, the refusals, an exhaustive walk, and a lossy channel under Hypothesis."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast.core.entries import Chat, Entry, Person, Role
from broadcast.core.errors import IllegalMove, Outage
from broadcast.core.history import (
    HELD_MAX,
    PROVE_AFTER_S,
    Arrived,
    Ask,
    Effect,
    Event,
    Found,
    History,
    Interrupted,
    Lost,
    Opened,
    Phase,
    Resumed,
    Show,
    Snapshot,
)
from broadcast.core.passing import Count, Passing
from broadcast.core.position import LogId, MemberId, Position
from broadcast.core.woke import Woke

LOG = LogId("demo")
ADA = Person(id=MemberId("m1"), name="Ada", role=Role.ATTENDEE)
AWAY = Lost(Outage("log"))
COUNT = Passing(LOG, Count(members=1))


def entry(offset: int, epoch: str = "a") -> Entry:
    return Entry(LOG, epoch, offset, 0, Chat(author=ADA, text=f"{epoch}{offset}"))


def at(offset: int, epoch: str = "a") -> Position:
    return Position(epoch, offset)


def found(first: int, last: int, epoch: str = "a", *, whole: bool = True) -> Found:
    return Found(tuple(entry(n, epoch) for n in range(first, last + 1)), at(last, epoch), {}, whole)


def live(last: int = 3) -> History:
    history = History()
    history.step(Opened(), 0)
    history.step(found(1, last), 0)
    return history


def fingerprint(history: History) -> tuple[object, ...]:
    return history.phase, history.position, tuple(history._held), history._begun, history._told, history._proven_at


# ---- the story -------------------------------------------------------------------------------------------------------


def test_a_reader_comes_listens_is_cut_off_and_catches_up() -> None:
    history = History()
    assert history.deadline() is None
    assert history.step(Opened(), 0) == [Ask(None)]
    assert history.step(Arrived(entry(3)), 1) == []
    assert history.step(Arrived(COUNT), 1) == []
    first = found(1, 2)
    assert history.step(first, 2) == [Show(Snapshot(first.entries, at(2))), Show(entry(3))]
    assert history.step(Arrived(entry(4)), 3) == [Show(entry(4))]
    assert history.step(Arrived(COUNT), 3) == [Show(COUNT)]
    assert history.step(AWAY, 4) == [Show(Interrupted(AWAY.outage))]
    assert history.deadline() is None
    assert history.step(AWAY, 5) == []
    assert history.step(Opened(), 6) == [Ask(at(4))]
    assert history.step(found(5, 6), 7) == [Show(Resumed(at(4))), Show(entry(5)), Show(entry(6))]
    assert history.position == at(6)
    assert history.phase is Phase.LIVE


def test_a_reader_that_knows_where_it_stood_gets_what_follows() -> None:
    history = History(at(5))
    assert history.step(Opened(), 0) == [Ask(at(5))]
    assert history.step(found(6, 7), 0) == [Show(Snapshot((entry(6), entry(7)), at(7)))]


def test_a_reader_whose_place_is_gone_is_told_so() -> None:
    history = History(at(5, "old"))
    history.step(Opened(), 0)
    reading = found(1, 2, whole=False)
    assert history.step(reading, 0) == [Show(Snapshot(reading.entries, at(2), {}, whole=False))]
    assert history.step(Arrived(entry(3)), 0) == [Show(entry(3))]


def test_a_log_that_is_away_from_the_start_is_said_to_be() -> None:
    history = History()
    assert history.step(AWAY, 0) == [Show(Interrupted(AWAY.outage))]
    history.step(Opened(), 1)
    assert history.step(found(1, 1), 1) == [Show(Snapshot((entry(1),), at(1)))]


# ---- holes, copies, epochs -------------------------------------------------------------------------------------------


def test_a_second_copy_is_dropped() -> None:
    history = live(3)
    assert history.step(Arrived(entry(3)), 1) == []
    assert history.step(Arrived(entry(1)), 1) == []


def test_a_hole_is_filled_before_anything_later_is_shown() -> None:
    history = live(3)
    assert history.step(Arrived(entry(6)), 1) == [Ask(at(3))]
    assert history.step(Arrived(entry(7)), 1) == []
    assert history.step(Arrived(COUNT), 1) == [Show(COUNT)]
    shown = [Show(entry(n)) for n in (4, 5, 6, 7)]
    assert history.step(found(4, 6), 2) == shown


def test_a_hole_that_cannot_be_filled_is_a_snapshot() -> None:
    history = live(3)
    history.step(Arrived(entry(900)), 1)
    reading = found(800, 900, whole=False)
    assert history.step(reading, 2) == [Show(Snapshot(reading.entries, at(900), {}, whole=False))]
    assert history.step(Arrived(entry(901)), 3) == [Show(entry(901))]


def test_another_epoch_is_another_log() -> None:
    history = live(3)
    assert history.step(Arrived(entry(1, "b")), 1) == [Ask(at(3))]
    reading = found(1, 1, "b", whole=False)
    assert history.step(reading, 1) == [Show(Snapshot(reading.entries, at(1, "b"), {}, whole=False))]
    assert history.step(Arrived(entry(2, "b")), 1) == [Show(entry(2, "b"))]


def test_a_new_epoch_that_the_log_calls_whole_goes_on_without_a_snapshot() -> None:
    history = live(3)
    history.step(AWAY, 1)
    history.step(Opened(), 2)
    reading = found(4, 5, "b")
    assert history.step(reading, 2) == [Show(Resumed(at(3, "b"))), Show(entry(4, "b")), Show(entry(5, "b"))]


def test_an_entry_of_the_next_epoch_held_while_reading_asks_once_more() -> None:
    history = live(3)
    history.step(Arrived(entry(5)), 1)
    history.step(Arrived(entry(1, "b")), 1)
    assert history.step(found(4, 5), 2) == [Show(entry(4)), Show(entry(5)), Ask(at(5))]
    reading = found(1, 1, "b", whole=False)
    assert history.step(reading, 2)[0] == Show(Snapshot(reading.entries, at(1, "b"), {}, whole=False))
    assert history.phase is Phase.LIVE


def test_what_the_log_does_not_know_of_after_two_readings_is_dropped() -> None:
    history = live(3)
    history.step(Arrived(entry(9)), 1)
    assert history.step(found(4, 3), 2) == []
    assert history.phase is Phase.LIVE
    assert history.step(Arrived(entry(4)), 3) == [Show(entry(4))]


def test_more_than_can_be_held_is_read_again() -> None:
    history = live(0)
    history.step(Arrived(entry(2)), 1)
    for offset in range(3, HELD_MAX + 10):
        history.step(Arrived(entry(offset)), 1)
    assert history.step(found(1, 2), 2) == [Show(entry(1)), Show(entry(2)), Ask(at(2))]
    effects = history.step(found(3, HELD_MAX + 9), 3)
    assert effects == [Show(entry(n)) for n in range(3, HELD_MAX + 10)]


# ---- silence ---------------------------------------------------------------------------------------------------------


def test_a_long_silence_is_proven_to_be_one() -> None:
    history = live(3)
    assert history.deadline() == PROVE_AFTER_S
    assert history.step(Woke(), PROVE_AFTER_S - 1) == []
    assert history.step(Woke(), PROVE_AFTER_S) == [Ask(at(3))]
    assert history.step(Woke(), PROVE_AFTER_S) == []
    assert history.step(found(4, 3), PROVE_AFTER_S + 1) == []
    assert history.deadline() == 2 * PROVE_AFTER_S + 1


def test_an_entry_proves_that_nothing_was_missed_and_a_passing_event_does_not() -> None:
    history = live(3)
    history.step(Arrived(entry(4)), 5)
    history.step(Arrived(COUNT), 6)
    assert history.deadline() == 5 + PROVE_AFTER_S


def test_entries_missed_in_silence_are_found() -> None:
    history = live(3)
    history.step(Woke(), PROVE_AFTER_S)
    assert history.step(found(4, 4), PROVE_AFTER_S) == [Show(entry(4))]


# ---- the impossible --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("history", "event"),
    [
        (History(), Arrived(entry(1))),
        (History(), Arrived(COUNT)),
        (History(), found(1, 1)),
        (live(), Opened()),
        (live(), found(4, 4)),
    ],
)
def test_the_impossible_is_refused_and_changes_nothing(history: History, event: Event) -> None:
    before = fingerprint(history)
    with pytest.raises(IllegalMove):
        history.step(event, 1)
    assert fingerprint(history) == before


@pytest.mark.parametrize(
    "reading",
    [
        Found((entry(4), entry(6)), at(6), {}, whole=True),
        Found((entry(4), entry(5, "b")), at(5), {}, whole=True),
        Found((entry(4),), at(5), {}, whole=False),
        found(5, 6),
        found(3, 4),
        found(3, 2),
    ],
    ids=["a hole", "two epochs", "short of its position", "later than asked", "earlier than asked", "back in time"],
)
def test_a_reading_that_breaks_the_log_s_promise_is_refused_and_changes_nothing(reading: Found) -> None:
    history = live(3)
    history.step(Arrived(entry(9)), 1)
    before = fingerprint(history)
    with pytest.raises(IllegalMove):
        history.step(reading, 1)
    assert fingerprint(history) == before


def test_the_law_itself() -> None:
    with pytest.raises(IllegalMove, match="CLOSED to LIVE"):
        History()._move(Phase.LIVE, None)
    with pytest.raises(IllegalMove, match="back to"):
        live(3)._move(Phase.LIVE, at(2))
    with pytest.raises(IllegalMove, match="back to"):
        live(3)._move(Phase.LIVE, None)


# ---- every sequence --------------------------------------------------------------------------------------------------


@dataclass
class Eye:
    """What a reader has been shown, checked as it comes: no hole, no double, no disorder."""

    position: Position | None = None
    texts: list[str] = field(default_factory=list)
    interrupted: bool = False

    def see(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case Show(Snapshot(entries, position, _, _)):
                    assert not entries or entries[-1].offset == position.offset
                    self.position, self.interrupted = position, False
                    self.texts = [one.body.text for one in entries if isinstance(one.body, Chat)]
                case Show(Entry() as shown):
                    assert self.position is not None
                    assert not self.interrupted
                    assert (shown.epoch, shown.offset) == (self.position.epoch, self.position.offset + 1)
                    self.position = Position(shown.epoch, shown.offset)
                    assert isinstance(shown.body, Chat)
                    self.texts.append(shown.body.text)
                case Show(Interrupted()):
                    assert not self.interrupted
                    self.interrupted = True
                case Show(Resumed(position)):
                    assert self.position is not None
                    assert self.interrupted or position.epoch != self.position.epoch
                    self.position, self.interrupted = position, False
        asks = [effect for effect in effects if isinstance(effect, Ask)]
        assert asks in ([], [Ask(self.position)])
        assert not asks or effects[-1] is asks[0], "whatever is shown is shown before it is asked again"


WALK: list[Event] = [
    Opened(),
    AWAY,
    Woke(),
    Arrived(COUNT),
    *(Arrived(entry(n)) for n in (1, 2, 3)),
    Arrived(entry(1, "b")),
    found(1, 1),
    found(1, 2),
    found(2, 2),
    found(3, 2),
    found(1, 1, "b", whole=False),
]


def test_whatever_happens_in_whatever_order_no_reader_sees_a_hole() -> None:
    for sequence in itertools.product(WALK, repeat=5):
        history, eye = History(), Eye()
        for step, event in enumerate(sequence):
            before = fingerprint(history)
            try:
                effects = history.step(event, step * PROVE_AFTER_S)
            except IllegalMove:
                assert fingerprint(history) == before
                break
            eye.see(effects)
            assert (history.deadline() is not None) == (history.phase is Phase.LIVE)
            asked = any(isinstance(effect, Ask) for effect in effects)
            assert not asked or history.phase is Phase.READING
            if eye.position is not None:
                assert history.position == eye.position


# ---- a lossy channel -------------------------------------------------------------------------------------------------


class World:
    """A log that tells the truth when read, and a channel that loses, doubles, delays and shuffles."""

    def __init__(self) -> None:
        self.epoch, self.offset, self.epochs = "a", 0, 0
        self.channel: list[Entry] = []
        self.history, self.eye = History(), Eye()
        self.asked: Ask | None = None
        self.open = False
        self.now = 0.0

    def do(self, event: Event) -> None:
        effects = self.history.step(event, self.now)
        self.eye.see(effects)
        for effect in effects:
            if isinstance(effect, Ask):
                self.asked = effect

    def append(self, draws: "Draws") -> None:
        self.offset += 1
        for _ in range(draws(0, 2)):
            self.channel.insert(draws(0, len(self.channel)), entry(self.offset, self.epoch))

    def deliver(self, draws: "Draws") -> None:
        if self.open and self.channel:
            self.do(Arrived(self.channel.pop(draws(0, len(self.channel) - 1))))

    def answer(self, draws: "Draws", limit: int = 4) -> None:
        if self.asked is None:
            return
        after, self.asked = self.asked.after, None
        whole = after is None or (after.epoch == self.epoch and 0 <= self.offset - after.offset <= limit)
        first = after.offset + 1 if whole and after is not None else max(1, self.offset - limit + 1)
        self.do(found(first, self.offset, self.epoch, whole=whole))

    def cut(self, draws: "Draws") -> None:
        self.open, self.asked = False, None
        self.channel.clear()
        self.do(AWAY)

    def connect(self, draws: "Draws") -> None:
        if not self.open:
            self.open = True
            self.do(Opened())

    def forget(self, draws: "Draws") -> None:
        self.epochs += 1
        self.epoch, self.offset = f"a{self.epochs}", 0

    def wait(self, draws: "Draws") -> None:
        self.now += draws(0, 2) * PROVE_AFTER_S / 2
        self.do(Woke())

    def settle(self) -> None:
        """The channel falls silent and everything that was asked is answered."""
        none: Draws = lambda low, high: low  # noqa: E731
        self.connect(none)
        self.now += PROVE_AFTER_S
        self.answer(none)
        self.do(Woke())
        for _ in range(3):
            self.answer(none)


Draws = Callable[[int, int], int]
DEEDS = (World.append, World.append, World.deliver, World.deliver, World.answer, World.connect, World.cut, World.wait)


@given(st.data())
def test_loss_doubling_and_disorder_never_show(data: st.DataObject) -> None:
    def draws(low: int, high: int) -> int:
        return data.draw(st.integers(low, high))

    world = World()
    world.connect(draws)
    for deed in data.draw(st.lists(st.sampled_from((*DEEDS, World.forget)), max_size=60)):
        deed(world, draws)
    world.settle()
    assert world.history.phase is Phase.LIVE
    assert world.eye.position == Position(world.epoch, world.offset), "in the end everything has been shown"
    newest = [f"{world.epoch}{n}" for n in range(1, world.offset + 1)]
    own = [text for text in world.eye.texts if text.startswith(world.epoch)]
    assert own == newest[len(newest) - len(own) :]
    assert len(own) >= min(4, len(newest))
