"""What stands where, and what covers nothing: the picture in fullscreen, the chat sideways, what the desk says."""

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from tests.browser.chromium import Chromium
from tests.browser.deployment import Deployment
from tests.browser.people import Attendee, Desk, until
from tests.browser.plans import plan

pytestmark = pytest.mark.browser

UPRIGHT = {"width": 390, "height": 844}
SIDEWAYS = {"width": 844, "height": 390}
CONTROLS_PX = 48
# As many lines as a page keeps.
KEPT = 500


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


def test_a_button_that_can_do_nothing_looks_so(embedded: Deployment, audience: Chromium) -> None:
    viewer = Attendee(audience, embedded.event(plan()), "Vera")
    viewer.join()
    ground = "getComputedStyle(document.querySelector('.talk .button.main')).backgroundColor"
    idle = viewer.page.evaluate(ground)
    viewer.page.get_by_role("textbox", name="Message").fill("hello")
    expect(viewer.page.get_by_role("button", name="Send")).to_be_enabled()
    until(lambda: viewer.page.evaluate(ground) != idle, 5, f"another colour than {idle}")


def test_what_the_desk_says_covers_nothing_of_the_newest_row(embedded: Deployment, audience: Chromium) -> None:
    show = embedded.event(plan())
    rude = Attendee(audience, show, "Max")
    rude.join()
    for line in range(3):
        rude.says(f"coins {line}")
    desk = Desk(audience, show)
    desk.page.set_viewport_size({"width": 1000, "height": 520})
    desk.row("coins 2").click()
    desk.page.keyboard.press("d")
    desk.reads("That is final")
    said, newest = box(desk.page, ".deed-line"), desk.page.locator(".row").last
    until(
        lambda: (newest.bounding_box() or {"y": 0})["y"] >= said["y"] + said["height"], 5, "the newest row clear of it"
    )


def test_a_full_queue_goes_on_following_and_counts_what_is_new(embedded: Deployment, audience: Chromium) -> None:
    page = Desk(audience, embedded.event(plan())).page
    ada = {"id": "g-ada", "name": "Ada", "role": "attendee"}
    wires: list[WebSocketRoute] = []
    position: dict[str, int] = {}

    def chat() -> dict[str, Any]:
        position["offset"] += 1
        line = f"line {position['offset']}"
        return {"type": "chat", "offset": position["offset"], "at": "2030-05-01T18:00:00Z", "from": ada, "text": line}

    def between(wire: WebSocketRoute) -> None:
        def pass_on(message: str | bytes) -> None:
            heard = json.loads(message)
            if heard["type"] == "welcome":
                position.update(heard["position"])
                history = [chat() for _ in range(KEPT)]
                heard = {**heard, "history": history, "position": {**heard["position"], **position}}
            wire.send(json.dumps(heard))

        wire.connect_to_server().on_message(pass_on)
        wires.append(wire)

    def say(lines: int) -> None:
        for _ in range(lines):
            wires[-1].send(json.dumps(chat()))

    page.route_web_socket(re.compile("/live/"), between)
    page.reload()
    expect(page.get_by_text(f"line {KEPT}")).to_be_attached()
    say(5)
    expect(page.get_by_text(f"line {position['offset']}", exact=True)).to_be_in_viewport()
    page.evaluate("document.querySelector('.queue').scrollTop = 0")
    page.evaluate("new Promise(requestAnimationFrame)")
    say(3)
    expect(page.get_by_role("button", name="3 new")).to_be_visible()


def test_on_a_phone_the_operator_reads_how_the_nodes_are(embedded: Deployment, audience: Chromium) -> None:
    page = audience.page(embedded.links["pages"]["operator"], width=390, height=844)
    expect(page.get_by_text("nodes are ready")).to_be_visible()
