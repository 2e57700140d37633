"""The e-mail lane, against a real mail server that is well, refuses, hangs and dies."""

from collections.abc import AsyncIterator

import pytest

from failover.lanes.port import Message, NotTaken
from failover.lanes.smtp import SmtpLane
from failover.settings import MailServer
from tests.failover.mailhost import MailHost, mail_host

MESSAGE = Message("i1:2:c1:email", "ada@example.org", "Ünser Umzug", "Héllo\n.\n..dots\n", "<p>Héllo</p>")


@pytest.fixture
async def host() -> AsyncIterator[MailHost]:
    async with mail_host() as made:
        yield made


def lane(host: MailHost, **more: float) -> SmtpLane:
    return SmtpLane(host.where, "Ada's workshop <ada@example.net>", **more)


async def refused(sending: SmtpLane, message: Message = MESSAGE) -> NotTaken:
    with pytest.raises(NotTaken) as caught:
        await sending.send(message)
    return caught.value


async def test_a_message_arrives_whole_in_text_and_html(host: MailHost) -> None:
    await lane(host).send(MESSAGE)
    (mail,) = host.box
    assert mail["Subject"] == "Ünser Umzug"
    assert mail["To"] == "ada@example.org"
    assert mail["From"] == "Ada's workshop <ada@example.net>"
    text, html = mail.iter_parts()
    assert text.get_content().splitlines() == ["Héllo", ".", "..dots"]
    assert html.get_content().splitlines() == ["<p>Héllo</p>"]


async def test_the_same_message_has_the_same_id(host: MailHost) -> None:
    await lane(host).send(MESSAGE)
    await lane(host).send(MESSAGE)
    first, second = host.box
    assert first["Message-ID"] == second["Message-ID"]
    assert first["Message-ID"].endswith("@example.net>")


async def test_a_refusal_for_good_is_not_tried_again(host: MailHost) -> None:
    host.mood = "refuse"
    fault = await refused(lane(host))
    assert (fault.again, fault.unsure) == (False, False)
    assert "550" in fault.why


async def test_a_refusal_for_now_may_be_tried_again(host: MailHost) -> None:
    host.mood = "busy"
    fault = await refused(lane(host))
    assert (fault.again, fault.unsure) == (True, False)


async def test_a_server_that_hangs_is_left_within_the_deadline(host: MailHost) -> None:
    host.mood = "hang"
    fault = await refused(lane(host, step_s=0.2))
    assert (fault.again, fault.unsure) == (True, False)
    fault = await refused(lane(host, step_s=5.0, deadline_s=0.2))
    assert (fault.again, fault.unsure) == (True, False)
    assert fault.why == "the mail server did not answer in time"


async def test_a_server_that_dies_before_the_text_has_not_taken_it(host: MailHost) -> None:
    host.mood = "drop_early"
    fault = await refused(lane(host))
    assert (fault.again, fault.unsure) == (True, False)


async def test_a_server_that_dies_after_the_text_may_have_taken_it(host: MailHost) -> None:
    host.mood = "drop_late"
    fault = await refused(lane(host))
    assert fault.unsure


async def test_no_server_at_all_may_be_tried_again() -> None:
    async with mail_host() as host:
        gone = host.where
    fault = await refused(SmtpLane(gone, "a@example.net"))
    assert (fault.again, fault.unsure) == (True, False)


async def test_a_user_is_known_by_the_password() -> None:
    async with mail_host(auth=("ada", "right")) as host:
        await lane(host).send(MESSAGE)
        assert len(host.box) == 1
        wrong = MailServer("127.0.0.1", host.port, "ada", "wrong")
        fault = await refused(SmtpLane(wrong, "a@example.net"))
        assert not fault.again
        assert "wrong" not in fault.why


async def test_starttls_is_insisted_on_where_it_is_asked_for(host: MailHost) -> None:
    fault = await refused(SmtpLane(MailServer("127.0.0.1", host.port, starttls=True), "a@example.net"))
    assert not fault.unsure
    assert host.box == []


@pytest.mark.parametrize(
    "address",
    [
        "ada@example.org\r\nRCPT TO:<eve@example.org>",
        "ädä@example.org",
        "=?utf-8?b?_|?=@e1.org",
        "=?utf-8?q?a=40b=2c?=@example.org",
        "ada@example.org, eve@example.org",
        "Ada <ada@example.org>",
        "",
    ],
)
async def test_an_address_that_cannot_be_written_is_refused(host: MailHost, address: str) -> None:
    fault = await refused(lane(host), Message("k", address, "s", "t", "h"))
    assert host.tries == 0
    assert not fault.again
    assert host.box == []
