"""The e-mail lane: one SMTP conversation per message (RFC 5321), with STARTTLS (RFC 3207) and authentication where the
server is set so. It never retries: it says whether another try may do, and whether the message may have arrived.
"""

import asyncio
import contextlib
import hashlib
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime, parseaddr

import aiosmtplib

from failover.lanes.port import Message, NotTaken
from failover.settings import MailServer

STEP_DEADLINE_S = 10.0
SEND_DEADLINE_S = 25.0


class SmtpLane:
    """One mail server."""

    name = "smtp"

    def __init__(
        self, server: MailServer, sender: str, *, step_s: float = STEP_DEADLINE_S, deadline_s: float = SEND_DEADLINE_S
    ) -> None:
        self._server = server
        self._sender = sender
        self._step_s = step_s
        self._deadline_s = deadline_s

    async def send(self, message: Message) -> None:
        """Hand `message` over. One that cannot be written is refused before anybody is asked. What happens before the
        text is sent is certain; what happens to an answer after it is not (RFC 1047), and then the message counts as
        unsure."""
        written = self._bytes(message)
        client = aiosmtplib.SMTP(
            hostname=self._server.host,
            port=self._server.port,
            timeout=self._step_s,
            use_tls=self._server.tls,
            start_tls=False if self._server.tls else self._server.starttls,
            username=self._server.user or None,
            password=self._server.password or None,
        )
        under_way = False
        try:
            async with asyncio.timeout(self._deadline_s):
                await client.connect()
                await client.mail(parseaddr(self._sender)[1])
                await client.rcpt(message.to)
                under_way = True
                await client.data(written)
                under_way = False
                await _part(client)
        except aiosmtplib.SMTPResponseException as refused:
            # 4yz: transient, 5yz: permanent (RFC 5321, 4.2.1). An answer to the text is an answer: it did not arrive.
            lost = refused.code < 0
            raise NotTaken(
                f"the mail server said {refused.code}: {refused.message[:200]}",
                again=refused.code < 500,
                unsure=under_way and lost,
            ) from None
        except (aiosmtplib.SMTPException, OSError) as fault:
            raise NotTaken(_said(fault), again=True, unsure=under_way) from None
        finally:
            client.close()

    def _bytes(self, message: Message) -> bytes:
        mail = EmailMessage(policy=SMTP_POLICY)
        mail["From"] = self._sender
        try:
            mail["To"] = Address(addr_spec=message.to)
            written = mail["To"].addresses
        except Exception:  # noqa: BLE001  # the parser meets hostile addresses with whatever its lists and strings raise
            written = ()
        if not message.to.isascii() or [each.addr_spec for each in written] != [message.to]:
            raise NotTaken("the address cannot be written in a mail", again=False)
        mail["Subject"] = message.subject
        mail["Date"] = format_datetime(datetime.now(UTC))
        # The same for each try, so that a mailbox can drop a second copy.
        digest = hashlib.sha256(message.key.encode()).hexdigest()[:32]
        mail["Message-ID"] = f"<{digest}@{parseaddr(self._sender)[1].rpartition('@')[2] or 'localhost'}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(message.text)
        mail.add_alternative(message.html, subtype="html")
        return mail.as_bytes()


async def _part(client: aiosmtplib.SMTP) -> None:
    """Say goodbye; the message is the server's by now, whatever it answers."""
    with contextlib.suppress(aiosmtplib.SMTPException, OSError):
        await client.quit(timeout=1.0)


def _said(fault: BaseException) -> str:
    if isinstance(fault, TimeoutError):
        return "the mail server did not answer in time"
    return f"the mail server: {str(fault)[:200] or type(fault).__name__}"
