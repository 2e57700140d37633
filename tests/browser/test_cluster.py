"""Several processes on a real Redis, and one of them dies. People sit on different gateways."""

import pytest

from tests.browser.chromium import Chromium
from tests.browser.deployment import Deployment, Show
from tests.browser.people import Attendee, Studio, until
from tests.browser.plans import plan
from tests.browser.script import Script

pytestmark = pytest.mark.browser


def test_a_gateway_dies_and_its_people_resume_on_the_other(
    cluster: Deployment, host_browser: Chromium, audience: Chromium
) -> None:
    show = cluster.event(plan())
    Studio(host_browser, show, gateway=1).publish()
    stays, goes = Attendee(audience, show, "Stella", gateway=1), Attendee(audience, show, "Gus", gateway=0)
    for person in (stays, goes):
        person.join()
        person.sees("main")
    goes.says("before")
    stays.reads("before")
    draft = goes.page.get_by_role("textbox", name="Message")
    draft.fill("half a sent")
    cluster.kill("gateway.1")
    stays.says("while you were away")
    goes.reads("while you were away", 20)
    goes.sees("main")
    assert draft.input_value() == "half a sent"
    assert goes.page.get_by_text("before", exact=True).count() == 1
    draft.press("End")
    draft.press_sequentially("ence")
    draft.press("Enter")
    stays.reads("half a sentence")


def test_a_media_node_dies_and_the_audience_is_on_the_standby(
    cluster: Deployment, host_browser: Chromium, audience: Chromium
) -> None:
    show = cluster.event(plan())
    main = Studio(host_browser, show)
    main.publish()
    viewer = Attendee(audience, show, "Vera", gateway=1)
    viewer.join()
    viewer.sees("main")
    standby = Studio(audience, show, "standby")
    standby.publish()
    main.waits_ready("Second camera")
    viewer.settles()
    node = main.page.evaluate(
        "performance.getEntriesByType('resource').map(e => e.name).filter(n => n.includes('/whip/'))[0]"
    )
    number = next(i for i, url in enumerate(cluster.links["media"], 1) if node.startswith(url))
    viewer.reset()
    cluster.kill(f"media.{number}")
    report = viewer.sees("standby", 5)
    assert report["gap"] < 400
    viewer.sees("main", 40)


def test_the_leading_guard_dies_and_the_other_leads_on(
    cluster: Deployment, host_browser: Chromium, audience: Chromium
) -> None:
    show = cluster.event(plan())
    Studio(host_browser, show).publish()
    viewer = Attendee(audience, show, "Vera")
    viewer.join()
    viewer.sees("main")
    first = leader(show)
    cluster.kill(first)
    assert leader(show, but=first) != first
    host_browser.kill()
    viewer.reads("Picture and sound are away. Ask here; the host answers in writing.", 15)


def leader(show: Show, *, but: str = "") -> str:
    """The name of the guard that leads the show, as staff is told each second."""
    with Script(show, token=show.tokens["host"], gateway=1) as script:

        def named() -> str:
            name = str(script.hear("health", within_s=20)["leader"])
            return "" if name == but else name

        return str(until(named, 30, "another leader"))
