"""Signed tokens (JWT, RFC 7519, HS256): who carries one is who it says, until it expires.

One secret per deployment signs them; every process can read them, and no database is asked. When a crowd comes back,
every one of them shows a token and gets one: so what we signed ourselves is written and read without the library's
generality, and whatever looks otherwise goes through the library.
"""

import hmac
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import Any

import jwt
import msgspec

from broadcast.core.codes import Close
from broadcast.core.entries import Role
from broadcast.core.errors import PeerFault

ANY_EVENT = "*"
NODE_S = 300
_NEEDED = frozenset({"sub", "name", "role", "event", "exp"})
_KNOWN = _NEEDED | {"source", "room"}


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token says. `event` is an event id, or `*` for programs and operators; `source` only for publishers, and
    `room` too, where the token is for that room of the event alone.

    `expires_at_s` is Unix seconds.
    """

    id: str
    name: str
    role: Role
    event: str
    expires_at_s: int
    source: str | None = None
    room: str | None = None


def sign(grant: Grant, secret: str) -> str:
    """The token for `grant`."""
    claims = {
        "sub": grant.id,
        "name": grant.name,
        "role": grant.role.value,
        "event": grant.event,
        "exp": grant.expires_at_s,
    }
    if grant.source is not None:
        claims["source"] = grant.source
    if grant.room is not None:
        claims["room"] = grant.room
    signed = _HEADER + _base64(msgspec.json.encode(claims))
    return (signed + b"." + _proof(signed, secret)).decode()


def node_token(node: str, secret: str, now_s: float) -> str:
    """What the program called `node` shows to the deployment's others, made anew each time: good for five minutes."""
    return sign(Grant(node, node, Role.NODE, ANY_EVENT, int(now_s) + NODE_S), secret)


def verify(token: str, secret: str) -> Grant:
    """The grant in `token`. PeerFault(TOKEN_EXPIRED | TOKEN_INVALID) otherwise."""
    try:
        claims = _own_claims(token, secret)
        if claims is None:
            claims = jwt.decode(token, secret, algorithms=["HS256"], options={"require": sorted(_NEEDED)})
        return Grant(
            id=str(claims["sub"]),
            name=str(claims["name"]),
            role=Role(claims["role"]),
            event=str(claims["event"]),
            expires_at_s=int(claims["exp"]),
            source=str(claims["source"]) if "source" in claims else None,
            room=str(claims["room"]) if "room" in claims else None,
        )
    except jwt.ExpiredSignatureError:
        raise PeerFault(Close.TOKEN_EXPIRED, "This link has expired", field="token") from None
    except (jwt.InvalidTokenError, msgspec.DecodeError, ValueError):
        raise PeerFault(Close.TOKEN_INVALID, "This link is not valid here", field="token") from None


def _own_claims(token: str, secret: str) -> dict[str, Any] | None:
    """The claims of a token that `sign` made and that holds now; None for anything else, which the library judges."""
    signed, _, proof = token.encode(errors="replace").rpartition(b".")
    if not signed.startswith(_HEADER) or not hmac.compare_digest(proof, _proof(signed, secret)):
        return None
    body = signed[len(_HEADER) :]
    claims = msgspec.json.decode(urlsafe_b64decode(body + b"=" * (-len(body) % 4)))
    if not isinstance(claims, dict) or not _NEEDED <= claims.keys() <= _KNOWN:
        return None
    expires_at_s = claims["exp"]
    return claims if type(expires_at_s) is int and expires_at_s > time.time() else None


def _proof(signed: bytes, secret: str) -> bytes:
    return _base64(hmac.digest(secret.encode(), signed, "sha256"))


def _base64(data: bytes) -> bytes:
    return urlsafe_b64encode(data).rstrip(b"=")


_HEADER = _base64(b'{"alg":"HS256","typ":"JWT"}') + b"."
