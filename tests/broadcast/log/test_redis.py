"""The log on a real Redis that is frozen, killed, emptied, cut off and filled with rubbish."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from redis.asyncio import Redis

from broadcast.core.entries import Settings, Standing
from broadcast.core.errors import Outage
from broadcast.core.history import Resumed
from broadcast.core.passing import Count
from broadcast.core.position import LogId, MemberId, event_of
from broadcast.log import calls
from broadcast.log.port import OP_DEADLINE_S, Appended, Log
from broadcast.log.redis import RedisLog
from tests.broadcast.log.reader import ADA, DEMO, Reader, draft
from tests.redis_server import RedisServer
from tests.waiting import until

EVENT = event_of(DEMO)
SLACK_S = 1.5

Act = Callable[[Log], Awaitable[object]]
ACTS: dict[str, Act] = {
    "append": lambda log: log.append(DEMO, draft("x")),
    "publish": lambda log: log.publish(DEMO, Count(members=1)),
    "read": lambda log: log.read(DEMO, None, 1),
    "standing": lambda log: log.standing(EVENT, ADA.id),
    "attend": lambda log: log.attend(DEMO, "g1", 1, 1),
    "take_lease": lambda log: log.take_lease(EVENT, "one", 1),
    "drop_lease": lambda log: log.drop_lease(EVENT, "one"),
    "check": lambda log: log.check(),
    "subscribe": lambda log: log.subscribe(LogId("other")).__aenter__(),
}


@pytest.fixture
async def server() -> AsyncIterator[RedisServer]:
    async with RedisServer() as started:
        yield started


@pytest.fixture
async def log(server: RedisServer) -> AsyncIterator[RedisLog]:
    made = RedisLog.connect(server.url)
    yield made
    await made.close()


@pytest.fixture
async def client(server: RedisServer) -> AsyncIterator[Redis]:
    made = Redis.from_url(server.url)
    yield made
    await made.aclose()


async def insist(log: Log, text: str) -> Appended:
    """Append as a gateway does: again with the same key until there is an answer."""

    async def outcome() -> object:
        try:
            return await log.append(DEMO, draft(text))
        except Outage:
            return None

    appended = await until(outcome, 15, f"{text} is appended")
    assert isinstance(appended, Appended)
    return appended


async def recovery_of(log: Log) -> None:
    """Return once the check passes: the first one may still meet the end of the silence."""

    async def passes() -> bool:
        try:
            await log.check()
        except Outage:
            return False
        return True

    await until(passes, 10, "the check passes")


async def outage_of(act: Awaitable[object]) -> tuple[Outage, float]:
    started = time.monotonic()
    with pytest.raises(Outage) as caught:
        await act
    return caught.value, time.monotonic() - started


# ---- away ------------------------------------------------------------------------------------------------------------


async def test_nothing_waits_longer_than_the_deadline_for_a_frozen_server(server: RedisServer, log: RedisLog) -> None:
    for act in ACTS.values():
        if act is not ACTS["subscribe"]:
            await act(log)
    server.freeze()
    found = await asyncio.gather(*(outage_of(act(log)) for act in ACTS.values()))
    server.thaw()
    assert all(outage.what == "log" for outage, _ in found)
    assert max(took for _, took in found) < OP_DEADLINE_S + SLACK_S
    await recovery_of(log)
    await insist(log, "after")


async def test_a_crowd_waits_no_longer_than_one(server: RedisServer, log: RedisLog) -> None:
    server.freeze()
    acts = (log.append(DEMO, draft(f"{n}")) for n in range(500))
    found = await asyncio.gather(*(outage_of(act) for act in acts))
    server.thaw()
    assert max(took for _, took in found) < OP_DEADLINE_S + SLACK_S
    await recovery_of(log)


async def test_a_frozen_server_is_noticed_by_those_who_only_listen(server: RedisServer, log: RedisLog) -> None:
    async with log.subscribe(DEMO) as ear:
        server.freeze()
        _, took = await outage_of(anext(aiter(ear)))
    server.thaw()
    assert took < OP_DEADLINE_S + SLACK_S


async def test_a_killed_server_is_an_outage_at_once_and_a_new_epoch_when_it_comes_back_empty(
    server: RedisServer, log: RedisLog
) -> None:
    before = await insist(log, "before")
    async with log.subscribe(DEMO) as ear:
        await server.kill()
        for act in (anext(aiter(ear)), *(act(log) for act in ACTS.values())):
            _, took = await outage_of(act)
            assert took < SLACK_S
    await server.start()
    after = await insist(log, "after")
    assert after.entry.offset == 1
    assert after.entry.epoch != before.entry.epoch
    await recovery_of(log)


async def test_a_server_that_is_not_there_yet_is_no_reason_not_to_start(log: RedisLog, server: RedisServer) -> None:
    await server.kill()
    async with Reader(log) as reader:
        await until(lambda: reader.is_interrupted)
        await server.start()
        await insist(log, "a")
        await until(lambda: reader.texts == ["a"], 10)
    assert reader.kinds in (["Interrupted", "Snapshot"], ["Interrupted", "Snapshot", "Entry"])


async def test_a_server_that_takes_no_writes_is_an_outage(client: Redis, log: RedisLog) -> None:
    await log.append(DEMO, draft("a"))
    await client.config_set("maxmemory", "1")
    outage, _ = await outage_of(log.append(DEMO, draft("b")))
    assert "maxmemory" in outage.detail
    await client.config_set("maxmemory", "0")
    assert isinstance(await log.append(DEMO, draft("b")), Appended)


async def test_a_url_that_is_none_is_refused_before_anything_starts() -> None:
    with pytest.raises(ValueError, match="scheme"):
        RedisLog.connect("http://example.org")


# ---- following through it --------------------------------------------------------------------------------------------


async def test_a_reader_loses_nothing_and_sees_nothing_twice_when_its_connection_is_cut(
    client: Redis, log: RedisLog
) -> None:
    written: list[str] = []
    async with Reader(log) as one, Reader(log) as two:
        await until(lambda: one.shown and two.shown)
        for cut in range(5):
            for n in range(10):
                written.append(f"{cut}.{n}")
                await insist(log, written[-1])
                if n == 5:
                    await client.client_kill_filter(_type="pubsub")
            await until(lambda: one.texts == written and two.texts == written, 10)
    assert len(one.snapshots) == len(two.snapshots) == 1
    assert one.kinds.count("Interrupted") == one.kinds.count("Resumed") >= 1


async def test_a_reader_comes_whole_through_a_freeze(server: RedisServer, log: RedisLog) -> None:
    async with Reader(log) as reader:
        await insist(log, "before")
        await until(lambda: reader.texts == ["before"])
        server.freeze()
        writing = asyncio.create_task(insist(log, "during"))
        await until(lambda: reader.is_interrupted, 6)
        server.thaw()
        assert not (await writing).entry.offset > 2, "said again with its key, it has happened once"
        await insist(log, "after")
        await until(lambda: reader.texts == ["before", "during", "after"], 10)
    assert len(reader.snapshots) == 1
    assert isinstance(reader.shown[reader.kinds.index("Interrupted") + 1], Resumed)


async def test_a_reader_is_told_when_the_server_has_forgotten(server: RedisServer, log: RedisLog) -> None:
    async with Reader(log) as reader:
        for text in ("a", "b"):
            await insist(log, text)
        await until(lambda: reader.texts == ["a", "b"])
        await server.kill()
        await until(lambda: reader.is_interrupted)
        await server.start()
        await insist(log, "c")
        await until(lambda: reader.texts == ["c"], 10)
        await insist(log, "d")
        await until(lambda: reader.texts == ["c", "d"], 10)
    first, second = reader.snapshots
    assert (first.whole, second.whole) == (True, False)
    assert first.position.epoch != second.position.epoch


async def test_a_burst_reaches_every_reader_in_order(log: RedisLog) -> None:
    async with Reader(log) as one, Reader(log) as two:
        await until(lambda: one.shown and two.shown)
        await asyncio.gather(*(insist(log, f"{n}") for n in range(300)))
        await until(lambda: len(one.texts) == len(two.texts) == 300, 15)
    assert one.texts == two.texts
    assert sorted(one.texts, key=int) == [f"{n}" for n in range(300)]


# ---- what lies in Redis ----------------------------------------------------------------------------------------------


async def fill(log: RedisLog) -> None:
    standings = {MemberId("m-eve"): Standing(banned_until_ms=-1)}
    await log.append(DEMO, draft("a", sets={"settings": Settings()}, standings=standings))
    await log.attend(DEMO, "g1", 1, 5)
    await log.take_lease(EVENT, "one", 5)
    await log.read(LogId("demo.backup"), None, 1)


async def test_all_keys_of_an_event_share_its_hash_tag(client: Redis, log: RedisLog) -> None:
    await fill(log)
    keys = await client.keys()
    assert len(keys) == 9
    assert all(key.startswith(b"live:{demo}:") for key in keys)


async def test_nothing_lies_in_redis_for_ever(client: Redis, log: RedisLog) -> None:
    await fill(log)
    for key in await client.keys():
        assert await client.pttl(key) > 0, key


async def test_scripts_that_the_server_forgot_are_sent_again(client: Redis, log: RedisLog) -> None:
    await insist(log, "a")
    await client.script_flush()
    await insist(log, "b")
    assert len((await log.read(DEMO, None, 9)).entries) == 2


async def test_channels_that_nobody_hears_are_left(client: Redis, log: RedisLog) -> None:
    for name in ("one", "two"):
        async with log.subscribe(LogId(name)):
            assert len(await client.pubsub_channels()) >= 1

    async def is_quiet() -> bool:
        return await client.pubsub_channels() == []

    await until(is_quiet, 6, "the channels are left")
    await log.check()


async def test_one_connection_listens_for_all(client: Redis, log: RedisLog) -> None:
    async with log.subscribe(DEMO), log.subscribe(DEMO), log.subscribe(LogId("two")):
        listening = [one for one in await client.client_list() if int(one["sub"]) > 0]
        assert [int(one["sub"]) for one in listening] == [2]


async def test_rubbish_on_the_channel_is_passed_over(client: Redis, log: RedisLog) -> None:
    channel = "live:{demo}:log:demo"
    rubbish: list[Any] = [
        b"",
        b"e",
        b"e a 1 2\n\xc1",
        b"p\n\x80",
        b"e a b c\n\x81\xa4type\xa8settings",
        b"x\n\x81\xa4type\xa8settings",
    ]
    async with Reader(log) as reader:
        await until(lambda: reader.shown)
        for payload in rubbish:
            await client.publish(channel, payload)
        await insist(log, "a")
        await until(lambda: reader.texts == ["a"])
    assert reader.kinds == ["Snapshot", "Entry"]


async def test_an_entry_that_cannot_be_read_stops_the_reader_aloud(client: Redis, log: RedisLog) -> None:
    await insist(log, "a")
    await client.xadd("live:{demo}:log:demo:stream", {"at": "1", "body": b"\x81\xa4type\xa6newer!"}, id="2-0")
    await client.hset("live:{demo}:log:demo:meta", "offset", "2")
    outage, _ = await outage_of(log.read(DEMO, None, 9))
    assert "another version" in outage.detail
    assert len((await log.read(DEMO, None, 0)).entries) == 0


async def test_it_is_the_same_over_tcp_with_a_password() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    async with RedisServer(port) as server:
        admin = Redis.from_url(server.url)
        await admin.config_set("requirepass", "open sesame")
        await admin.aclose()
        stranger = RedisLog.connect(server.url)
        outage, _ = await outage_of(stranger.publish(DEMO, Count(members=1)))
        assert "Authentication" in outage.detail
        await outage_of(stranger.check())
        await stranger.close()
        friend = RedisLog.connect(f"redis://:open%20sesame@127.0.0.1:{port}")
        await friend.check()
        assert isinstance(await friend.append(DEMO, draft("a")), Appended)
        await friend.close()


async def test_calls_beyond_what_may_wait_are_turned_away_at_once(
    server: RedisServer, log: RedisLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    await insist(log, "a")
    monkeypatch.setattr(calls, "WAITING_MAX", 3)
    server.freeze()
    found = await asyncio.gather(*(outage_of(log.append(DEMO, draft(f"{n}"))) for n in range(5)))
    server.thaw()
    turned_away = [took for outage, took in found if "waiting" in outage.detail]
    assert len(turned_away) == 2
    assert max(turned_away) < SLACK_S
    await recovery_of(log)
    assert (await insist(log, "b")).entry.offset > 1


async def test_a_call_given_up_does_not_shift_the_answers_of_others(log: RedisLog) -> None:
    await insist(log, "a")
    tasks = [asyncio.create_task(log.append(DEMO, draft(f"{n}"))) for n in range(40)]
    await asyncio.sleep(0)
    for task in tasks[::2]:
        task.cancel()
    await asyncio.wait(tasks)
    for number, task in enumerate(tasks):
        if not task.cancelled():
            outcome = task.result()
            assert isinstance(outcome, Appended)
            entries = (await log.read(DEMO, None, 50)).entries
            assert outcome.entry in entries
            assert outcome.entry.body == draft(f"{number}").body
    assert [task.cancelled() for task in tasks] == [True, False] * 20
