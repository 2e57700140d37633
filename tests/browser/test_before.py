"""Before one is in: the name, and the address left for a move."""

import json
import re

import pytest
from playwright.sync_api import expect

from tests.browser.chromium import Chromium
from tests.browser.deployment import Deployment
from tests.browser.people import Attendee
from tests.browser.plans import plan

pytestmark = pytest.mark.browser

RIGHT_TO_LEFT = "\u202e"


def test_an_address_is_left_under_the_name_that_was_typed(embedded: Deployment, audience: Chromium) -> None:
    page = Attendee(audience, embedded.event(plan()), "Vera").page
    page.get_by_label("Your name").fill(" Vera ")
    page.get_by_text("Notify me if it moves").click()
    page.get_by_label("E-mail address").fill("vera@example.org")
    page.get_by_role("checkbox").check()
    with page.expect_request("**/contacts") as asked:
        page.get_by_role("button", name="Notify me").click()
    assert json.loads(asked.value.post_data or "{}")["name"] == "Vera"
    expect(page.get_by_text("Look into your mail")).to_be_visible()


@pytest.mark.parametrize(("width", "focused"), [(1280, "TEXTAREA"), (390, "MAIN")])
def test_who_has_joined_can_go_on_by_keyboard(
    embedded: Deployment, audience: Chromium, width: int, focused: str
) -> None:
    viewer = Attendee(audience, embedded.event(plan()), "Vera", width=width)
    viewer.join()
    assert viewer.page.evaluate("document.activeElement.tagName") == focused


def test_a_name_that_is_refused_is_asked_for_again(embedded: Deployment, audience: Chromium) -> None:
    viewer = Attendee(audience, embedded.event(plan()), "Vera")
    viewer.page.get_by_label("Your name").fill(f"Ve{RIGHT_TO_LEFT}ra")
    viewer.page.get_by_role("button", name=re.compile("^Join")).click()
    viewer.reads("Please use another name")
    expect(viewer.page.get_by_label("Your name")).to_be_focused()
    viewer.join()
