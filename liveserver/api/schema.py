"""What goes in and out of the gateway's HTTP: one struct per body, each field bounded. They are shapes only; `openapi`
publishes them, the resources beside it fill and read them.
"""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

EventKey = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$", description="An event's id.")]
Line = Annotated[str, Meta(min_length=1, max_length=200)]
Plan = Annotated[str, Meta(min_length=1, max_length=32_768, description="The contingency plan, as TOML.")]


class PlanFault(Struct, frozen=True):
    """One thing that is wrong with a plan: on which line, in which field (`rung[2].words`), and what to do about it."""

    line: int
    field: str
    remedy: str


class PlanFaults(Struct, frozen=True):
    """What a guard makes of a plan: see `POST /failover/v1/plan/check`."""

    faults: list[PlanFault]


class Fault(Struct, frozen=True, omit_defaults=True):
    """Why a request was turned down. `code` is for machines, `reason` for people, `field` names what is to blame.
    `faults`: everything that is wrong with a plan, where it is the plan that is to blame and a guard looked at it."""

    code: str
    field: str | None
    reason: str
    faults: list[PlanFault] = []


class EventInfo(Struct, frozen=True, kw_only=True):
    """An event, as anyone may know it. `room` is where its audience is now; `state` is `unknown` while the log is
    away and nothing has been heard yet; `words` has the plan's words for each rung."""

    id: str
    title: str
    host: str
    starts_at: str | None
    state: Literal["scheduled", "open", "live", "break", "ended", "unknown"]
    room: str
    guests: bool
    notify: bool
    gateways: list[str]
    words: dict[str, str]


class NewEvent(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An event to be held. `starts_at` is ISO 8601 with an offset; without `plan` the usual one is written;
    with `open` its doors are open at once."""

    id: EventKey
    title: Line
    host: Line
    starts_at: Annotated[str, Meta(max_length=40)] | None = None
    plan: Plan | None = None
    guests: bool = True
    open: bool = False


class EventMade(Struct, frozen=True, kw_only=True):
    """The event stands: its pages, each with its personal link, and the tokens in them. `plan_checked` is false where
    no guard answered: then the plan's outline is right, and the rest of it has been seen by nobody."""

    event: EventInfo
    pages: dict[str, str]
    tokens: dict[str, str]
    plan_checked: bool


class NewContact(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where to write if the event moves. `token` is the person's own, if they have joined already."""

    address: Annotated[str, Meta(min_length=3, max_length=254)]
    name: Annotated[str, Meta(max_length=40)] = ""
    consent: bool
    token: Annotated[str, Meta(max_length=2048)] | None = None
    language: Annotated[str, Meta(pattern=r"^[a-z]{2}(-[A-Z]{2})?$")] = "en"


class Accepted(Struct, frozen=True):
    """Taken; whether the address was known is nobody's business."""

    status: Literal["accepted"] = "accepted"


class Publish(Struct, frozen=True, kw_only=True):
    """Where to publish: WHIP urls, to be tried in order, and the bearer token for them."""

    source: str
    room: str
    urls: list[str]
    token: str


class PlanInfo(Struct, frozen=True, kw_only=True):
    """An event's contingency plan: its text, and its rungs in order as the text has them."""

    toml: str
    rungs: list[dict[str, Any]]


class NodeInfo(Struct, frozen=True, kw_only=True):
    """One process of the deployment. `detail` says in words what is amiss."""

    role: Literal["gateway", "media", "failover"]
    url: str
    ready: bool
    detail: str


class RoomInfo(Struct, frozen=True, kw_only=True):
    """One room. `members` over all gateways; null while the log is away."""

    room: str
    event: str
    members: int | None
    rung: str | None
    source: str | None
    state: str


class OpsEvent(Struct, frozen=True, kw_only=True):
    """One event, for the operator's list."""

    id: str
    title: str
    host: str
    starts_at: str | None
    state: str
    room: str


class Ops(Struct, frozen=True, kw_only=True):
    """The deployment at a glance."""

    nodes: list[NodeInfo]
    events: list[OpsEvent]
    rooms: list[RoomInfo]


class NodeEvent(Struct, frozen=True, kw_only=True):
    """An event, as the guards need it."""

    id: str
    title: str
    host: str
    room: str
    backup_room: str | None
    plan: str
    base_url: str
    starts_at_ms: int | None


class NodeEvents(Struct, frozen=True):
    """All events that the deployment holds."""

    events: list[NodeEvent]


class NodeContact(Struct, frozen=True, kw_only=True):
    """One person to be told, with the personal links to put into the mail."""

    id: str
    address: str
    name: str
    confirmed: bool
    confirm_url: str
    backup_url: str
    language: str


class NodeContacts(Struct, frozen=True):
    """Everyone who left an address with an event."""

    contacts: list[NodeContact]


class Part(Struct, frozen=True):
    """One part of readiness: whether it is well, and in words why not."""

    ok: bool
    detail: str = ""


class Readiness(Struct, frozen=True):
    """Whether attendees may be sent here, and each part's own answer."""

    ready: bool
    parts: dict[str, Part]


class Alive(Struct, frozen=True):
    """The process lives."""

    status: Literal["alive"] = "alive"


class Incidents(Struct, frozen=True):
    """What the guards report: see `GET /failover/v1/incidents`. `faulty_plans`: the events whose plan no guard can
    read, each with its first fault."""

    incidents: list[dict[str, Any]]
    faulty_plans: dict[str, str] = {}


class Mail(Struct, frozen=True):
    """What the guards sent, or would have sent: see `GET /failover/v1/mail`."""

    mail: list[dict[str, Any]]


def to_json(value: object) -> bytes:
    """`value` as JSON."""
    return msgspec.json.encode(value)
