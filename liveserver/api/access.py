"""Who is asking: reads the bearer token of a request and holds it against what the resource allows. It looks nothing
up and keeps nothing; the resources call it first.
"""

from starlette.requests import Request

from broadcast.core.codes import Close, Reject
from broadcast.core.entries import Role
from broadcast.core.errors import PeerFault
from broadcast.token import ANY_EVENT, Grant, verify

_TOKEN_MAX = 2048


class Access:
    """Reads tokens signed with `secret`."""

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def read(self, token: str) -> Grant:
        """The grant in `token`. PeerFault(token_invalid | token_expired) otherwise."""
        if len(token) > _TOKEN_MAX:
            raise PeerFault(Close.TOKEN_INVALID, "This link is not valid here", field="token")
        return verify(token, self._secret)

    def need(self, request: Request, *roles: Role, event: str | None = None) -> Grant:
        """The asker's grant, if it has one of `roles` (in `event`). PeerFault(token_* | forbidden) otherwise."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise PeerFault(Close.TOKEN_INVALID, "This needs a bearer token", field="authorization")
        grant = self.read(token.strip())
        if grant.role not in roles or (event is not None and grant.event not in (event, ANY_EVENT)):
            raise PeerFault(Reject.FORBIDDEN, "Your link does not allow this")
        return grant
