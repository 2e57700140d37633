"""One publishes, others watch: picture, sound, and how long both take from the host's clock to the viewer's eye."""

import time

import pytest

from tests.browser.chromium import Chromium
from tests.browser.deployment import Deployment
from tests.browser.people import SOUND_BEFORE_MS, SOUND_BEHIND_MS, Attendee, Studio, until
from tests.browser.plans import plan

pytestmark = pytest.mark.browser


def test_one_publishes_and_another_watches_and_listens(
    deployment: Deployment, host_browser: Chromium, audience: Chromium
) -> None:
    show = deployment.event(plan())
    host = Studio(host_browser, show)
    host.publish()
    host.sees("main")
    viewer = Attendee(audience, show, "Vera", gateway=1)
    viewer.join()
    viewer.sees("main")
    until(lambda: viewer.report()["beeps"], what="a beep")
    viewer.reset()
    assert -SOUND_BEFORE_MS <= viewer.sound_behind_picture_ms() <= SOUND_BEHIND_MS
    assert viewer.report()["delay_p50"] < 150
    assert viewer.report()["last"]["height"] == 720


def test_a_joiner_has_picture_and_sound_within_a_second(
    embedded: Deployment, host_browser: Chromium, audience: Chromium
) -> None:
    show = embedded.event(plan())
    Studio(host_browser, show).publish()
    first = Attendee(audience, show, "Uma")
    first.join()
    first.sees("main")
    second = Attendee(audience, show, "Vera")
    second.page.get_by_label("Your name").fill("Vera")
    pressed = time.time() * 1000
    second.page.get_by_role("button", name="Join").click()
    second.sees("main")
    report = second.report()
    assert report["cuts"][0]["now"] - pressed < 1000
    until(lambda: second.report()["level"] > 0.01, what="sound")
