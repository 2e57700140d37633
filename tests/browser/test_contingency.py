"""Sources die, the audience is carried down the ladder and up again. The tests never call the controller."""

import re
import time

import pytest
from playwright.sync_api import expect

from tests.browser.chromium import Chromium
from tests.browser.deployment import Deployment, Show
from tests.browser.people import SOUND_BEFORE_MS, SOUND_BEHIND_MS, Attendee, Studio, until
from tests.browser.plans import plan

pytestmark = pytest.mark.browser

GAP_MS = 400


class Cast:
    """A main studio in a browser of its own, a standby studio, and a viewer on another gateway where there is one."""

    def __init__(self, show: Show, main: Chromium, audience: Chromium, *, standby: bool = True) -> None:
        self.show = show
        self.main_browser = main
        self.main = Studio(self.main_browser, show)
        self.main.publish()
        self.viewer = Attendee(audience, show, "Vera", gateway=1)
        self.viewer.join()
        self.viewer.sees("main")
        if standby:
            self.standby = Studio(audience, show, "standby")
            self.standby.publish()
            self.standby.reads(re.compile("You are the backup"))
            self.main.waits_ready("Second camera")
            self.viewer.settles()
            # A small machine may have cut away meanwhile: every blow falls on the camera that is on air.
            self.viewer.sees("main", 20)
        self.viewer.page.evaluate(
            "() => { const Real = WebSocket; window.__sockets = 0;"
            " window.WebSocket = class extends Real { constructor(...a) { super(...a); window.__sockets += 1; } }; }"
        )

    def sockets(self) -> int:
        """How many sockets the viewer's page has opened since the cast stood."""
        return int(self.viewer.page.evaluate("window.__sockets"))


@pytest.mark.parametrize("blow", ["kill", "freeze", "close_tab"])
def test_when_the_camera_goes_the_audience_is_on_the_standby_on_the_same_socket(
    deployment: Deployment, host_browser: Chromium, audience: Chromium, blow: str
) -> None:
    cast = Cast(deployment.event(plan()), host_browser, audience)
    cast.viewer.reset()
    if blow == "close_tab":
        cast.main.page.close(run_before_unload=False)
    else:
        getattr(cast.main_browser, blow)()
    report = cast.viewer.sees("standby", 5)
    assert report["gap"] < GAP_MS
    cast.viewer.reads("The host's camera has dropped out. You're on the second camera.", 5)
    assert cast.sockets() == 0
    if blow == "freeze":
        cast.main_browser.thaw()
    if blow == "kill":
        cast.viewer.reset()
        assert -SOUND_BEFORE_MS <= cast.viewer.sound_behind_picture_ms() <= SOUND_BEHIND_MS


def test_who_comes_back_is_on_air_again_after_a_clean_spell(
    embedded: Deployment, host_browser: Chromium, audience: Chromium
) -> None:
    cast = Cast(embedded.event(plan(clean_spell_s=6)), host_browser, audience)
    cast.main_browser.freeze()
    cast.viewer.sees("standby", 5)
    cast.viewer.reads("The host's camera has dropped out. You're on the second camera.", 5)
    thawed = time.monotonic()
    cast.main_browser.thaw()
    # A browser that has stood still takes both processors to catch up: the way back is measured once it has.
    cast.viewer.settles()
    cast.viewer.reset()
    cast.viewer.sees("standby", 1)
    cast.viewer.sees("main", 20)
    assert time.monotonic() - thawed >= 6
    assert cast.viewer.report()["gap"] < GAP_MS


def test_a_source_that_comes_and_goes_does_not_make_the_picture_flap(
    embedded: Deployment, host_browser: Chromium, audience: Chromium
) -> None:
    cast = Cast(embedded.event(plan()), host_browser, audience)
    cast.viewer.reset()
    for blow in range(40):
        getattr(cast.main_browser, "freeze" if blow % 2 == 0 else "thaw")()
        time.sleep(0.5)
    cast.viewer.sees("standby")
    assert len(cast.viewer.report()["cuts"]) - 1 <= 3


def test_with_no_picture_left_the_audience_hears_and_is_told_so(embedded: Deployment, audience: Chromium) -> None:
    show = embedded.event(plan())
    host = Studio(audience, show)
    host.publish("Sound only")
    viewer = Attendee(audience, show, "Vera")
    viewer.join()
    viewer.reads("Sound only")
    until(lambda: viewer.report()["level"] > 0.01, what="sound")


def test_a_host_who_puts_the_camera_away_for_a_while_is_heard_throughout(
    embedded: Deployment, audience: Chromium
) -> None:
    show = embedded.event(plan())
    host = Studio(audience, show)
    host.publish()
    viewer = Attendee(audience, show, "Vera")
    viewer.join()
    viewer.sees("main")
    # What the studio does is said of a show that has got going: it knows that its sound would do.
    for rung in ("Main camera", "Sound only"):
        ready = host.page.locator(".rung", has_text=rung).get_by_text("Ready")
        expect(ready).to_be_visible(timeout=15_000)
    host.changes_to("Sound only")
    viewer.reads("You're on sound only: no camera is reaching us.")
    until(lambda: viewer.report()["level"] > 0.01, what="sound")
    host.changes_to("Test picture")
    viewer.sees("main")
    until(lambda: "Back on the main camera." in show.steps(), what="the end of the incident")
    assert "Ada Example took the show to audio." in show.steps()
    assert "dropped out" not in show.steps()
    assert "The slate is up" not in show.steps()


def test_with_nothing_left_there_is_a_slate_with_questions_and_then_the_backup_room(
    deployment: Deployment, host_browser: Chromium, audience: Chromium
) -> None:
    cast = Cast(deployment.event(plan(slate_s=8)), host_browser, audience, standby=False)
    rude = Attendee(audience, cast.show, "Rude")
    rude.join()
    rude.says("spam spam")
    cast.viewer.says("before the move")
    cast.viewer.reads("spam spam")
    desk_page = audience.page(cast.show.page("desk"))
    row = desk_page.get_by_role("listitem").filter(has_text="spam spam").first
    row.click()
    desk_page.keyboard.press("b")
    rude.reads("You are banned from this event")
    cast.main_browser.kill()
    cast.viewer.reads("Picture and sound are away. Ask here; the host answers in writing.", 5)
    ask = cast.viewer.page.get_by_role("textbox", name="Your question to the host")
    ask.fill("When do we go on?")
    ask.press("Enter")
    cast.viewer.reads("When do we go on?")
    cast.viewer.reads(re.compile("You're in the backup room"), 20)
    assert cast.sockets() == 0
    cast.viewer.reads("before the move")
    cast.viewer.says("here we are")
    cast.viewer.reads("here we are")
    rude.page.reload()
    rude.page.get_by_role("button", name=re.compile("^Join")).click()
    rude.reads("You are banned from this event")
    host = Studio(audience, cast.show)
    host.publish()
    cast.viewer.sees("main")


def test_a_break_and_an_end_are_no_incident(embedded: Deployment, host_browser: Chromium, audience: Chromium) -> None:
    cast = Cast(embedded.event(plan()), host_browser, audience, standby=False)
    cast.main.confirm("Break…", "Take a break")
    cast.viewer.reads("A short break")
    cast.main.page.get_by_role("button", name="Back on air").click()
    cast.viewer.sees("main")
    cast.main.confirm("End…", "End the event")
    cast.viewer.reads("This event has ended")
    expect(cast.viewer.page.get_by_text("dropped out")).to_have_count(0)


def test_a_host_breaks_and_ends_the_show_from_a_page_that_sends_nothing(
    embedded: Deployment, host_browser: Chromium, audience: Chromium
) -> None:
    cast = Cast(embedded.event(plan()), host_browser, audience, standby=False)
    other = Studio(audience, cast.show)
    other.confirm("Break…", "Take a break")
    cast.viewer.reads("A short break")
    other.reads("It is a break: your audience sees and hears you once you are back on air.")
    other.page.get_by_role("button", name="Back on air").click()
    cast.viewer.sees("main")
    other.publish()
    other.reads(re.compile("Somebody else is sending as the main camera"))
    other.page.set_viewport_size({"width": 1280, "height": 700})
    assert other.page.locator(".headline").evaluate("one => one.scrollHeight <= one.clientHeight"), "cut off"
    other.page.reload()
    expect(other.page.get_by_role("radio", name="Test picture")).to_be_checked()
    other.confirm("End…", "End the event")
    cast.viewer.reads("This event has ended")


def test_a_wheel_that_is_turned_in_vain_says_why(embedded: Deployment, audience: Chromium) -> None:
    show = embedded.event(plan())
    host = Studio(audience, show)
    host.publish()
    host.reads("Your audience sees and hears you.")
    host.wheel("standby", "Go there now", "Go there now")
    answer = host.page.get_by_role("status").filter(has_text="asked for standby: nobody has published it yet.")
    expect(answer).to_be_visible()
    expect(answer).to_have_count(0, timeout=15_000)


def test_the_host_takes_the_wheel(embedded: Deployment, host_browser: Chromium, audience: Chromium) -> None:
    cast = Cast(embedded.event(plan()), host_browser, audience)
    cast.main.wheel("standby", "Stay there", "Stay there")
    cast.viewer.sees("standby", 5)
    cast.main.reads(re.compile("Pinned to the second camera"))
    cast.main.confirm("Let the plan decide", "Let the plan decide")
    cast.viewer.sees("main")
    cast.main.confirm("No moves for 60 s", "No moves for 60 s")
    cast.main.reads(re.compile("No moves for"))
    cast.main.confirm("Let the plan decide", "Let the plan decide")
    cast.main.wheel("slate", "Go there now", "Go there now")
    cast.viewer.reads("Picture and sound are away. Ask here; the host answers in writing.", 5)
    cast.viewer.sees("standby")
    cast.viewer.sees("main")
