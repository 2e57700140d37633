"""Close codes live in ranges that a client can act on without knowing the code."""

import pytest

from broadcast.core.codes import Close, Reject


@pytest.mark.parametrize("code", Close)
def test_every_close_code_lies_in_a_range_with_a_meaning(code: Close) -> None:
    assert 4000 <= code < 4400


@pytest.mark.parametrize("code", [Close.DRAIN, Close.LAGGING, Close.TOKEN_EXPIRED, Close.ROOM_MOVED])
def test_these_come_back(code: Close) -> None:
    assert code.comes_back


@pytest.mark.parametrize("code", [Close.BANNED, Close.KICKED, Close.ROOM_ENDED, Close.PROTOCOL])
def test_these_stay_away(code: Close) -> None:
    assert not code.comes_back


def test_rejections_are_named_by_one_lower_case_word_or_two() -> None:
    assert all(code.value == code.value.lower() and " " not in code.value for code in Reject)
