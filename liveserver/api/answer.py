"""Turns what the resources return or raise into HTTP: JSON answers, and for every fault a status and
`{"code","field","reason"}`. It decides no request and logs no secret; `edge` and the resources use it.
"""

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import msgspec
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from broadcast.core.codes import Close, Reject
from broadcast.core.errors import Outage, PeerFault
from liveserver.api.schema import Fault, to_json

BODY_MAX_BYTES: Final = 64 * 1024
_JSON: Final = "application/json"
_STATUS: Final[dict[Reject | Close, int]] = {
    Reject.MALFORMED: 400,
    Reject.BAD_FIELD: 400,
    Reject.FORBIDDEN: 403,
    Reject.NOT_FOUND: 404,
    Reject.WRONG_STATE: 409,
    Reject.RATE_LIMITED: 429,
    Reject.UNAVAILABLE: 503,
    Close.TOKEN_INVALID: 401,
    Close.TOKEN_EXPIRED: 401,
    Close.FORBIDDEN: 403,
    Close.UNKNOWN_ROOM: 404,
    Close.TOO_LARGE: 413,
}
_T = TypeVar("_T")
Handler = Callable[[Request], Awaitable[Response]]


def answer(value: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """`value` as a JSON answer. It is never kept by a cache: it is somebody's, or it changes."""
    return Response(to_json(value), status, {"cache-control": "no-store", **(headers or {})}, _JSON)


def refusal(status: int, code: str, reason: str, field: str | None = None) -> Response:
    """A fault as a JSON answer."""
    headers = {"www-authenticate": "Bearer"} if status == 401 else None
    return answer(Fault(code, field, reason), status, headers)


def refusal_of(fault: PeerFault | Outage) -> Response:
    """The answer to what a resource raised."""
    if isinstance(fault, Outage):
        reason = f"We can't reach what this needs ({fault.what}) just now; try again in a moment"
        response = refusal(503, str(Reject.UNAVAILABLE), reason)
        response.headers["retry-after"] = "2"
        return response
    code = fault.code.name.lower() if isinstance(fault.code, Close) else str(fault.code)
    return refusal(_STATUS.get(fault.code, 400), code, fault.reason, fault.field)


def guarded(handler: Handler) -> Handler:
    """`handler`, with what it raises turned into an answer."""

    async def answered(request: Request) -> Response:
        try:
            return await handler(request)
        except (PeerFault, Outage) as fault:
            return refusal_of(fault)
        except ClientDisconnect:
            return Response(status_code=400)

    return answered


async def body(request: Request, kind: type[_T]) -> _T:
    """The request's JSON as `kind`. PeerFault(too_large | malformed | bad_field) otherwise."""
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > BODY_MAX_BYTES:
            raise PeerFault(Close.TOO_LARGE, f"At most {BODY_MAX_BYTES // 1024} KiB are taken", field="body")
    try:
        return msgspec.json.decode(bytes(data), type=kind)
    except msgspec.ValidationError as fault:
        what, _, where = str(fault).partition(" - at ")
        raise PeerFault(Reject.BAD_FIELD, what, field=_field(what, where)) from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise PeerFault(Reject.MALFORMED, "The body is not JSON", field="body") from None


def _field(what: str, where: str) -> str:
    if "field `" in what:
        return what.partition("field `")[2].partition("`")[0]
    return where.strip("`").removeprefix("$").lstrip(".") or "body"
