"""Who takes part, as the browser suite drives them: through the pages, by what a person sees and presses."""

import json
import re
import statistics
import time
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.chromium import Chromium
from tests.browser.deployment import Show

PICTURE_S = 20
BEEPS = 5
# EBU R37: sound at most so long before, and so long behind its picture.
SOUND_BEFORE_MS = 40
SOUND_BEHIND_MS = 60


def until(condition: Callable[[], Any], within_s: float = 15.0, what: str = "") -> Any:
    """The first truthy outcome of `condition`; AssertionError naming `what` after `within_s`."""
    end = time.monotonic() + within_s
    while True:
        outcome = condition()
        if outcome:
            return outcome
        if time.monotonic() > end:
            raise AssertionError(f"not within {within_s} s: {what or condition}")
        time.sleep(0.05)


class Person:
    """Somebody with a page open."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._debugger = page.context.new_cdp_session(page)

    def report(self) -> dict[str, Any]:
        """What the probe saw painted and heard since `reset` (probe.js).

        Asked past `page.evaluate`, which counts as a person's gesture and would let the sound play.
        """
        asked = {"expression": "JSON.stringify(window.__probe.report())", "returnByValue": True, "userGesture": False}
        return dict(json.loads(self._debugger.send("Runtime.evaluate", asked)["result"]["value"]))

    def reset(self) -> None:
        """Forget what was painted so far, but for the last picture: a gap that is open goes on."""
        self.page.evaluate("window.__probe.reset()")

    def sees(self, source: str, within_s: float = PICTURE_S) -> dict[str, Any]:
        """Wait until what is painted comes from `source`, and is fresh."""

        def fresh() -> dict[str, Any] | None:
            report = self.report()
            newest = report["source"] == source and report["since"] is not None and report["since"] < 500
            return report if newest else None

        return dict(until(fresh, within_s, f"picture of {source}: {self.brief()}"))

    def settles(self, for_ms: float = 2000, within_s: float = 30) -> None:
        """Wait for the steady state that a blow is measured against: pictures without a hitch for so long."""
        until(lambda: self.report()["calm"] >= for_ms, within_s, "pictures without a hitch")

    def sound_behind_picture_ms(self, within_s: float = 20) -> float:
        """How long after its picture a sound is heard; negative: before. A test picture beeps at each full second.

        Sound is taken where the worklet gives it out plus the output's latency, the picture where it is painted.
        """

        behind = until(self._behind, within_s, f"{BEEPS} beeps beside pictures")
        return float(statistics.median(behind))

    def _behind(self) -> list[float] | None:
        behind: list[float] = self.report()["behind"]
        return behind if len(behind) >= BEEPS else None

    def brief(self) -> dict[str, Any]:
        """The report without its long lists, for messages."""
        report = self.report()
        return {name: report[name] for name in ("count", "source", "since", "gap", "delay_p50", "cuts", "unread")}

    def reads(self, text: str | re.Pattern[str], within_s: float = 15.0) -> None:
        """Wait until `text` is visible somewhere on the page."""
        expect(self.page.get_by_text(text).first).to_be_visible(timeout=within_s * 1000)


class Studio(Person):
    """A host at the studio, or the second person at the standby's."""

    def __init__(self, chromium: Chromium, show: Show, source: str = "main", *, gateway: int = 0) -> None:
        # A small window: what a studio paints of itself is not what is tried here, and two cores carry all browsers.
        page = chromium.page(show.page("studio" if source == "main" else "standby", gateway), width=900, height=700)
        super().__init__(page)
        self.source = source

    def publish(self, what: str = "Test picture") -> None:
        """Choose what to send, and press the big button."""
        self.page.get_by_role("radio", name=what).check()
        self.page.get_by_role("button", name="Go live" if self.source == "main" else "Stand by as backup").click()

    def changes_to(self, what: str) -> None:
        """Choose something else to send, while sending."""
        choice = self.page.get_by_role("radio", name=what)
        if not choice.is_visible():
            self.page.get_by_text("Change camera or sound").click()
        choice.check()

    def waits_ready(self, rung: str, within_s: float = 30) -> None:
        """Wait until the ladder calls that rung ready."""
        row = self.page.get_by_role("listitem").filter(has_text=rung).filter(has_text="Ready")
        expect(row.first).to_be_visible(timeout=within_s * 1000)

    def confirm(self, button: str, confirm: str) -> None:
        """Press a button that asks once, and say yes."""
        self.page.get_by_role("button", name=button).click()
        self.page.get_by_role("dialog").get_by_role("button", name=confirm).click()

    def wheel(self, rung: str, button: str, confirm: str) -> None:
        """Take the wheel: choose a rung, press `button`, say yes."""
        self.page.get_by_label("Rung").select_option(rung)
        self.confirm(button, confirm)


class Attendee(Person):
    """Somebody who opens the event's link and gives a name."""

    def __init__(self, chromium: Chromium, show: Show, name: str, *, gateway: int = 0, **page: Any) -> None:
        super().__init__(chromium.page(show.page("attendee", gateway), **{"width": 900, "height": 640, **page}))
        self.name = name

    def join(self) -> None:
        """Give the name, and go in."""
        self.page.get_by_label("Your name").fill(self.name)
        self.page.get_by_role("button", name=re.compile("^Join")).click()
        expect(self.page.get_by_role("textbox", name="Message")).to_be_visible()

    def says(self, text: str) -> None:
        """Write into the chat."""
        box = self.page.get_by_role("textbox", name="Message")
        box.fill(text)
        box.press("Enter")


class Desk(Person):
    """A moderator."""

    def __init__(self, chromium: Chromium, show: Show, *, gateway: int = 0) -> None:
        super().__init__(chromium.page(show.page("desk", gateway)))

    def row(self, text: str) -> Any:
        """The queue's row with that text."""
        return self.page.get_by_role("listitem").filter(has_text=text).first
