"""The sample event: its record, the links to play with it, and what to tell whoever started it. It starts nothing;
`demo` and `cluster` do.
"""

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

from broadcast.log.redis import RedisLog
from liveserver import plan
from liveserver.api.events import spread
from liveserver.doors import open_doors
from liveserver.people.links import Links
from liveserver.people.staff import staff_of
from liveserver.settings import GatewaySettings
from liveserver.store.database import Database
from liveserver.store.event import EventRow, EventStore

EVENT: Final = "demo"
TITLE: Final = "A live workshop, with a way out of everything"
HOST: Final = "Ada Example"
DEPUTY: Final = "Ben Example"

_NAMED: Final = (
    ("studio", "Studio, the host's"),
    ("standby", "Second studio, the standby"),
    ("attendee", "Attendee"),
    ("desk", "Moderator's desk"),
    ("operator", "Operator"),
)
_TRY: Final = """\
Try it. Open the studio, choose the test picture (or your camera) and go live. Open the attendee's link in another
window, give a name: picture, sound, chat, a tip. Then open the second studio and go live there, too: it is the backup.
"""
_BREAK: Final = """\
Break it. Close the studio's tab, or kill its browser: the audience is on the second camera at once. Close both: a slate
with questions and answers, and after a minute everybody is moved to the backup room. Open a studio again to come back.
"""


def sample_event() -> EventRow:
    """The sample event, as made now. It starts now, too: whoever opens it can go live."""
    now_ms = int(time.time() * 1000)
    toml = plan.usual(EVENT, lead=HOST, deputy=DEPUTY)
    return EventRow(EVENT, TITLE, HOST, now_ms, guests=True, plan=toml, created_at_ms=now_ms)


async def plant(settings: GatewaySettings) -> EventRow:
    """Begin the sample event anew in the records and on the log of `settings`. Raises Outage."""
    event = sample_event()
    database = Database(settings.database_url)
    log = RedisLog.connect(settings.redis_url or "redis://")
    try:
        await database.open()
        await EventStore(database).replace(event)
        await open_doors(log, event.id, event.created_at_ms)
    finally:
        await database.close()
        await log.close()
    return event


def links_file(links: Links, event: EventRow, settings: GatewaySettings) -> dict[str, Any]:
    """What scripts need, in the shape that docs/protocol.md gives."""
    staff = staff_of(links, event)
    nodes = {source: spread(settings.media_nodes, event.id, source)[0] for source in staff.publishers}
    return {
        "base": settings.public_url,
        "room": event.id,
        "events": [event.id],
        "pages": staff.pages,
        "tokens": staff.tokens,
        "whip": {
            source: {"url": f"{nodes[source]}/whip/{event.id}/{source}", "token": token}
            for source, token in staff.publishers.items()
        },
    }


def words(shown: Mapping[str, Any], more: Sequence[tuple[str, str]] = ()) -> str:
    """What is printed once everything is ready."""
    rows = [(title, shown["pages"][name]) for name, title in _NAMED] + list(more)
    width = max(len(title) for title, _ in rows)
    lines = "\n".join(f"  {title:<{width}}  {url}" for title, url in rows)
    return f"\n{TITLE}\n\n{lines}\n\n{_TRY}\n{_BREAK}\nCtrl-C ends it.\n"


def as_json(shown: Mapping[str, Any]) -> str:
    """The links file's text."""
    return json.dumps(shown, indent=2) + "\n"
