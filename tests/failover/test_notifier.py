"""Telling people outside the room: each once, against a real mail server and a real record."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from structlog.testing import capture_logs

from failover.core.notices import Answer, Fate, NoticeKey, NoticePolicy
from failover.directory import Contact
from failover.lanes.port import Message
from failover.lanes.smtp import SmtpLane
from failover.notifier import Notifier
from failover.store.record import Record
from liveserver.people.contacts import LISTED_MAX
from tests.failover.mailhost import MailHost, mail_host
from tests.waiting import until

POLICY = NoticePolicy(deadline_s=3.0, retry_s=0.05, retry_max_s=0.2)


def contact(name: str, *, confirmed: bool = True) -> Contact:
    return Contact(
        id=name,
        address=f"{name}@example.org",
        confirmed=confirmed,
        confirm_url=f"http://live.example/confirm?token={name}",
        backup_url=f"http://live.example/e/demo.backup?t={name}",
        name=name.title(),
    )


@pytest.fixture
async def host() -> AsyncIterator[MailHost]:
    async with mail_host() as made:
        yield made


@asynccontextmanager
async def notifying(record: Record, host: MailHost, name: str = "g1", step_s: float = 1.0) -> AsyncIterator[Notifier]:
    lane = SmtpLane(host.where, "Demo <demo@example.net>", step_s=step_s)
    made = Notifier("demo", name, record, lane, policy=POLICY)
    try:
        yield made
    finally:
        await made.close()


def move(notifier: Notifier, *names: str) -> None:
    contacts = [contact(name) for name in names]
    notifier.tell_moved("i1", 2, title="Demo", words="We're moving.", contacts=contacts)


def fate(notifier: Notifier, name: str) -> Fate | None:
    return notifier.notices.fate(NoticeKey("i1", "2", name))


async def kept(record: Record, count: int) -> list[dict[str, object]]:
    await until(lambda: _has(record, count))
    return await record.mails()


async def _has(record: Record, count: int) -> bool:
    return len(await record.mails()) >= count


async def test_everyone_confirmed_gets_the_link_that_is_theirs(record: Record, host: MailHost) -> None:
    async with notifying(record, host) as notifier:
        people = [contact("ada"), contact("ben"), contact("cy", confirmed=False)]
        notifier.tell_moved("i1", 2, title="Demo", words="We're moving.", contacts=people)
        notifier.tell_moved("i1", 2, title="Demo", words="We're moving.", contacts=people)
        mails = await kept(record, 2)
    assert sorted(mail["To"] for mail in host.box) == ["ada@example.org", "ben@example.org"]
    for mail in host.box:
        name = mail["To"].partition("@")[0]
        text = mail.get_body(("plain",)).get_content()
        assert f"http://live.example/e/demo.backup?t={name}" in text
        assert "We're moving." in text
        assert f"Hello {name.title()}," in text
    assert {mail["status"] for mail in mails} == {"sent"}


async def test_whoever_is_too_many_to_be_told_is_named_in_the_log(record: Record, host: MailHost) -> None:
    # Everybody whom a gateway lists can be told of a move and asked to confirm.
    assert NoticePolicy().kept >= 2 * LISTED_MAX
    lane = SmtpLane(host.where, "Demo <demo@example.net>", step_s=1.0)
    notifier = Notifier("demo", "g1", record, lane, policy=NoticePolicy(kept=1))
    with capture_logs() as logs:
        move(notifier, "ada", "ben")
        assert notifier._mails.keys() == {NoticeKey("i1", "2", "ada")}
        await kept(record, 1)
    await notifier.close()
    assert [line["contact"] for line in logs if line["log_level"] == "error"] == ["ben"]


async def test_an_address_is_asked_to_confirm_once_ever(record: Record, host: MailHost) -> None:
    for name in ("g1", "g2"):
        async with notifying(record, host, name) as notifier:
            for _ in range(3):
                notifier.ask_to_confirm(title="Demo", contacts=[contact("cy", confirmed=False), contact("ada")])
            key = NoticeKey("demo:confirm", "confirm", "cy")
            await until(lambda notifier=notifier, key=key: notifier.notices.fate(key).final)
    assert [mail["Subject"] for mail in host.box] == ["Demo: please confirm your address"]


@pytest.mark.parametrize("another", [False, True])
async def test_whoever_could_not_be_asked_to_confirm_for_long_is_asked_later_once_by_whichever_process(
    record: Record, host: MailHost, monkeypatch: pytest.MonkeyPatch, *, another: bool
) -> None:
    monkeypatch.setattr("failover.notifier.PAUSE_HOLD_MS", 100)
    host.mood = "busy"
    policy = NoticePolicy(deadline_s=0.2, retry_s=0.05, rest_s=1_000.0 if another else 0.2)
    lane = SmtpLane(host.where, "Demo <demo@example.net>", step_s=1.0)
    ask = {"title": "Demo", "contacts": [contact("cy", confirmed=False)]}
    one = Notifier("demo", "g1", record, lane, policy=policy)
    one.ask_to_confirm(**ask)
    (mail, *_) = await kept(record, 1)
    assert mail["status"] == "failed"
    host.mood = "well"
    two = Notifier("demo", "g2", record, lane, policy=POLICY)
    if another:
        two.ask_to_confirm(**ask)
    await until(lambda: host.box)
    key = NoticeKey("demo:confirm", "confirm", "cy")
    await until(lambda: (two if another else one).notices.fate(key) is Fate.REACHED)
    await one.close()
    await two.close()
    assert [mail["Subject"] for mail in host.box] == ["Demo: please confirm your address"]


async def test_an_address_that_is_refused_for_good_is_not_asked_again(record: Record, host: MailHost) -> None:
    host.mood = "refuse"
    async with notifying(record, host) as notifier:
        notifier.ask_to_confirm(title="Demo", contacts=[contact("cy", confirmed=False)])
        await kept(record, 1)
        assert notifier.notices.fate(NoticeKey("demo:confirm", "confirm", "cy")) is Fate.LOST
    assert host.tries == 1


async def test_two_controllers_racing_tell_nobody_twice(record: Record, host: MailHost) -> None:
    names = [f"p{number}" for number in range(12)]
    async with notifying(record, host, "g1") as one, notifying(record, host, "g2") as two:
        move(one, *names)
        move(two, *reversed(names))
        await until(lambda: len(host.box) >= len(names))
        await kept(record, len(names))
        settled = (Fate.REACHED, Fate.ANOTHERS)
        await until(lambda: all(fate(each, name) in settled for each in (one, two) for name in names), 10)
    assert sorted(mail["To"] for mail in host.box) == sorted(f"{name}@example.org" for name in names)
    assert (await record.fates("i1")) == {"reached": len(names)}


async def test_what_another_process_took_over_is_no_failure_and_nothing_is_kept_of_it(
    record: Record, host: MailHost
) -> None:
    begin = record.begin

    async def overtaken(key: NoticeKey, holder: str, now_ms: int, *, hold_ms: int) -> bool:
        later_ms = now_ms + 60_000
        assert await record.claim(key, "demo", "ada@example.org", "g2", later_ms, hold_ms=hold_ms) is Answer.WON
        return await begin(key, holder, now_ms, hold_ms=hold_ms)

    record.begin = overtaken  # type: ignore[method-assign]
    async with notifying(record, host) as notifier:
        move(notifier, "ada")
        await until(lambda: fate(notifier, "ada") is Fate.ANOTHERS)
        assert notifier._mails == {}
    assert await record.mails() == []
    assert host.box == []


async def test_no_mail_is_kept_in_mind_longer_than_it_takes(record: Record, host: MailHost) -> None:
    async with notifying(record, host, "g1") as one, notifying(record, host, "g2") as two:
        move(one, "ada")
        await kept(record, 1)
        move(one, "ada")
        move(two, "ada")
        await until(lambda: fate(two, "ada") is Fate.ANOTHERS)
        assert (one._mails, two._mails) == ({}, {})


async def test_a_server_that_is_busy_is_tried_again(record: Record, host: MailHost) -> None:
    host.mood = "busy"
    async with notifying(record, host) as notifier:
        move(notifier, "ada")
        await until(lambda: host.tries >= 2)
        host.mood = "well"
        await kept(record, 1)
    assert len(host.box) == 1
    assert (await record.fates("i1")) == {"reached": 1}


async def test_a_server_that_comes_back_from_the_dead_gets_the_mail(record: Record) -> None:
    async with mail_host() as gone:
        port = gone.port
    host = MailHost()
    host.port = port
    async with notifying(record, host) as notifier:
        move(notifier, "ada")
        await until(lambda: fate(notifier, "ada") is Fate.WAITING)
        await host.open(port)
        await kept(record, 1)
    await host.close()
    assert len(host.box) == 1


async def test_who_is_not_reached_is_written_down(record: Record, host: MailHost) -> None:
    await record.open_incident("i1", "demo", "demo", "forced", 0)
    host.mood = "refuse"
    async with notifying(record, host) as notifier:
        move(notifier, "ada")
        (mail,) = await kept(record, 1)
    assert mail["status"] == "failed"
    (incident,) = await record.incidents("demo")
    (missed,) = incident["not_reached"]
    assert missed["address"] == "ada@example.org"
    assert "550" in missed["why"]


async def test_a_server_that_hangs_is_given_up_at_the_deadline(record: Record, host: MailHost) -> None:
    host.mood = "hang"
    async with notifying(record, host, step_s=0.3) as notifier:
        move(notifier, "ada")
        await until(lambda: fate(notifier, "ada") is Fate.LOST, 10)
        (mail,) = await kept(record, 1)
    assert mail["status"] == "failed"
    assert host.box == []


class Buggy:
    """A lane with a bug for all but one."""

    name = "buggy"

    def __init__(self) -> None:
        self.box: list[str] = []

    async def send(self, message: Message) -> None:
        if message.to != "zoe@example.org":
            raise IndexError
        self.box.append(message.to)


async def test_a_bug_in_a_lane_costs_the_mails_that_meet_it_and_no_others(record: Record) -> None:
    lane = Buggy()
    notifier = Notifier("demo", "g1", record, lane, policy=POLICY)
    with capture_logs() as logs:
        move(notifier, *[f"p{number}" for number in range(POLICY.at_once)], "zoe")
        await until(lambda: lane.box == ["zoe@example.org"])
        await kept(record, POLICY.at_once + 1)
    await notifier.close()
    assert await record.fates("i1") == {"lost": POLICY.at_once, "reached": 1}
    assert [line["event"] for line in logs].count("a notice could not be sent") == POLICY.at_once


async def test_a_bug_in_the_record_costs_no_place_either(record: Record, host: MailHost) -> None:
    claim, bugs = record.claim, 0

    async def buggy(*args: Any, **more: Any) -> Answer:
        nonlocal bugs
        if bugs < POLICY.at_once:
            bugs += 1
            raise KeyError
        return await claim(*args, **more)

    record.claim = buggy  # type: ignore[method-assign]
    async with notifying(record, host) as notifier:
        with capture_logs():
            move(notifier, *[f"p{number}" for number in range(POLICY.at_once)], "zoe")
            await kept(record, POLICY.at_once + 1)
    assert len(host.box) == POLICY.at_once + 1


async def test_what_may_have_arrived_is_not_sent_again(record: Record, host: MailHost) -> None:
    host.mood = "drop_late"
    async with notifying(record, host) as notifier:
        move(notifier, "ada")
        (mail,) = await kept(record, 1)
        host.mood = "well"
        move(notifier, "ada")
        await asyncio.sleep(0)
    assert (mail["status"], len(host.box)) == ("unsure", 1)
