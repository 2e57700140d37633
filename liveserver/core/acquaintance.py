"""Whom a room knows: by what they said lately, and by what staff did about them.

It decides whom an entry sends away and who is forgotten first; it asks nobody how somebody stands by now. `room` feeds
it every entry that the log shows.
"""

from typing import TypeVar

from broadcast.core.entries import Chat, Entry, Moderated, Person, Question, Tip
from broadcast.core.position import MemberId
from liveserver.core import moderation
from liveserver.core.grants import may_moderate, role_in_id

PEOPLE_MAX = 5_000
_T = TypeVar("_T")


class Acquaintance:
    """At most `PEOPLE_MAX` of each kind, the newest."""

    def __init__(self) -> None:
        self._people: dict[MemberId, Person] = {}
        self._moderated: dict[MemberId, Moderated] = {}

    def meet(self, entry: Entry) -> None:
        """The next entry, or one of those that were found."""
        match entry.body:
            case Chat(author=author) | Tip(author=author) | Question(author=author):
                _put_last(self._people, author.id, author)
            case Moderated() as moderated:
                _put_last(self._moderated, moderated.member, moderated)
            case _:
                pass

    def person(self, member: MemberId) -> Person | None:
        """Whoever said something lately; roles and names come from tokens, never from what is written."""
        return self._people.get(member)

    def keeps_out(self, member: MemberId, now_ms: int) -> moderation.Removal | None:
        """What was said last against letting the member in, for when standings can't be asked for."""
        entry = self._moderated.get(member)
        return None if entry is None else moderation.still_removed(entry, now_ms)


def sent_away(moderated: Moderated) -> moderation.Removal | None:
    """What this deed does to the sockets of whom it is done to, if anything: none reaches one's betters."""
    return moderation.removal_by(moderated) if may_moderate(moderated.by.role, role_in_id(moderated.member)) else None


def _put_last(held: dict[MemberId, _T], member: MemberId, value: _T) -> None:
    held.pop(member, None)
    held[member] = value
    if len(held) > PEOPLE_MAX:
        del held[next(iter(held))]
