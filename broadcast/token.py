"""Signed tokens (JWT, RFC 7519, HS256): who carries one is who it says, until it expires.

One secret per deployment signs them; every process can read them, and no database is asked.
"""

from dataclasses import dataclass

import jwt

from broadcast.core.codes import Close
from broadcast.core.entries import Role
from broadcast.core.errors import PeerFault

ANY_EVENT = "*"
NODE_S = 300


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
    return jwt.encode(claims, secret, algorithm="HS256")


def node_token(node: str, secret: str, now_s: float) -> str:
    """What the program called `node` shows to the deployment's others, made anew each time: good for five minutes."""
    return sign(Grant(node, node, Role.NODE, ANY_EVENT, int(now_s) + NODE_S), secret)


def verify(token: str, secret: str) -> Grant:
    """The grant in `token`. PeerFault(TOKEN_EXPIRED | TOKEN_INVALID) otherwise."""
    try:
        claims = jwt.decode(
            token, secret, algorithms=["HS256"], options={"require": ["sub", "name", "role", "event", "exp"]}
        )
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
    except (jwt.InvalidTokenError, ValueError):
        raise PeerFault(Close.TOKEN_INVALID, "This link is not valid here", field="token") from None
