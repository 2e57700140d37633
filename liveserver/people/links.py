"""Personal signed links: who follows one is who it names, with the role it names, until it expires. They are made from
the deployment's secret and stored nowhere; nothing is looked up to make or to read one. `api`, `demo` and the contacts
ask for them.
"""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

import jwt

from broadcast import token
from broadcast.core.codes import Close
from broadcast.core.entries import Role
from broadcast.core.errors import PeerFault
from broadcast.core.position import RoomId, event_of
from broadcast.token import ANY_EVENT, Grant

LINK_S = 30 * 86_400
PUBLISH_S = 86_400
CONFIRM_S = 3 * 86_400
_CONFIRM = "confirm"


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What a link in a confirmation mail says: the owner of this address wants the notices of this event."""

    contact: str
    event: str


@dataclass(frozen=True, slots=True)
class OperatorLink:
    """An operator's token, and the page that opens with it."""

    token: str
    page: str


class Links:
    """Makes and reads links under one secret. `public_url` is where a gateway is found; `clock` gives Unix seconds."""

    def __init__(self, secret: str, public_url: str, *, clock: Callable[[], float] = time.time) -> None:
        self._secret = secret
        self._public_url = public_url
        self._clock = clock

    def token(
        self, *, member: str, name: str, role: Role, event: str, source: str | None = None, for_s: int = LINK_S
    ) -> str:
        """A signed token for one person or program, good for `for_s` seconds."""
        expires_at_s = int(self._clock()) + for_s
        return token.sign(Grant(member, name, role, event, expires_at_s, source), self._secret)

    def node(self, node: str) -> str:
        """The token by which this process speaks to the deployment's others."""
        return token.node_token(node, self._secret, self._clock())

    def operator(self) -> "OperatorLink":
        """The right to run this deployment: to see all of it, and to make events."""
        signed = self.token(member="operator-all", name="Operator", role=Role.OPERATOR, event=ANY_EVENT)
        return OperatorLink(token=signed, page=self.ops_page(signed))

    def publisher(self, room: str, source: str) -> str:
        """The token that a publisher of one source in one room shows to a media node, which knows no event's rooms."""
        grant = Grant(
            id=f"pub-{room}-{source}"[:64],
            name=source,
            role=Role.PUBLISHER,
            event=event_of(RoomId(room)),
            expires_at_s=int(self._clock()) + PUBLISH_S,
            source=source,
            room=room,
        )
        return token.sign(grant, self._secret)

    def attendee_page(self, event: str, signed: str | None = None, **more: str) -> str:
        """The attendee's page of an event, for everyone or for whom `signed` names."""
        return self._page(f"/e/{event}", signed, more)

    def studio_page(self, event: str, signed: str | None = None, **more: str) -> str:
        """The studio of an event."""
        return self._page(f"/studio/{event}", signed, more)

    def desk_page(self, event: str, signed: str | None = None) -> str:
        """The moderators' desk of an event."""
        return self._page(f"/desk/{event}", signed, {})

    def ops_page(self, signed: str | None = None) -> str:
        """The operator's page."""
        return self._page("/ops", signed, {})

    def confirm(self, wanted: Confirmation) -> str:
        """The link for a confirmation mail. It opens no room: its audience is another one."""
        claims = {
            "sub": wanted.contact,
            "event": wanted.event,
            "aud": _CONFIRM,
            "exp": int(self._clock()) + CONFIRM_S,
        }
        signed = jwt.encode(claims, self._secret, algorithm="HS256")
        return f"{self._public_url}/api/v1/contacts/confirm?{urlencode({'token': signed})}"

    def confirmation(self, signed: str) -> Confirmation:
        """What a confirmation link says. PeerFault(TOKEN_EXPIRED | TOKEN_INVALID) otherwise."""
        try:
            claims = jwt.decode(
                signed,
                self._secret,
                algorithms=["HS256"],
                audience=_CONFIRM,
                options={"require": ["sub", "event", "aud", "exp"]},
            )
        except jwt.ExpiredSignatureError:
            raise PeerFault(Close.TOKEN_EXPIRED, "This link has expired", field="token") from None
        except jwt.InvalidTokenError:
            raise PeerFault(Close.TOKEN_INVALID, "This link is not valid here", field="token") from None
        return Confirmation(contact=str(claims["sub"]), event=str(claims["event"]))

    def member_of(self, event: str, address: str) -> str:
        """The member that an address stands for, where nobody has joined under it: always the same one, and not to be
        found out from the address without the secret."""
        digest = hashlib.blake2b(f"{event}|{address}".encode(), key=self._secret.encode()[:64], digest_size=12)
        return f"m-{digest.hexdigest()}"

    def mark(self, what: str) -> str:
        """A short text that is another one where `what`, the day (UTC), the address in these links or the secret is:
        what was signed under the same mark is still good for weeks, confirmations for days."""
        day = int(self._clock()) // 86_400
        seen = f"{self._public_url}|{day}|{what}".encode()
        return hashlib.blake2b(seen, key=self._secret.encode()[:64], digest_size=12).hexdigest()

    def _page(self, path: str, signed: str | None, more: dict[str, str]) -> str:
        query = {**more, **({"t": signed} if signed else {})}
        return f"{self._public_url}{path}" + (f"?{urlencode(query)}" if query else "")
