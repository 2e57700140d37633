"""Chat, tips, questions and moderation, as people do them on the pages."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.chromium import Chromium
from tests.browser.deployment import Deployment
from tests.browser.people import Attendee, Desk, Studio, until
from tests.browser.plans import plan

pytestmark = pytest.mark.browser


def test_what_one_writes_another_reads_and_who_comes_later_finds_it(deployment: Deployment, audience: Chromium) -> None:
    show = deployment.event(plan())
    ada = Attendee(audience, show, "Ada")
    ada.join()
    ben = Attendee(audience, show, "Ben", gateway=1)
    ben.join()
    ada.says("hello <b>Ben</b> & all")
    ben.reads("hello <b>Ben</b> & all")
    ben.says("hello Ada")
    ada.reads("hello Ada")
    expect(ada.page.get_by_text("2 people here")).to_be_attached()
    late = Attendee(audience, show, "Lea", gateway=1)
    late.join()
    late.reads("hello Ada")


def test_a_tip_is_shown_to_the_room_once_the_ledger_has_it(deployment: Deployment, audience: Chromium) -> None:
    show = deployment.event(plan())
    giver = Attendee(audience, show, "Gil")
    giver.join()
    other = Attendee(audience, show, "Ona", gateway=1)
    other.join()
    giver.page.get_by_role("button", name="Tip").click()
    dialog = giver.page.get_by_role("dialog")
    dialog.get_by_role("button", name=re.compile("^Send")).click()
    giver.reads("Thank you. Your tip has arrived.")
    expect(other.page.get_by_role("log").get_by_text("tips")).to_have_count(1)


def test_a_moderator_deletes_kicks_and_bans_and_it_holds_everywhere(deployment: Deployment, audience: Chromium) -> None:
    show = deployment.event(plan())
    rude = Attendee(audience, show, "Moderator Max", gateway=1)
    rude.join()
    quiet = Attendee(audience, show, "Quinn")
    quiet.join()
    rude.says("buy my coins")
    quiet.reads("buy my coins")
    expect(quiet.page.get_by_role("log").get_by_text("Moderator", exact=True)).to_have_count(0)
    desk = Desk(audience, show)
    desk.row("buy my coins").click()
    desk.page.keyboard.press("d")
    expect(quiet.page.get_by_text("buy my coins")).to_have_count(0)
    desk.page.keyboard.press("x")
    rude.reads("You were removed from this room")
    desk.page.keyboard.press("b")
    rude.page.reload()
    rude.page.get_by_role("button", name=re.compile("^Join")).click()
    rude.reads("You are banned from this event")


def test_a_question_is_answered_in_writing(embedded: Deployment, audience: Chromium) -> None:
    show = embedded.event(plan())
    curious = Attendee(audience, show, "Cora")
    curious.join()
    curious.page.get_by_role("button", name="Ask").click()
    box = curious.page.get_by_role("textbox", name="Your question to the host")
    box.fill("Which paper is it?")
    box.press("Enter")
    desk = Desk(audience, show)
    desk.row("Which paper is it?").click()
    desk.page.keyboard.press("a")
    answer = desk.page.get_by_role("textbox", name=re.compile("Your answer"))
    answer.fill("Hot pressed, 300 g")
    desk.page.get_by_role("button", name="Send answer").click()
    curious.reads("Hot pressed, 300 g")
    desk.row("Which paper is it?").click()
    desk.page.get_by_role("button", name="Delete").click()
    expect(curious.page.get_by_text("Which paper is it?")).to_have_count(0)
    late = Attendee(audience, show, "Lea")
    late.join()
    late.reads("Message removed")
    for viewer in (curious, late):
        expect(viewer.page.get_by_text("Hot pressed, 300 g")).to_have_count(0)


def test_where_the_browser_wants_a_gesture_a_button_asks_for_it(
    embedded: Deployment, chromium: Callable[..., Chromium], audience: Chromium
) -> None:
    show = embedded.event(plan())
    Studio(audience, show).publish()
    browser = chromium(autoplay=False)
    first = Attendee(browser, show, "Vera")
    first.join()
    first.sees("main")
    first.page.reload()
    first.sees("main")
    assert first.report()["contexts"][0]["state"] == "suspended"
    assert first.report()["level"] == 0
    first.page.get_by_role("button", name="Turn on the sound").click()
    until(lambda: first.report()["level"] > 0.01, what="sound")
