"""What must go on for as long as a gateway lives, our own bugs notwithstanding."""

from collections.abc import Callable
from typing import Any

import pytest

from broadcast.core.position import LogId
from broadcast.log.memory import MemoryLog
from liveserver.gateway import hub as hubs
from liveserver.gateway.hub import Hub
from liveserver.gateway.venue import Venue
from tests.liveserver.gateway.feeds import feeding
from tests.liveserver.gateway.node import ROOM, Node, joined, serving
from tests.waiting import until


def hub_of(node: Node) -> Hub:
    assert node.gateway._hub is not None
    return node.gateway._hub


def venue_of(node: Node) -> Venue:
    venue = hub_of(node).venues.get(ROOM)
    assert venue is not None
    return venue


def failing(times: int, then: Callable[..., Any]) -> Callable[..., Any]:
    """`then`, after so many bugs."""
    left = [times]

    def do(*args: Any) -> Any:
        if left[0]:
            left[0] -= 1
            raise ZeroDivisionError
        return then(*args)

    return do


async def test_the_sweep_begins_anew_after_a_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(MemoryLog(), tick_ms=100, sweep_s=0.02) as node, joined(node) as ada:
        venue = venue_of(node)
        monkeypatch.setattr(venue, "sweep", failing(2, venue.sweep))
        ada.messages.clear()
        await ada.hear("tick")


async def test_a_gateway_whose_sweep_fails_for_good_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hubs, "SWEPT_WITHIN_S", 0.3)
    async with serving(MemoryLog(), sweep_s=0.02) as node, joined(node):
        assert node.gateway.ready() == (True, "")
        venue = venue_of(node)
        with monkeypatch.context() as broken:
            broken.setattr(venue, "sweep", failing(1_000, venue.sweep))
            await until(lambda: node.gateway.ready() == (False, "its clock stands still"))
        await until(lambda: node.gateway.ready() == (True, ""))


class OddLog(MemoryLog):
    """A log whose first counts fail in a way that nobody thought of."""

    bugs = 2

    async def attend(self, log: LogId, node: str, members: int, ttl_s: float) -> int:
        if self.bugs and members:
            self.bugs -= 1
            raise ZeroDivisionError
        return await super().attend(log, node, members, ttl_s)


async def test_counting_begins_anew_after_a_bug() -> None:
    async with serving(OddLog()) as node, joined(node) as ada:
        assert (await ada.hear("count"))["members"] == 1


async def test_a_media_node_is_listened_to_again_after_a_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    async with feeding() as media, serving(MemoryLog(), media_nodes=(media.url,)) as node:
        upstream = node.gateway._upstream
        assert upstream is not None
        monkeypatch.setattr(upstream, "heard", failing(2, upstream.heard))
        media.up("main")
        async with joined(node, media="video") as ada:
            await ada.framed(5)
