"""Who left an address is told by mail where the show has gone, and gets in there with name and role."""

import re
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope

from tests.browser.chromium import Chromium
from tests.browser.deployment import Deployment, free_port
from tests.browser.people import Attendee, Studio, until
from tests.browser.plans import plan

pytestmark = pytest.mark.browser

LINK = re.compile(r"https?://\S+")


class Mailbox:
    """Keeps what a real SMTP conversation brought."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []

    async def handle_DATA(self, _server: object, _session: object, envelope: Envelope) -> str:  # noqa: N802 (aiosmtpd's)
        """Keep it."""
        self.mails.append(message_from_bytes(bytes(envelope.content or b""), policy=policy.default))
        return "250 kept"

    def to(self, address: str) -> list[EmailMessage]:
        """The mails to `address`, oldest first."""
        return [mail for mail in self.mails if address in str(mail["To"])]


def text_of(mail: EmailMessage) -> str:
    """The mail's plain text."""
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, str]]:
    """A real SMTP server, and its address as a setting."""
    box, port = Mailbox(), free_port()
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    yield box, f"smtp://127.0.0.1:{port}/?starttls=0"
    server.stop()


@pytest.fixture
def posted(mailbox: tuple[Mailbox, str]) -> Iterator[Deployment]:
    """The embedded make, sending real mail."""
    deployment = Deployment("embedded", SMTP_URL=mailbox[1])
    yield deployment
    deployment.close()


def test_a_move_is_mailed_once_and_the_link_leads_into_the_backup_room(
    posted: Deployment, mailbox: tuple[Mailbox, str], chromium: Callable[..., Chromium], audience: Chromium
) -> None:
    box, _ = mailbox
    show = posted.event(plan(slate_s=5))
    host_browser = chromium()
    host = Studio(host_browser, show)
    host.publish()
    vera = Attendee(audience, show, "Vera", width=1280, height=800)
    vera.join()
    vera.page.get_by_text("Notify me if it moves").click()
    vera.page.get_by_label("E-mail address").fill("vera@example.org")
    vera.page.get_by_role("checkbox").check()
    vera.page.get_by_role("button", name="Notify me").click()
    vera.reads("Look into your mail and confirm the address.")
    confirmation = until(lambda: box.to("vera@example.org"), 20, "the confirmation mail")[0]
    confirm = LINK.search(text_of(confirmation))
    assert confirm is not None
    page = audience.page(confirm.group())
    page.get_by_role("heading", name="You'll be told").wait_for()
    vera.sees("main")
    host_browser.kill()
    vera.reads(re.compile("You're in the backup room"), 30)
    moved = until(lambda: box.to("vera@example.org")[1:], 20, "the mail about the move")
    link = LINK.search(text_of(moved[0]))
    assert link is not None
    fresh = chromium().page(link.group())
    box_there = fresh.get_by_role("textbox", name="Message")
    box_there.fill("from the mail's link")
    box_there.press("Enter")
    vera.reads("from the mail's link")
    line = vera.page.get_by_role("log").locator(".chat-row").filter(has_text="from the mail's link")
    assert "Vera" in line.first.inner_text()
    assert len(box.to("vera@example.org")) == 2
