"""How a show begins."""

from dataclasses import replace

from broadcast.core.entries import EventState
from failover.core.decision import (
    Notice,
    OpenIncident,
)
from failover.core.plan import Show
from failover.core.standing import (
    Standing,
    Turned,
)
from failover.core.verdict import Judged
from tests.failover.core.night import (
    BREAK,
    ENDED,
    FINE,
    LIVE,
    LOST,
    OPEN,
    PLAN,
    H,
    Night,
    U,
    judged,
)


def test_it_goes_live_with_whoever_comes_first_and_only_once_and_only_when_the_plan_says_so() -> None:
    show = Night().give(judged(standby=FINE), at=1).give(judged(main=FINE), at=2)
    assert show.lines == ["1 go live with standby"]
    show.give(Turned(LIVE), at=3)
    assert show.cuts == ["3 cut main/main (began)"]
    assert Night(plan=replace(PLAN, show=Show("host"))).give(judged(main=FINE)).lines == []
    scheduled = Night(standing=Standing("demo", EventState.SCHEDULED)).give(judged(main=FINE))
    assert scheduled.lines == []


def test_beginning_on_the_standby_is_no_incident_nor_is_the_main_camera_that_comes_later() -> None:
    show = Night().give(judged(standby=FINE), Turned(LIVE))
    show.give(judged(main=FINE), at=5).until(20)
    assert show.cuts == ["0 cut standby/standby (began)", "8 cut main/main (recovered)"]
    assert show.of(OpenIncident) == []
    assert show.of(Notice) == []


def test_a_host_who_starts_before_the_camera_has_a_moment() -> None:
    show = Night().give(Turned(LIVE), at=1).until(5.9)
    assert show.lines == []
    show.until(6)
    assert show.cuts == ["6 cut slate/None (no_source)"]
    assert len(show.of(OpenIncident)) == 1
    in_time = Night().give(Turned(LIVE), at=1).give(judged(main=FINE), at=4).until(20)
    assert in_time.cuts == ["4 cut main/main (began)"]


def test_a_show_whose_sound_comes_first_begins_with_its_picture() -> None:
    show = Night().give(judged(main=Judged(U, H, "no picture yet")), Turned(LIVE), at=1)
    show.give(judged(main=FINE), at=1.4).until(60)
    assert show.cuts == ["1.4 cut main/main (began)"]


def test_a_host_with_nothing_but_a_microphone_is_on_air_after_a_moment() -> None:
    heard = Judged(U, H, "no picture yet")
    show = Night().give(judged(main=heard), Turned(LIVE), at=1).until(2.9)
    assert show.cuts == []
    assert show.until(60).cuts == ["3 cut audio/main (began)"]
    late = Night().give(Turned(LIVE), at=1).give(judged(main=heard), at=5).until(60)
    assert late.cuts == ["7 cut audio/main (began)"]
    lost = Night().give(Turned(LIVE), at=1).give(judged(main=heard), at=5).give(judged(main=LOST), at=5.5)
    assert lost.until(60).cuts == ["6 cut slate/None (no_source)"]


def test_staff_is_told_once_that_the_show_should_have_begun() -> None:
    show = Night(standing=Standing("demo", EventState.SCHEDULED, late_s=100.0)).give(Turned(OPEN), at=50)
    assert show.until(1_000).lines == [
        "100 line verdict: The show should have begun 10 min ago. Ada or Ben must see to it."
    ]
    begun = Night(standing=Standing("demo", OPEN, late_s=100.0)).give(judged(main=FINE), Turned(LIVE))
    begun.give(Turned(BREAK), at=20).give(Turned(ENDED), at=200).until(1_000)
    assert [line for line in begun.lines if "verdict" in line] == []
    assert Night(standing=Standing("demo", OPEN, late_s=-5.0)).lines[0].startswith("0 line verdict")
    assert Night(standing=Standing("demo", OPEN, late_s=-501.0)).until(1_000).lines == []
