"""Takes the pictures in docs/screenshots: the four pages and the attendee's states, as they really come about.

Run it as `python -m tests.browser.screenshots` (`make screenshots`). It starts the demo and browsers of its own; the
states are reached by breaking things, not by drawing them.
"""

import os
import re
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

from tests.browser.chromium import Chromium
from tests.browser.deployment import Deployment, Show
from tests.browser.people import Attendee, Studio, until
from tests.browser.plans import plan
from tests.browser.script import Script

FOLDER = Path(__file__).parent.parent.parent / "docs" / "screenshots"
SIZES = {390: 844, 1440: 900}
SCHEMES = {"light": False, "dark": True}
# What can be read on a page of staff once it knows its room.
SIGNS = {"studio": "watching", "desk": "tipped", "operator": "The room was told"}


class Album:
    """Attendees at every width, light and dark, and where their pictures go."""

    def __init__(self, browser: Chromium, show: Show, name: str) -> None:
        self.views = {
            f"{width}-{scheme}": Attendee(browser, show, name, width=width, height=height, dark=dark)
            for width, height in SIZES.items()
            for scheme, dark in SCHEMES.items()
        }

    def join(self) -> None:
        """All of them go in."""
        for view in self.views.values():
            view.join()

    def shoot(self, state: str, sign: str | re.Pattern[str] | None = None) -> None:
        """A picture of each as soon as `sign` can be read there: it may not stay, nor come everywhere at once."""
        waiting = dict(self.views)
        end = time.monotonic() + 90
        while waiting:
            for variant, view in list(waiting.items()):
                if sign is None or view.page.get_by_text(sign).first.is_visible():
                    save(view.page, f"attendee-{state}-{variant}")
                    del waiting[variant]
            if time.monotonic() > end:
                sys.exit(f"{sign} could not be read at {', '.join(waiting)}")


def save(page: Page, name: str) -> None:
    """One picture, with the fonts there and nothing half-way."""
    page.evaluate("document.fonts.ready")
    page.screenshot(path=FOLDER / f"{name}.jpg", type="jpeg", quality=82)
    print(name)


def shoot_staff(browser: Chromium, show: Show, state: str, names: tuple[str, ...]) -> None:
    """The pages of staff, opened anew."""
    for name in names:
        for width, height in SIZES.items():
            for scheme, dark in SCHEMES.items():
                page = browser.page(show.page(name), width=width, height=height, dark=dark)
                expect(page.get_by_text(SIGNS[name]).first).to_be_visible()
                if name == "studio":
                    expect(page.get_by_role("button", name="Go live")).to_be_enabled()
                    until(partial(page.evaluate, "document.querySelector('video').videoWidth"), what="a preview")
                save(page, f"{name}-{state}-{width}-{scheme}")
                page.context.close()


@contextmanager
def frozen(pid: int) -> Iterator[None]:
    """The process stands still meanwhile."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def talk(show: Show, host: Script) -> None:
    """Some life in the room."""
    with Script(show, name="Ines") as ines, Script(show, name="Jonas") as jonas:
        ines.do("chat.send", text="Good evening from Lisbon")
        jonas.do("chat.send", text="Which paper do you use for the first wash?")
        host.do("chat.send", text="Hot pressed, 300 g. I'll show it in a moment.")
        jonas.do("tip.send", amount=500, currency="EUR", text="For the next pot of ink")
        asked = ines.do("question.ask", text="Does it work with walnut ink, too?")
        jonas.do("question.ask", text="Will there be a recording?")
        host.hear("question", text="Does it work with walnut ink, too?") if "offset" not in asked else None
        answered = next(q for q in snapshot(show, host)["questions"] if "walnut" in q["text"])
        host.do("question.answer", question=answered["id"], text="Yes, thinned one to three.")


def snapshot(show: Show, host: Script) -> dict[str, list[dict[str, str]]]:
    """The room as a newcomer is told of it."""
    with Script(show, token=host.welcome["you"]["token"]) as newcomer:
        return dict(newcomer.welcome["room"])


def tour(deployment: Deployment, show: Show, make: list[Chromium]) -> None:
    """Through every state, in the order in which a bad night brings them."""
    audience, crew, second = make
    album = Album(audience, show, "Vera")
    album.shoot("before", "Ink and Water")
    album.join()
    with Script(show, token=show.tokens["host"]) as host:
        talk(show, host)
        album.shoot("waiting", "The host is getting ready")
        shoot_staff(crew, show, "green-room", ("studio",))
        main = Studio(crew, show)
        main.publish()
        for view in album.views.values():
            view.sees("main", 40)
        album.shoot("live")
        standby = Studio(second, show, "standby")
        standby.publish()
        standby.reads("You are the backup", 30)
        for studio in (main, standby):
            studio.reads("Arriving well", 60)
        save(main.page, "studio-live-1280-light")
        save(standby.page, "studio-standby-1280-light")
        shoot_staff(second, show, "live", ("desk",))
        # A small machine that opens pages may have cut away for a moment: what is shown is the cut that comes now.
        for view in album.views.values():
            view.sees("main", 60)
        main.page.context.close()
        for view in album.views.values():
            view.sees("standby", 20)
        album.shoot("standby", "You're on the second camera")
        shoot_staff(second, show, "incident", ("operator",))
        host.do("contingency.pin", rung="audio")
        album.shoot("audio", "You're on sound only")
        host.do("contingency.pin", rung="slate")
        album.shoot("slate", "Yes, thinned one to three.")
        host.do("contingency.release")
        for view in album.views.values():
            view.sees("standby", 30)
        host.do("event.pause", text="Back at 20:15 with part two")
        album.shoot("break", "Back at 20:15 with part two")
        host.do("event.start")
        for view in album.views.values():
            view.sees("standby", 30)
        host.do("contingency.force", rung="backup_room")
        album.shoot("moving", re.compile(r"moving to the backup room in \d+ s"))
        album.shoot("moved", "You're in the backup room")
    with Script(show, token=show.tokens["host"]) as host:
        for view in album.views.values():
            view.says("Buy my coins")
        rude = [host.hear("chat", text="Buy my coins")["from"]["id"] for _ in album.views]
        for member in rude:
            host.do("member.ban", member=member)
        album.shoot("removed", "You are banned from this event")
    late = Album(audience, show, "Wim")
    late.join()
    for view in late.views.values():
        view.sees("standby", 40)
    with frozen(deployment.pid):
        late.shoot("reconnecting", re.compile("trying again|went away"))
    with Script(show, token=show.tokens["host"]) as host:
        host.do("event.end", text="Thank you. The recording follows by mail.")
        late.shoot("ended", "This event has ended")


def main() -> int:
    """Take them all anew."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    deployment = Deployment("embedded")
    try:
        with sync_playwright() as driver:
            made = [Chromium(driver) for _ in range(3)]
            try:
                tour(deployment, deployment.event(plan(slate_s=120, spread_ms=60_000)), made)
            finally:
                for browser in made:
                    browser.close()
    finally:
        deployment.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
