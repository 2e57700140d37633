"""A real mail server that can be told to misbehave."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from email.message import Message as Mail
from email.parser import BytesParser
from email.policy import default
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from failover.settings import MailServer


class MailHost:
    """Takes mail on a loopback port of its own. `mood`: well, refuse (for good), busy (for now), hang (before the
    text is taken), drop_early (hangs up at the recipient), drop_late (takes the text and hangs up without a word)."""

    def __init__(self, *, auth: tuple[str, str] | None = None) -> None:
        self.mood = "well"
        self.box: list[Mail] = []
        self.tries = 0
        self._auth = auth
        self._server: asyncio.Server | None = None
        self._talks: set[SMTP] = set()
        self.port = 0

    async def open(self, port: int = 0) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._talk, "127.0.0.1", port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
            for talk in self._talks:
                if talk.transport is not None:
                    talk.transport.abort()
                if talk._handler_coroutine is not None:
                    talk._handler_coroutine.cancel()
            await asyncio.sleep(0)

    @property
    def where(self) -> MailServer:
        user, password = self._auth or ("", "")
        return MailServer("127.0.0.1", self.port, user, password)

    def _talk(self) -> SMTP:
        more: dict[str, Any] = {}
        if self._auth is not None:
            more = {"authenticator": self._authenticate, "auth_require_tls": False}
        talk = SMTP(self, hostname="mail.example", loop=asyncio.get_running_loop(), **more)
        self._talks.add(talk)
        return talk

    def _authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        known = isinstance(data, LoginPassword) and (data.login.decode(), data.password.decode()) == self._auth
        return AuthResult(success=known, handled=False)

    async def handle_RCPT(  # noqa: N802  # aiosmtpd's hook
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.tries += 1
        match self.mood:
            case "refuse":
                return "550 no such mailbox"
            case "busy":
                return "451 try again later"
            case "hang":
                await asyncio.Event().wait()
            case "drop_early":
                assert server.transport is not None
                server.transport.abort()
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        self.box.append(BytesParser(policy=default).parsebytes(envelope.content))
        if self.mood == "drop_late":
            assert server.transport is not None
            server.transport.abort()
        return "250 OK"


@contextlib.asynccontextmanager
async def mail_host(**more: Any) -> AsyncIterator[MailHost]:
    host = MailHost(**more)
    await host.open()
    try:
        yield host
    finally:
        await host.close()
