"""The attendee's page on a phone: the picture has the whole screen where that is asked for, the chat always a place."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chromium import Chromium
from tests.browser.deployment import Deployment
from tests.browser.people import Attendee, until
from tests.browser.plans import plan

pytestmark = pytest.mark.browser

UPRIGHT = {"width": 390, "height": 844}
SIDEWAYS = {"width": 844, "height": 390}
CONTROLS_PX = 48


def box(page: Page, selector: str) -> dict[str, Any]:
    """Where it stands: `x`, `y`, `width`, `height`."""
    return dict(page.locator(selector).bounding_box() or {})


def area(page: Page, selector: str) -> tuple[float, float]:
    """How wide and how high it is."""
    found = box(page, selector)
    return found["width"], found["height"]


@pytest.mark.parametrize("size", [UPRIGHT, SIDEWAYS], ids=["upright", "sideways"])
def test_in_fullscreen_the_picture_has_all_but_the_controls(
    embedded: Deployment, audience: Chromium, size: dict[str, int]
) -> None:
    viewer = Attendee(audience, embedded.event(plan()), "Vera", **size)
    viewer.join()
    viewer.page.get_by_role("button", name="Fullscreen").click()
    expect(viewer.page.get_by_role("button", name="Leave fullscreen")).to_be_visible()
    whole = (size["width"], size["height"] - CONTROLS_PX)
    until(lambda: area(viewer.page, ".stage") == whole, 10, f"{whole}, not {area(viewer.page, '.stage')}")


def test_sideways_the_chat_stands_beside_the_picture(embedded: Deployment, audience: Chromium) -> None:
    viewer = Attendee(audience, embedded.event(plan()), "Vera", **SIDEWAYS)
    viewer.join()
    for line in range(8):
        viewer.says(f"line {line}")
    viewer.reads("line 7")
    stage, controls = box(viewer.page, ".stage"), box(viewer.page, ".controls")
    chat, lines = box(viewer.page, ".talk"), box(viewer.page, ".chat-lines")
    assert stage["x"] + stage["width"] <= chat["x"]
    assert stage["width"] * stage["height"] > 480 * 270
    assert controls["y"] + controls["height"] <= SIDEWAYS["height"]
    assert lines["height"] > 150
