"""The people of a load run as locust users: Attendee, Moderator, Host.

Each does what such people do, at the pace the run asks for; none imports the server. Lives in locust's gevent
processes, put together by `locustfile`.
"""

import os
import signal
import sys
from pathlib import Path
from typing import Any

import gevent
from gevent import subprocess
from locust import User, constant, task

from loadtest.child import last_line
from loadtest.member import Heard
from loadtest.person import Person
from loadtest.run_state import RunState

_LINES = (
    "Can everyone hear me?",
    "That last slide again, please",
    "Greetings from the back row",
    "How do you keep the glaze so even?",
    "The sound is much better now",
)


class Attendee(Person):
    """Watches, chats, tips, asks."""

    weight = 100

    def on_start(self) -> None:
        self.media = self.state.choose_media()
        super().on_start()

    def wait_time(self) -> float:
        """Between two deeds: so that all attendees together say what the run asked for."""
        return min(120.0, self.dice.expovariate(self.state.deeds_per_s()))

    @task(40)
    def chat(self) -> None:
        self.say("chat.send", mark=True, text=self.dice.choice(_LINES))

    @task(2)
    def tip(self) -> None:
        self.say("tip.send", amount=self.dice.choice((100, 200, 500)), currency="EUR", text="Thank you!")

    @task(1)
    def ask(self) -> None:
        self.say("question.ask", text="Will there be a recording?")

    @task(4)
    def report_quality(self) -> None:
        watch = self.member.watch
        self.say(
            "qoe.report", stalls=0, longest_gap_ms=int(watch.longest_gap_s * 1000), buffer_ms=80, frames=watch.frames
        )


class Moderator(Person):
    """Deletes a message now and then; bans somebody, and takes it back."""

    fixed_count = 1
    wait_time = constant(4)

    def on_start(self) -> None:
        self.token = self.state.links.tokens.get("moderator")
        self.latest: Heard | None = None
        self.seen_in = ""
        super().on_start()

    def heard(self, fact: Heard) -> None:
        if fact.mark is not None:
            self.latest, self.seen_in = fact, self.member.reader.room

    @task(3)
    def delete(self) -> None:
        if self.token is not None and self.latest is not None:
            self.say("message.delete", offset=int(self.latest.body["offset"]), room=self.seen_in)

    @task(1)
    def ban(self) -> None:
        author = (self.latest.body.get("from") or {}) if self.latest is not None else {}
        if self.token is None or author.get("role") != "attendee":
            return
        self.say("member.ban", member=author["id"])
        gevent.sleep(2)
        self.say("member.unban", member=author["id"])


class Host(User):
    """Publishes over WHIP: `broadcast publish`, a process of its own for each source."""

    state: RunState
    fixed_count = 1
    wait_time = constant(1)

    def on_start(self) -> None:
        self.state = type(self).state
        self.publishers: dict[str, Any] = {}
        self.logs = {
            source: self.state.folder / f"publisher{number}.log" for number, source in enumerate(self.state.sources)
        }
        for source in self.state.sources:
            whip = self.state.links.whip.get(source)
            if whip is None:
                continue
            clip = [self.state.clip] if self.state.clip else ["--test-picture"]
            command = [str(Path(sys.executable).with_name("broadcast")), "publish", *clip, "--loop", "--url", whip.url]
            with self.logs[source].open("wb") as log:
                self.publishers[source] = subprocess.Popen(
                    command, env={**os.environ, "WHIP_TOKEN": whip.token}, stdout=subprocess.DEVNULL, stderr=log
                )
        self.state.tell_processes({source: process.pid for source, process in self.publishers.items()})

    @task
    def look_after(self) -> None:
        """Say when a publisher ended, and what it said last."""
        for source, process in list(self.publishers.items()):
            code = process.poll()
            if code is not None:
                del self.publishers[source]
                self.state.fire("host", f"publisher of {source} ended", None, f"code {code}")
                self.state.tell_ended(source, f"code {code}: {last_line(self.logs[source])}")

    def on_stop(self) -> None:
        for process in self.publishers.values():
            process.send_signal(signal.SIGCONT)
            process.kill()
            process.wait()
