"""What the media nodes say reaches whoever watches, also who begins to watch later."""

from typing import Literal

import pytest

from failover import sources as module
from failover.core.health import HealthPolicy
from failover.core.verdict import UNSEEN
from failover.probes import PictureSample, SampleSaid, SourceSaid
from failover.sources import Sources
from failover.watch import Watch


def said(room: str = "demo", state: Literal["up", "down"] = "up", session: str = "s1") -> SourceSaid:
    return SourceSaid(room=room, source="main", session=session, state=state, since_ms=1)


def fail(fault: BaseException) -> None:
    raise fault


def watching() -> Watch:
    return Watch(("demo", "demo.backup"), HealthPolicy(), lambda _: None, fail)


def seen(watch: Watch, room: str = "demo") -> str:
    return next(each.judged.why for each in watch.judged() if (each.room, each.source) == (room, "main"))


async def test_a_source_that_came_before_its_watch_is_told_and_one_that_left_is_not() -> None:
    sources = Sources()
    for room in ("demo", "demo.backup", "other"):
        sources.source_said("m1", said(room))
    sources.source_said("m1", said("demo.backup", "down", session="an older one"))
    sources.source_said("m1", said("demo", "down"))
    watch = watching()
    sources.attach("demo", watch)
    assert (seen(watch), seen(watch, "demo.backup")) == (UNSEEN.why, "no picture yet, no sound yet")
    sources.node_lost("m1")
    assert seen(watch, "demo.backup") == "its media node is out of reach"
    later = watching()
    sources.attach("demo", later)
    assert seen(later, "demo.backup") == UNSEEN.why


async def test_what_is_said_of_an_event_reaches_its_watch_until_it_is_detached() -> None:
    sources, watch = Sources(), watching()
    sources.attach("demo", watch)
    sources.source_said("m1", said())
    sample = SampleSaid(room="demo", source="main", session="s1", video=PictureSample(silent_ms=5, frames_per_s=30))
    sources.sampled("m1", sample, 0.0)
    assert seen(watch) == "no sound yet"
    sources.detach("demo")
    sources.detach("demo")
    sources.source_said("m1", said(state="down"))
    sources.sampled("m1", sample, 0.0)
    assert seen(watch) == "no sound yet"


async def test_no_more_sources_are_kept_than_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SESSIONS_MAX", 1)
    sources, watch = Sources(), watching()
    sources.source_said("m1", said("demo"))
    sources.source_said("m1", said("demo.backup"))
    sources.source_said("m1", said("demo", session="s2"))
    sources.attach("demo", watch)
    assert (seen(watch), seen(watch, "demo.backup")) == ("no picture yet, no sound yet", UNSEEN.why)
