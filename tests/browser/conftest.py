"""Deployments and browsers for the suite. Browsers are processes of their own, since some will be killed."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Playwright, sync_playwright

from tests.browser.chromium import Chromium
from tests.browser.deployment import Deployment


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """The driver of all browsers."""
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def embedded() -> Iterator[Deployment]:
    """`liveserver demo`, shared by all tests that break nothing but sources."""
    deployment = Deployment("embedded")
    yield deployment
    deployment.close()


@pytest.fixture(scope="session")
def shared_cluster() -> Iterator[Deployment]:
    """`liveserver cluster`, shared by all tests that break nothing but sources."""
    deployment = Deployment("cluster")
    yield deployment
    deployment.close()


@pytest.fixture
def cluster() -> Iterator[Deployment]:
    """A cluster for one test, which may kill what it likes."""
    deployment = Deployment("cluster")
    yield deployment
    deployment.close()


@pytest.fixture(params=["embedded", "shared_cluster"])
def deployment(request: pytest.FixtureRequest) -> Deployment:
    """Both makes, one after the other."""
    made: Deployment = request.getfixturevalue(request.param)
    return made


@pytest.fixture(scope="session")
def audience_browser(playwright: Playwright) -> Iterator[Chromium]:
    """The one browser that outlives tests."""
    with Chromium(playwright) as browser:
        yield browser


@pytest.fixture
def audience(audience_browser: Chromium) -> Iterator[Chromium]:
    """A browser for everyone who is not to be killed or frozen: two cores carry few browsers at once. Each page in it
    is another person's, and all are closed with the test."""
    yield audience_browser
    audience_browser.clear()


@pytest.fixture
def host_browser(chromium: Callable[..., Chromium]) -> Chromium:
    """The host's own, which a test may freeze or kill."""
    return chromium()


@pytest.fixture
def chromium(playwright: Playwright) -> Iterator[Callable[..., Chromium]]:
    """Makes browsers, and ends them with the test."""
    made: list[Chromium] = []

    def start(**options: bool) -> Chromium:
        made.append(Chromium(playwright, **options))
        return made[-1]

    yield start
    for one in made:
        one.close()
