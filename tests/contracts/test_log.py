"""What every make of the log port must do: one suite over memory and a real Redis."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from broadcast.core.codes import Reject
from broadcast.core.entries import Chat, Draft, EventChanged, EventState, Lease, Person, Role, Settings, Standing
from broadcast.core.errors import Outage
from broadcast.core.passing import Count
from broadcast.core.position import LogId, MemberId, Position, RoomId, event_of, staff_log
from broadcast.log.memory import MemoryLog
from broadcast.log.port import Appended, Log, Refused
from broadcast.log.redis import RedisLog
from tests.redis_server import RedisServer
from tests.waiting import until

ADA = Person(id=MemberId("m-ada"), name="Ada", role=Role.ATTENDEE)
BEN = Person(id=MemberId("m-ben"), name="Ben", role=Role.ATTENDEE)
DEMO = LogId("demo")
BACKUP = LogId("demo.backup")
EVENT = event_of(DEMO)
SHORT = 20

Make = Callable[..., Log]


@pytest.fixture(params=["memory", "redis"])
async def make(request: pytest.FixtureRequest) -> AsyncIterator[Make]:
    """Makes one more handle on the same plane; in memory there is only one."""
    handles: list[Log] = []
    if request.param == "memory":
        yield lambda **options: handles[0] if handles else handles.append(MemoryLog(**options)) or handles[0]
        await handles[0].close()
        return
    async with RedisServer() as server:

        def another(**options: Any) -> Log:
            handles.append(RedisLog.connect(server.url, **options))
            return handles[-1]

        yield another
        for handle in handles:
            await handle.close()


@pytest.fixture
def log(make: Make) -> Log:
    return make(history_max=SHORT)


def draft(text: str = "hello", key: str = "", by: Person = ADA, **more: Any) -> Draft:
    return Draft(body=Chat(author=by, text=text), key=key or f"k-{text}", author=by.id, **more)


async def fill(log: Log, count: int, log_id: LogId = DEMO, start: int = 1) -> list[Any]:
    return [await log.append(log_id, draft(f"{n}", by=BEN)) for n in range(start, start + count)]


async def texts(log: Log, after: Position | None, limit: int = SHORT, log_id: LogId = DEMO) -> list[str]:
    return [entry.body.text for entry in (await log.read(log_id, after, limit)).entries]


# ---- order -----------------------------------------------------------------------------------------------------------


async def test_entries_are_numbered_from_one_in_one_epoch(log: Log) -> None:
    outcomes = await fill(log, 3)
    assert [outcome.entry.offset for outcome in outcomes] == [1, 2, 3]
    assert len({outcome.entry.epoch for outcome in outcomes}) == 1
    assert not any(outcome.repeated for outcome in outcomes)


async def test_an_entry_comes_back_as_it_was_appended(log: Log) -> None:
    outcome = await log.append(DEMO, draft("Grüße, 世界 \x00\n"))
    assert isinstance(outcome, Appended)
    assert (await log.read(DEMO, None, 10)).entries == (outcome.entry,)
    assert outcome.entry.log == DEMO


async def test_each_log_has_offsets_and_an_epoch_of_its_own(log: Log) -> None:
    await fill(log, 2)
    there = await log.append(BACKUP, draft())
    staff = await log.append(staff_log(RoomId("demo")), draft("aside"))
    assert isinstance(there, Appended)
    assert isinstance(staff, Appended)
    assert (there.entry.offset, staff.entry.offset) == (1, 1)
    assert there.entry.epoch != staff.entry.epoch


async def test_writers_at_once_get_offsets_without_hole_or_double(log: Log) -> None:
    await asyncio.gather(*(log.append(DEMO, draft(f"{n}", by=BEN)) for n in range(SHORT)))
    reading = await log.read(DEMO, None, SHORT)
    assert [entry.offset for entry in reading.entries] == list(range(1, SHORT + 1))


# ---- reading ---------------------------------------------------------------------------------------------------------


async def test_an_empty_log_has_an_epoch_that_its_first_entry_keeps(log: Log) -> None:
    empty = await log.read(DEMO, None, 10)
    assert (empty.entries, empty.position.offset, empty.state, empty.whole) == ((), 0, {}, True)
    await fill(log, 2)
    later = await log.read(DEMO, empty.position, 10)
    assert later.whole
    assert [entry.offset for entry in later.entries] == [1, 2]


async def test_the_newest_are_read_when_no_position_is_given(log: Log) -> None:
    await fill(log, 5)
    reading = await log.read(DEMO, None, 2)
    assert [entry.offset for entry in reading.entries] == [4, 5]
    assert reading.whole
    assert reading.position.offset == 5


async def test_what_follows_a_position_is_read_whole(log: Log) -> None:
    await fill(log, 5)
    epoch = (await log.read(DEMO, None, 0)).position.epoch
    assert await texts(log, Position(epoch, 2), 3) == ["3", "4", "5"]
    assert (await log.read(DEMO, Position(epoch, 2), 3)).whole
    assert (await log.read(DEMO, Position(epoch, 5), 0)).whole
    assert await texts(log, Position(epoch, 5)) == []


@pytest.mark.parametrize(
    ("epoch", "offset", "limit", "newest"),
    [("", 1, 3, 3), ("", 9, 3, 3), ("other", 4, 3, 3), ("other", 5, 9, 5), ("", 0, 0, 0)],
    ids=["more than the limit", "ahead of the log", "another epoch", "another epoch, same offset", "nothing wanted"],
)
async def test_a_gap_that_cannot_be_shown_whole_is_said_to_be_none(
    log: Log, epoch: str, offset: int, limit: int, newest: int
) -> None:
    await fill(log, 5)
    here = (await log.read(DEMO, None, 0)).position
    reading = await log.read(DEMO, Position(epoch or here.epoch, offset), limit)
    assert not reading.whole
    assert [entry.offset for entry in reading.entries] == list(range(6 - newest, 6))
    assert reading.position == here


async def test_a_log_keeps_its_newest_entries_and_no_more(log: Log) -> None:
    await fill(log, SHORT + 5)
    reading = await log.read(DEMO, None, 10 * SHORT)
    assert [entry.offset for entry in reading.entries] == list(range(6, SHORT + 6))
    epoch = reading.position.epoch
    assert (await log.read(DEMO, Position(epoch, 5), 10 * SHORT)).whole
    older = await log.read(DEMO, Position(epoch, 4), 10 * SHORT)
    assert not older.whole
    assert len(older.entries) == SHORT


# ---- idempotency -----------------------------------------------------------------------------------------------------


async def test_the_same_key_again_gets_the_first_outcome_and_does_nothing(log: Log) -> None:
    first = await log.append(DEMO, draft("one", key="k", sets={"settings": Settings(locked=True)}))
    again = await log.append(DEMO, draft("two", key="k", sets={"settings": Settings()}))
    assert isinstance(first, Appended)
    assert again == Appended(first.entry, repeated=True)
    reading = await log.read(DEMO, None, 10)
    assert reading.entries == (first.entry,)
    assert reading.state == {"settings": Settings(locked=True)}


async def test_what_somebody_says_is_said_once_in_all_rooms_of_the_event(log: Log) -> None:
    await fill(log, 2)
    first = await log.append(DEMO, draft("one", key="k"))
    assert isinstance(first, Appended)
    for elsewhere in (BACKUP, staff_log(RoomId("demo"))):
        assert await log.append(elsewhere, draft("two", key="k")) == Appended(first.entry, repeated=True)
        assert (await log.read(elsewhere, None, 10)).entries == ()
    other = await log.append(LogId("other"), draft("one", key="k"))
    assert isinstance(other, Appended)
    assert not other.repeated


async def test_what_a_program_writes_is_known_on_its_own_log_only(log: Log) -> None:
    outcomes = [await log.append(where, draft(key="k", checked=False)) for where in (DEMO, BACKUP, DEMO)]
    assert [isinstance(outcome, Appended) and outcome.repeated for outcome in outcomes] == [False, False, True]
    said = await log.append(DEMO, draft(key="k"))
    assert isinstance(said, Appended)
    assert not said.repeated


async def test_keys_belong_to_their_author(log: Log) -> None:
    outcomes = [
        await log.append(DEMO, draft(key="b:c", by=ADA)),
        await log.append(DEMO, Draft(body=Chat(author=ADA, text="x"), key="c", author=MemberId("m-ada:b"))),
        await log.append(DEMO, draft(key="b:c", by=BEN)),
    ]
    assert [isinstance(outcome, Appended) and outcome.repeated for outcome in outcomes] == [False] * 3


async def test_the_same_key_at_once_is_appended_once(log: Log) -> None:
    outcomes = await asyncio.gather(*(log.append(DEMO, draft(key="k")) for _ in range(10)))
    assert sorted(isinstance(outcome, Appended) and outcome.repeated for outcome in outcomes) == [False] + [True] * 9
    assert len({outcome.entry.offset for outcome in outcomes if isinstance(outcome, Appended)}) == 1


async def test_a_key_is_forgotten_after_its_time(make: Make) -> None:
    log = make(key_memory_s=0.2)
    await log.append(DEMO, draft(key="k"))

    async def is_new() -> bool:
        outcome = await log.append(DEMO, draft(key="k"))
        return isinstance(outcome, Appended) and not outcome.repeated

    await until(is_new, 3, "the key is forgotten")


async def test_a_key_is_answered_when_its_entry_has_left_the_log(make: Make) -> None:
    log = make(history_max=2)
    first = await log.append(DEMO, draft("one", key="k"))
    await fill(log, 3)
    assert isinstance(first, Appended)
    assert await log.append(DEMO, draft("one", key="k")) == Appended(first.entry, repeated=True)


async def test_a_refusal_is_not_remembered_under_its_key(log: Log) -> None:
    muted = {ADA.id: Standing(muted_until_ms=-1)}
    await log.append(DEMO, draft("hush", by=BEN, checked=False, standings=muted))
    assert await log.append(DEMO, draft(key="k")) == Refused(Reject.MUTED)
    await log.append(DEMO, draft("speak", by=BEN, checked=False, standings={ADA.id: None}))
    assert isinstance(await log.append(DEMO, draft(key="k")), Appended)


# ---- state fields ----------------------------------------------------------------------------------------------------


async def test_state_fields_are_set_changed_and_deleted_with_the_entry(log: Log) -> None:
    live = EventChanged(state=EventState.LIVE)
    await log.append(DEMO, draft("a", sets={"event": live, "settings": Settings(), "n": {"x": [1, None, "y"]}}))
    reading = await log.read(DEMO, None, 10)
    assert reading.state == {"event": live, "settings": Settings(), "n": {"x": [1, None, "y"]}}
    await log.append(DEMO, draft("b", sets={"settings": None, "n": 7, "never": None}))
    assert (await log.read(DEMO, reading.position, 10)).state == {"event": live, "n": 7}
    assert (await log.read(BACKUP, None, 10)).state == {}


async def test_what_looks_almost_like_a_body_is_a_plain_value(log: Log) -> None:
    odd = {"a": {"type": "no such body"}, "b": {"type": ["x"]}, "c": {"kind": 1}, "d": "chat"}
    await log.append(DEMO, draft(sets=odd))
    assert (await log.read(DEMO, None, 1)).state == odd


# ---- standing --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("standing", "code"),
    [
        (Standing(banned_until_ms=-1), Reject.BANNED),
        (Standing(kicked_until_ms=-1), Reject.BANNED),
        (Standing(muted_until_ms=-1), Reject.MUTED),
        (Standing(banned_until_ms=-1, muted_until_ms=-1), Reject.BANNED),
    ],
)
async def test_standing_without_end_refuses_in_every_room_of_the_event(
    log: Log, standing: Standing, code: Reject
) -> None:
    await log.append(DEMO, draft("deed", by=BEN, checked=False, standings={ADA.id: standing}))
    for room in (DEMO, BACKUP):
        assert await log.append(room, draft(key=room)) == Refused(code)
    assert isinstance(await log.append(LogId("other"), draft()), Appended)
    assert isinstance(await log.append(DEMO, draft("unchecked", checked=False)), Appended)
    assert isinstance(await log.append(DEMO, draft("ben", by=BEN)), Appended)
    assert await log.standing(EVENT, ADA.id) == standing
    assert await log.standing(EVENT, BEN.id) == Standing()


async def test_two_who_judge_at_once_do_not_undo_each_others_word(log: Log) -> None:
    for n, standing in enumerate(
        (Standing(kicked_until_ms=5), Standing(banned_until_ms=-1, muted_until_ms=7), Standing(kicked_until_ms=6))
    ):
        await log.append(DEMO, draft(f"deed {n}", by=BEN, checked=False, standings={ADA.id: standing}))
    assert await log.standing(EVENT, ADA.id) == Standing(banned_until_ms=-1, kicked_until_ms=6, muted_until_ms=7)
    await log.append(DEMO, draft("mercy", by=BEN, checked=False, standings={ADA.id: None, BEN.id: None}))
    assert await log.standing(EVENT, ADA.id) == Standing()


async def test_a_refused_draft_leaves_no_trace(log: Log) -> None:
    await log.append(DEMO, draft("deed", by=BEN, checked=False, standings={ADA.id: Standing(muted_until_ms=-1)}))
    before = await log.read(DEMO, None, 10)
    more: dict[str, Any] = {"sets": {"settings": Settings()}, "standings": {ADA.id: None}}
    assert isinstance(await log.append(DEMO, draft(**more)), Refused)
    assert await log.read(DEMO, None, 10) == before
    assert await log.standing(EVENT, ADA.id) == Standing(muted_until_ms=-1)


async def test_a_standing_with_an_end_says_when_and_ends(log: Log) -> None:
    first = await log.append(DEMO, draft("now"))
    assert isinstance(first, Appended)
    until_ms = first.entry.at_ms + 1_500
    await log.append(DEMO, draft("deed", by=BEN, standings={ADA.id: Standing(muted_until_ms=until_ms)}))
    refused = await log.append(DEMO, draft("early"))
    assert isinstance(refused, Refused)
    assert refused.retry_after_s is not None
    assert 0 < refused.retry_after_s <= 1.5

    async def may_speak() -> bool:
        return isinstance(await log.append(DEMO, draft("late")), Appended)

    await until(may_speak, 6, "the mute ends")


# ---- lease -----------------------------------------------------------------------------------------------------------


async def test_one_holder_at_a_time_and_renewing_keeps_the_token(log: Log) -> None:
    lease = await log.take_lease(EVENT, "one", 30)
    assert lease is not None
    assert lease.name == "one"
    assert await log.take_lease(EVENT, "two", 30) is None
    assert await log.take_lease(EVENT, "one", 30) == lease
    other = await log.take_lease(event_of(LogId("other")), "two", 30)
    assert other is not None


async def test_tokens_only_grow(log: Log) -> None:
    tokens = []
    for holder in ("one", "two", "two", "one"):
        lease = await log.take_lease(EVENT, holder, 30)
        assert lease is not None
        tokens.append(lease.token)
        await log.drop_lease(EVENT, holder)
    assert tokens == sorted(set(tokens))


async def test_only_its_holder_drops_a_lease(log: Log) -> None:
    await log.drop_lease(EVENT, "one")
    lease = await log.take_lease(EVENT, "one", 30)
    await log.drop_lease(EVENT, "two")
    assert await log.take_lease(EVENT, "one", 30) == lease


async def test_a_lease_runs_out_unless_renewed(log: Log) -> None:
    first = await log.take_lease(EVENT, "one", 0.2)
    assert first is not None
    second = await until(lambda: log.take_lease(EVENT, "two", 30), 3, "the lease runs out")
    assert isinstance(second, Lease)
    assert second.token > first.token
    assert await log.append(DEMO, draft(lease=first)) == Refused(Reject.STALE_LEASE)
    assert isinstance(await log.append(DEMO, draft(lease=second)), Appended)


async def test_only_the_lease_in_force_writes(log: Log) -> None:
    assert await log.append(DEMO, draft(lease=Lease("one", 1))) == Refused(Reject.STALE_LEASE)
    lease = await log.take_lease(EVENT, "one", 30)
    assert lease is not None
    assert isinstance(await log.append(DEMO, draft("a", lease=lease)), Appended)
    assert isinstance(await log.append(BACKUP, draft("b", lease=lease)), Appended)
    for stale in (Lease("one", lease.token + 1), Lease("two", lease.token), Lease("one", lease.token - 1)):
        assert await log.append(DEMO, draft("c", lease=stale)) == Refused(Reject.STALE_LEASE)
    await log.drop_lease(EVENT, "one")
    assert await log.append(DEMO, draft("c", lease=lease)) == Refused(Reject.STALE_LEASE)


# ---- presence --------------------------------------------------------------------------------------------------------


async def test_members_are_summed_over_nodes_and_forgotten_with_them(log: Log) -> None:
    assert await log.attend(DEMO, "g1", 3, 30) == 3
    assert await log.attend(DEMO, "g2", 5, 1.5) == 8
    assert await log.attend(DEMO, "g1", 4, 30) == 9
    assert await log.attend(BACKUP, "g1", 1, 30) == 1

    async def is_alone() -> bool:
        return await log.attend(DEMO, "g1", 2, 30) == 2

    await until(is_alone, 6, "the silent node is forgotten")
    assert await log.attend(DEMO, "g1", 0, 30) == 0


# ---- listening -------------------------------------------------------------------------------------------------------


async def test_a_subscriber_hears_everything_published_after_subscribing(make: Make) -> None:
    here, there = make(), make()
    await here.append(DEMO, draft("before"))
    async with here.subscribe(DEMO) as one, there.subscribe(DEMO) as two:
        appended = await there.append(DEMO, draft("after"))
        await here.publish(DEMO, Count(members=7))
        await there.append(BACKUP, draft("elsewhere"))
        again = await there.append(DEMO, draft("after"))
        last = await here.append(DEMO, draft("last"))
        assert isinstance(appended, Appended)
        assert isinstance(again, Appended)
        assert isinstance(last, Appended)
        for ear in (one, two):
            async with asyncio.timeout(5):
                heard = [await anext(aiter(ear)) for _ in range(3)]
            assert heard[0] == appended.entry
            assert heard[1].body == Count(members=7)
            assert heard[1].log == DEMO
            assert heard[2] == last.entry


async def test_waiting_for_the_next_item_can_be_given_up_without_loss(log: Log) -> None:
    async with log.subscribe(DEMO) as ear:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await anext(aiter(ear))
        await fill(log, 1)
        async with asyncio.timeout(5):
            heard = await anext(aiter(ear))
    assert heard.body == Chat(author=BEN, text="1")


async def test_one_reader_leaving_does_not_deafen_another(log: Log) -> None:
    async with log.subscribe(DEMO) as stays:
        for _ in range(3):
            async with log.subscribe(DEMO):
                pass
        async with log.subscribe(BACKUP):
            pass
        await fill(log, 1)
        async with asyncio.timeout(5):
            assert (await anext(aiter(stays))).body == Chat(author=BEN, text="1")


async def test_a_reader_too_far_behind_hears_that_it_is(log: Log) -> None:
    async with log.subscribe(DEMO) as ear:
        for _ in range(50):
            await asyncio.gather(*(log.publish(DEMO, Count(members=n)) for n in range(100)))

        async def listen() -> None:
            async for _ in ear:
                pass

        with pytest.raises(Outage, match="behind"):
            await asyncio.wait_for(listen(), 5)


async def test_the_check_goes_through_the_real_path(log: Log) -> None:
    await asyncio.wait_for(asyncio.gather(log.check(), log.check()), 5)


async def test_a_closed_log_ends_its_subscriptions_and_is_away(make: Make) -> None:
    log = make()
    async with log.subscribe(DEMO) as ear:
        await log.append(DEMO, draft())
        await until(lambda: log.read(DEMO, None, 1))
        waiting = asyncio.ensure_future(anext(aiter(ear)))
        await asyncio.wait_for(waiting, 5)
        after = asyncio.ensure_future(anext(aiter(ear), None))
        await asyncio.sleep(0)
        await log.close()
        assert await asyncio.wait_for(after, 5) is None
    await log.close()
    for call in (
        log.append(DEMO, draft()),
        log.publish(DEMO, Count(members=1)),
        log.read(DEMO, None, 1),
        log.standing(EVENT, ADA.id),
        log.attend(DEMO, "g1", 1, 1),
        log.take_lease(EVENT, "one", 1),
        log.drop_lease(EVENT, "one"),
        log.check(),
    ):
        with pytest.raises(Outage, match="closed"):
            await call
    with pytest.raises(Outage, match="closed"):
        async with log.subscribe(DEMO):
            pass
