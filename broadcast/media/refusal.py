"""Answers over HTTP that say no: a status, and JSON that names the code, the field and the reason.

It decides nothing; `ingest` and `serve` raise a `Refusal`, and it knows how one looks.
"""

from broadcast.core.codes import Close
from broadcast.core.entries import Role
from broadcast.core.errors import LiveError, PeerFault
from broadcast.token import Grant, verify

_SCHEME = "bearer "
TOKEN_MAX = 4_096


class Refusal(LiveError):
    """A request turned down: `status` (HTTP), `code` for machines, a plain reason, and the field to blame if any."""

    def __init__(
        self, status: int, code: str, reason: str, *, field: str | None = None, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(reason)
        self.status = status
        self.code = code
        self.reason = reason
        self.field = field
        self.headers = headers or {}

    def body(self) -> dict[str, str | None]:
        """The answer's JSON."""
        return {"code": self.code, "field": self.field, "reason": self.reason}


def grant_of(authorization: str | None, secret: str) -> Grant:
    """The grant in an Authorization header. Refusal(401) where there is none, or none that is valid now."""
    value = authorization or ""
    if not value.lower().startswith(_SCHEME) or len(value) > TOKEN_MAX:
        raise _unauthorized("token_invalid", "A bearer token is needed")
    try:
        return verify(value[len(_SCHEME) :].strip(), secret)
    except PeerFault as fault:
        code = "token_expired" if fault.code is Close.TOKEN_EXPIRED else "token_invalid"
        raise _unauthorized(code, fault.reason) from None


def demand_node(authorization: str | None, secret: str) -> None:
    """Refusal(401 | 403) unless the header carries a node's token."""
    if grant_of(authorization, secret).role is not Role.NODE:
        raise Refusal(403, "forbidden", "Only nodes of this deployment may read here", field="token")


def _unauthorized(code: str, reason: str) -> Refusal:
    return Refusal(401, code, reason, field="token", headers={"WWW-Authenticate": "Bearer"})
