"""How many gateways' words count, and for how long."""

from failover.core.witnesses import Witnesses, WitnessPolicy

POLICY = WitnessPolicy(quorum=2, window_s=1.0, hold_s=5.0)


def test_one_gateway_is_heard_and_two_agree_for_a_moment() -> None:
    witnesses = Witnesses(POLICY)
    assert not witnesses.heard(0)
    witnesses.hear("g1", "silent", 0)
    assert (witnesses.heard(0), witnesses.agree(0)) == (True, False)
    witnesses.hear("g1", "silent", 0.5)
    assert not witnesses.agree(0.5)
    witnesses.hear("g2", "silent", 0.5)
    assert (witnesses.agree(0.5), witnesses.agree(1.5), witnesses.agree(1.6)) == (True, True, False)
    assert not witnesses.agree_gone(0.5)


def test_they_doubt_for_longer_than_they_condemn() -> None:
    witnesses = Witnesses(POLICY)
    witnesses.hear("g1", "silent", 0)
    assert not witnesses.doubt(0)
    witnesses.hear("g2", "silent", 0)
    assert (witnesses.heard(4), witnesses.doubt(5), witnesses.doubt(5.1)) == (False, True, False)


def test_who_sees_it_again_takes_its_word_back_also_that_all_of_it_is_gone() -> None:
    witnesses = Witnesses(POLICY)
    for gateway in ("g1", "g2"):
        witnesses.hear(gateway, "gone", 0)
    assert witnesses.agree_gone(0)
    witnesses.hear("g1", "silent", 0.2)
    assert witnesses.agree_gone(0.2)
    witnesses.hear("g1", "back", 0.3)
    witnesses.hear("g3", "back", 0.3)
    assert (witnesses.agree(0.3), witnesses.agree_gone(0.3), witnesses.heard(0.3)) == (False, False, True)
    witnesses.hear("g1", "silent", 0.4)
    assert (witnesses.agree(0.4), witnesses.agree_gone(0.4)) == (True, False)


def test_old_words_are_forgotten() -> None:
    witnesses = Witnesses(POLICY)
    witnesses.hear("g1", "gone", 0)
    witnesses.hear("g2", "silent", 10)
    assert set(witnesses._words) == {"g2"}
    witnesses.hear("g1", "silent", 10)
    witnesses.hear("g2", "gone", 10)
    assert not witnesses.agree_gone(10)
