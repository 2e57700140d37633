"""Everybody can use the pages: axe finds nothing serious, light and dark, at phone and at desk width."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.chromium import Chromium
from tests.browser.deployment import Deployment
from tests.browser.people import Attendee, Studio
from tests.browser.plans import plan

pytestmark = pytest.mark.browser

AXE = Path(__file__).parent.parent.parent / "web/node_modules/axe-core/axe.min.js"


def serious(page: Page) -> list[str]:
    """What axe calls serious or critical, a line each."""
    if not page.evaluate("'axe' in window"):
        page.add_script_tag(path=AXE)
    found: list[dict[str, Any]] = page.evaluate(
        "axe.run(document, {resultTypes: ['violations']}).then(result => result.violations)"
    )
    return [
        f"{one['id']}: {one['help']}: {[node['target'] for node in one['nodes']][:3]}"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("width", [390, 1440])
def test_axe_finds_nothing_serious_on_any_page(embedded: Deployment, audience: Chromium, width: int) -> None:
    show = embedded.event(plan())
    size = {"width": width, "height": 844 if width == 390 else 900}
    Studio(audience, show).publish()
    viewer = Attendee(audience, show, "Vera", **size)
    assert serious_in_both(viewer.page) == []
    viewer.join()
    viewer.says("hello")
    viewer.sees("main")
    assert serious_in_both(viewer.page) == []
    for name in ("studio", "standby", "desk", "operator"):
        page = audience.page(show.page(name), **size)
        page.get_by_role("heading").first.wait_for()
        assert serious_in_both(page) == [], name
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), f"{name} scrolls sideways"
        page.context.close()


def serious_in_both(page: Page) -> list[str]:
    """What axe calls serious in light, then in dark."""
    found = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        assert page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches") is (scheme == "dark")
        found += [f"{scheme}: {line}" for line in serious(page)]
    return found
