"""Three kinds of errors, each with what its caller needs to reply."""

import pytest

from broadcast.core.codes import Close, Reject
from broadcast.core.errors import IllegalMove, LiveError, Outage, PeerFault, SettingsError


def test_a_peer_fault_carries_the_code_the_sentence_and_the_field() -> None:
    fault = PeerFault(Reject.BAD_FIELD, "amount: too much", field="amount")
    assert (fault.code, fault.reason, fault.field, str(fault)) == (
        Reject.BAD_FIELD,
        "amount: too much",
        "amount",
        "amount: too much",
    )
    assert PeerFault(Close.BANNED, "Removed").field is None


def test_an_outage_says_what_is_away_and_why_where_that_is_known() -> None:
    assert str(Outage("log")) == "log is away"
    assert str(Outage("log", "refused")) == "log is away: refused"
    assert (Outage("log", "refused").what, Outage("log", "refused").detail) == ("log", "refused")


def test_wrong_settings_are_told_all_at_once() -> None:
    wrong = SettingsError(["PORT: taken", "SECRET: too short"])
    assert wrong.faults == ["PORT: taken", "SECRET: too short"]
    assert str(wrong) == "PORT: taken; SECRET: too short"


@pytest.mark.parametrize(
    "error", [PeerFault(Reject.MUTED, ""), Outage("log"), IllegalMove("no"), SettingsError([])], ids=type
)
def test_all_are_of_one_tree(error: Exception) -> None:
    assert isinstance(error, LiveError)
