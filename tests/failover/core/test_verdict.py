"""What is thought of a subject."""

from failover.core.verdict import UNSEEN, Judged, Verdict


def test_of_what_nobody_has_seen_nothing_is_thought() -> None:
    assert Judged(Verdict.UNKNOWN, Verdict.UNKNOWN, "nobody has published it yet") == UNSEEN
