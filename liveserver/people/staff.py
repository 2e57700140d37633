"""The links that an event's makers get: studio, standby's studio, desk, operator's page, attendee's page. It makes
them and keeps none; `api` answers with them when an event is made, `demo` prints them.
"""

from dataclasses import dataclass

from broadcast.core.entries import Role
from broadcast.token import ANY_EVENT
from liveserver.people.links import Links
from liveserver.store.event import EventRow


@dataclass(frozen=True, slots=True)
class StaffLinks:
    """`pages` by name (studio, standby, attendee, desk, operator), `tokens` by role, and `publishers` by source."""

    pages: dict[str, str]
    tokens: dict[str, str]
    publishers: dict[str, str]


def staff_of(links: Links, event: EventRow) -> StaffLinks:
    """The links of `event`. The same people each time: a ban or a name given once stays theirs."""

    def made(role: Role, name: str, where: str = event.id) -> str:
        return links.token(member=f"{role.value}-{event.id}", name=name, role=role, event=where)

    host = made(Role.HOST, event.host[:40])
    tokens = {
        "host": host,
        "moderator": made(Role.MODERATOR, "Moderator"),
        "operator": made(Role.OPERATOR, "Operator", ANY_EVENT),
        "attendee": made(Role.ATTENDEE, "Guest"),
    }
    publishers = {source: links.publisher(event.id, source) for source in ("main", "standby")}
    pages = {
        "studio": links.studio_page(event.id, host),
        "standby": links.studio_page(event.id, host, source="standby"),
        "attendee": links.attendee_page(event.id),
        "desk": links.desk_page(event.id, tokens["moderator"]),
        "operator": links.ops_page(tokens["operator"]),
    }
    return StaffLinks(pages, tokens, publishers)
