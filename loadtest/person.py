"""Somebody with a socket in the room, as a locust user: comes back when it breaks, tells what was seen.

Behaves like the real page (docs/protocol.md, through `member`) and never imports the server. Lives in locust's gevent
processes; `audience` says what each kind of person does there.
"""

import time
from datetime import datetime
from typing import Any

import gevent
from locust import User

from loadtest.mark import Mark
from loadtest.member import Acked, Fact, Heard, Held, Member, Moved, Rejected, Welcomed
from loadtest.run_state import SAMPLE, RunState
from loadtest.socket import Lost, Socket

_GAP_MIN_S = 0.2
_TURNS = 32
_REMOVED_S = 5.0
_STAY_AWAY = 4300
_RETURN = "back where it was"
_NOT_RESUMED = "not resumed: what came in between could not be proven whole"


class Person(User):
    """Somebody with a socket in the room, who comes back when it breaks."""

    abstract = True
    state: RunState
    media = "none"
    token: str | None = None

    def on_start(self) -> None:
        # Whoever began in one run belongs to it, also when the next one has begun.
        self.state = type(self).state
        kind, number = type(self).__name__.lower()[:4], self.state.next_number(type(self).__name__)
        self.dice = self.state.dice(f"{kind}-{number}")
        self.label = self.first_label = f"{kind}{self.state.process}-{number}"
        self.lives = 1
        self.member = Member(
            self.label,
            self.state.links.room,
            self.state.links.sockets,
            self.state.ledger,
            self.dice,
            token=self.token,
            media=self.media,
        )
        self.socket: Socket | None = None
        self.said = 0
        self.leaving = False
        self.began = self.lost_at = time.monotonic()
        self.state.people.add(self)
        self.life = gevent.spawn(self._live)

    def on_stop(self) -> None:
        self.leaving = True
        self.state.people.discard(self)
        if not self.state.hushed:
            # Who goes home in the middle of the show is owed nothing of the rest.
            self.member.reader.left()
        if self.socket is not None:
            self.socket.close()
        self.life.kill(block=False)
        if self.member.in_room:
            self.state.present -= 1
            self.member.in_room = False

    def drop(self) -> None:
        """The connection breaks (a storm)."""
        if self.socket is not None:
            self.socket.drop()

    def say(self, kind: str, *, mark: bool = False, **fields: str | int) -> None:
        """Send a command, if there is a socket; it is remembered until answered in any case."""
        if not self.member.in_room or self.state.hushed:
            return
        stamp = None
        if mark:
            self.said += 1
            stamp = Mark(self.state.run, self.label, self.said, int(time.time() * 1e6))
            fields["text"] = f"{fields['text']} {stamp}"
        message = self.member.command(kind, time.monotonic(), mark=stamp, **fields)
        self.state.count("sent")
        self._send(message)

    def watch_no_more(self) -> None:
        """The show is over for this one: what is still to come are words. A picture that is due counts as late, also
        for who is away."""
        if self.media == "none" or self.member.stays_away is not None:
            return
        watch = self.member.watch
        if self.media == "video" and watch.first_at is None:
            self.state.count("without_picture")
        elif watch.last_at is not None:
            self._waited(time.monotonic() - watch.last_at)
        if self.member.in_room:
            self._send({"type": "media.select", "key": f"{self.label}-end", "media": "none"})

    def give_up_waiting(self) -> None:
        """The run is judged: what was not answered by now counts as that."""
        for message in self.member.unanswered_again():
            self.state.count("unanswered")
            self.state.fire("command", str(message["type"]), None, "unanswered at the end")

    def heard(self, fact: Heard) -> None:
        """Something was said; for those who react to it."""

    def _send(self, message: dict[str, Any]) -> None:
        if self.socket is None:
            return
        try:
            self.socket.send(message)
        except Lost:
            return

    def _live(self) -> None:
        while not self.leaving:
            after_s = self._visit()
            if after_s is None:
                return
            gevent.sleep(after_s)

    def _visit(self) -> float | None:
        """One connection, from opening to its end; seconds until the next, None to stay away."""
        code: int | None = None
        self.began = time.monotonic()
        try:
            self.socket = Socket(self.member.url)
            self.socket.send(self.member.hello(time.monotonic()))
            self._listen(self.socket)
        except Lost as end:
            code = end.code
            self._note_end(end)
        finally:
            if self.socket is not None:
                self.socket.drop()
            self.socket = None
        now = time.monotonic()
        if self.member.in_room:
            self.state.present -= 1
            self.lost_at = now
        back = self.member.lost(code, now)
        link = self.member.backup_url(now)
        if link is not None:
            self.member.follow(link)
            self.state.count("backups")
            return 0.1
        if back is None:
            return self._removed()
        return back.after_s

    def _removed(self) -> float | None:
        """The server said: stay away. A person would; a load client comes again as somebody else."""
        self.state.count("removed")
        if self.token is not None:
            return None
        gevent.sleep(_REMOVED_S)
        self.lives += 1
        self.label = f"{self.first_label}x{self.lives}"
        self.member.come_as_new(self.label)
        return 0.0

    def _listen(self, socket: Socket) -> None:
        turns = 0
        while True:
            came = socket.receive()
            now = time.monotonic()
            turns += 1
            if turns % _TURNS == 0:
                gevent.sleep(0)  # who always finds something to read would never let the others
            if came is None:
                if self.member.is_dead(now):
                    raise Lost(None, "nothing for three ticks")
                continue
            try:
                facts = self._media(came, now) if isinstance(came, bytes) else self.member.hear(came, now)
            except (LookupError, TypeError, ValueError, AttributeError) as fault:
                self.state.count("unreadable")
                raise Lost(None, f"unreadable: {fault!r}") from None
            for fact in facts:
                self._note(fact, now)

    def _media(self, data: bytes, now: float) -> list[Fact]:
        first = self.member.watch.first_at
        gap_s = self.member.media(data, now)
        self.state.frames += 1
        if first is None and self.member.watch.first_at is not None:
            self._measure("picture", now - self.began)
        elif gap_s is not None:
            self._waited(gap_s)
        return []

    def _waited(self, gap_s: float) -> None:
        """For a picture; every wait may be the longest, the long ones are told one by one."""
        if gap_s >= _GAP_MIN_S:
            self._measure("media_gap", gap_s)
        else:
            self.state.tally.peak("media_gap_ms", gap_s * 1000, self.state.now_s())

    def _note(self, fact: Fact, now: float) -> None:
        match fact:
            case Welcomed(resumed=resumed):
                self._welcomed(resumed, now)
            case Heard(live=True):
                self.state.count("received")
                self._heard_live(fact)
                self.heard(fact)
            case Acked(kind=kind, waited_s=waited_s):
                self.state.count("acked")
                self._measure("acked", waited_s, name=kind)
            case Rejected(kind=kind, code=code):
                self.state.count("rejected")
                self.state.count(f"rejected {code}")
                self.state.fire("command", kind, None, f"rejected: {code}")
            case Held(kind=kind):
                self.state.count("held")
                self.state.fire("held", kind, None, None)
            case Moved(room=room):
                self.state.count("moved")
                self.state.fire("room", f"moved to {room}", None, None)

    def _welcomed(self, resumed: bool | None, now: float) -> None:  # noqa: FBT001
        fault = _NOT_RESUMED if resumed is False else None
        if not self.was_present():
            self.state.present += 1
            self._measure("welcome", now - self.began)
            if resumed is not None:
                self._measure("away", now - self.lost_at, name=_RETURN, fault=fault)
        elif resumed is not None:
            self.state.fire("resume", _RETURN, None, fault)
        for message in self.member.unanswered_again():
            self._send(message)

    def was_present(self) -> bool:
        """Whether this welcome is a second one on the same socket (after a move)."""
        before, self._present_on = getattr(self, "_present_on", None), self.socket
        return before is self.socket

    def _heard_live(self, fact: Heard) -> None:
        if fact.mark is not None and fact.mark.run == self.state.run:
            late_ms = time.time() * 1000 - fact.mark.at_us / 1000
            self.state.tally.measure("latency", late_ms, self.state.now_s())
            if self.state.sampled():
                self.state.fire("chat", f"publish to receive, 1 of {SAMPLE}", late_ms, None)
        elif fact.kind in ("notice", "cut"):
            late_s = max(0.0, time.time() - _unix_s(fact.body.get("at")))
            self.state.count(f"{fact.kind}s")
            if fact.kind == "notice":
                self._measure("notice", late_s)

    def _measure(self, what: str, value_s: float, *, name: str = "", fault: str | None = None) -> None:
        self.state.tally.measure(what, value_s * 1000, self.state.now_s())
        self.state.fire(_KINDS[what], name or what.replace("_", " "), value_s * 1000, fault)

    def _note_end(self, end: Lost) -> None:
        if self.leaving:
            return
        self.state.count("ended")
        if end.code is not None and end.code >= _STAY_AWAY:
            self.state.fire("socket", "removed by a moderator", None, None)
            return
        self.state.fire("socket", "ended", None, f"{end.code or ''} {end.reason[:60]}".strip())


_KINDS = {
    "welcome": "join",
    "picture": "media",
    "media_gap": "media",
    "acked": "command",
    "notice": "notice",
    "away": "resume",
}


def _unix_s(at: object) -> float:
    try:
        return datetime.fromisoformat(str(at)).timestamp()
    except ValueError:
        return time.time()
