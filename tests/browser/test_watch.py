"""One publishes, others watch: picture, sound, and how long both take from the host's clock to the viewer's eye."""

import math
import statistics
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.chromium import Chromium
from tests.browser.deployment import Deployment
from tests.browser.people import Attendee, Person, Studio, until
from tests.browser.plans import plan

pytestmark = pytest.mark.browser


def sound_against_picture_ms(person: Person, within_s: float = 20) -> float:
    """How long after its picture a sound is heard; negative: before. The host beeps at each full second.

    Sound is taken where the worklet gives it out plus the output's latency, the picture where it is painted.
    """

    def enough() -> dict[str, Any] | None:
        report = person.report()
        return report if len(report["beeps"]) >= 5 and report["delay_p50"] is not None else None

    report = until(enough, within_s, "five beeps")
    late = [heard - math.floor(heard / 1000) * 1000 for heard in report["beeps"]]
    return statistics.median(late) - float(report["delay_p50"])


def test_one_publishes_and_another_watches_and_listens(
    deployment: Deployment, chromium: Callable[..., Chromium]
) -> None:
    show = deployment.event(plan())
    host = Studio(chromium(), show)
    host.publish()
    host.sees("main")
    viewer = Attendee(chromium(), show, "Vera", gateway=1)
    viewer.join()
    viewer.sees("main")
    until(lambda: viewer.report()["beeps"], what="a beep")
    viewer.reset()
    assert -40 <= sound_against_picture_ms(viewer) <= 60
    assert viewer.report()["delay_p50"] < 150
    assert viewer.report()["last"]["height"] == 720


def test_a_joiner_has_picture_and_sound_within_a_second(
    embedded: Deployment, chromium: Callable[..., Chromium]
) -> None:
    show = embedded.event(plan())
    Studio(chromium(), show).publish()
    browser = chromium()
    first = Attendee(browser, show, "Uma")
    first.join()
    first.sees("main")
    second = Attendee(browser, show, "Vera")
    second.page.get_by_label("Your name").fill("Vera")
    pressed = time.time() * 1000
    second.page.get_by_role("button", name="Join").click()
    second.sees("main")
    report = second.report()
    assert report["cuts"][0]["now"] - pressed < 1000
    until(lambda: second.report()["level"] > 0.01, what="sound")
