"""Reads from a contingency plan what a gateway shows of it: the rungs, their words, the backup room. It judges no plan
(the guards do, at length) and carries out none. `api` and `people` ask it; `usual` writes the one that an event gets
when nobody wrote another.
"""

import re
import tomllib
from dataclasses import dataclass
from string import Template
from typing import Any

from broadcast.core.codes import Reject
from broadcast.core.entries import RungKind
from broadcast.core.errors import PeerFault
from broadcast.core.position import event_of, is_room_id

RUNGS_MAX = 12
_LINK = re.compile(r"https?://[^/\s\"<>]+[^\s\"<>]{0,500}")


@dataclass(frozen=True, slots=True)
class PlanText:
    """A plan's outline. `rungs` as the text has them, in order; `words` by rung; `backup_room` None: none is kept;
    `link` None: there is no place outside this deployment."""

    rungs: tuple[dict[str, Any], ...]
    words: dict[str, str]
    backup_room: str | None
    link: str | None


def outline(event: str, toml: str) -> PlanText:
    """The outline of `event`'s plan. PeerFault(bad_field) says where the text is none."""
    try:
        plan = tomllib.loads(toml)
    except (ValueError, RecursionError) as fault:
        # More than a decode error: numbers too long to be read are a plain ValueError, and tables nest without a bound.
        raise PeerFault(Reject.BAD_FIELD, f"The plan is not TOML: {fault}"[:200], field="plan") from None
    rungs = plan.get("rung")
    if plan.get("version") != 1:
        raise PeerFault(Reject.BAD_FIELD, "The plan begins with: version = 1", field="plan")
    if not isinstance(rungs, list) or not 1 <= len(rungs) <= RUNGS_MAX:
        raise PeerFault(Reject.BAD_FIELD, f"A plan has 1 to {RUNGS_MAX} [[rung]] tables", field="plan")
    for number, rung in enumerate(rungs, 1):
        if not isinstance(rung, dict) or rung.get("kind") not in tuple(RungKind):
            kinds = ", ".join(RungKind)
            raise PeerFault(Reject.BAD_FIELD, f"Rung {number} needs a kind, one of {kinds}", field="plan")
    backup = next((rung for rung in rungs if rung["kind"] == RungKind.BACKUP_ROOM), None)
    room = backup.get("room") if backup else None
    if room is not None and not (isinstance(room, str) and is_room_id(room) and _belongs(room, event)):
        raise PeerFault(Reject.BAD_FIELD, f"The backup room is called like {event}.backup", field="plan")
    link = backup.get("link") if backup else None
    if link and not (isinstance(link, str) and _LINK.fullmatch(link)):
        raise PeerFault(Reject.BAD_FIELD, "A backup's link is a whole one, like https://example.org/live", field="plan")
    return PlanText(
        rungs=tuple(rungs),
        words={str(rung["kind"]): str(rung.get("words", ""))[:500] for rung in rungs},
        backup_room=room,
        link=link or None,
    )


def rooms(event: str, toml: str) -> tuple[str, ...]:
    """The rooms that `event` has: its own, and the backup room of its plan. PeerFault(bad_field) as `outline`."""
    backup = outline(event, toml).backup_room
    return (event, backup) if backup else (event,)


def _belongs(room: str, event: str) -> bool:
    # The type is a name for a string that was checked just before.
    return "." in room and event_of(room) == event  # type: ignore[arg-type]


def usual(event: str, *, lead: str, deputy: str) -> str:
    """The plan of an event for which nobody wrote one; also the sample's, so that one can play with it. The guards
    take an owner's name of 100 characters: a longer one is cut."""
    return _USUAL.substitute(event=event, lead=_quoted(lead[:100]), deputy=_quoted(deputy[:100]))


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(letter for letter in escaped if letter.isprintable()) + '"'


_USUAL = Template("""\
version = 1

[show]
goes_live = "first_publisher"
late_after_s = 600

[owners]
lead = $lead
deputy = $deputy

[standing_orders]
silent_after_ms = 150
silent_intervals = 4

[thresholds]
fail_after_ms = 400
clear_after_ms = 1000
picture_wait_ms = 1500

[recovery]
clean_spell_s = 3
relapse_factor = 2.0
clean_spell_max_s = 60
moves_max = 30
moves_window_s = 600

[[rung]]
kind = "main"

[[rung]]
kind = "standby"
words = "The host's camera has dropped out. You're on the second camera."

[[rung]]
kind = "audio"
words = "There is no picture just now. You still hear the host; the picture comes back by itself."

[[rung]]
kind = "slate"
words = "Picture and sound are gone for the moment. Stay here and ask away: the host answers in writing."
leads_on_after_s = 60

[[rung]]
kind = "backup_room"
room = "$event.backup"
words = "We're moving to the backup room. Your name and your place come along; you need do nothing."
spread_ms = 2000
link = ""
""")
