"""Tokens: what is signed comes back, and nothing else does."""

import time
from typing import Any

import jwt
import pytest

from broadcast.core.codes import Close
from broadcast.core.entries import Role
from broadcast.core.errors import PeerFault
from broadcast.token import ANY_EVENT, NODE_S, Grant, node_token, sign, verify

SECRET = "a secret of thirty-two characters or more"
OTHER = "another secret of thirty-two characters!"
SOON = int(time.time()) + 600
ADA = Grant("m-1", "Ada Ünlü", Role.ATTENDEE, "demo", SOON)


def claims(**changes: Any) -> dict[str, Any]:
    made: dict[str, Any] = {"sub": "m", "name": "n", "role": "host", "event": "demo", "exp": SOON, **changes}
    return {name: value for name, value in made.items() if value is not None}


@pytest.mark.parametrize(
    "grant",
    [
        ADA,
        Grant("p-1", "OBS", Role.PUBLISHER, "demo", SOON, source="standby"),
        Grant("p-1", "OBS", Role.PUBLISHER, "demo", SOON, source="standby", room="demo.backup"),
        Grant("g1", "g1", Role.NODE, ANY_EVENT, SOON),
        *(Grant("x", "x", role, "demo", SOON) for role in Role),
    ],
)
def test_what_is_signed_comes_back(grant: Grant) -> None:
    assert verify(sign(grant, SECRET), SECRET) == grant


def test_an_expired_token_is_told_from_a_wrong_one() -> None:
    stale = Grant("m-1", "Ada", Role.ATTENDEE, "demo", int(time.time()) - 1)
    with pytest.raises(PeerFault) as caught:
        verify(sign(stale, SECRET), SECRET)
    assert caught.value.code is Close.TOKEN_EXPIRED
    assert caught.value.field == "token"


@pytest.mark.parametrize(
    "token",
    [
        "",
        "nonsense",
        "a.b.c",
        "x" * 100_000,
        sign(ADA, OTHER),
        sign(ADA, SECRET)[:-4] + "AAAA",
        jwt.encode(claims(), "", algorithm="none"),
        jwt.encode(claims(), SECRET + SECRET, algorithm="HS512"),
        *(jwt.encode(claims(**{name: None}), SECRET, algorithm="HS256") for name in claims()),
        jwt.encode(claims(role="king"), SECRET, algorithm="HS256"),
        jwt.encode(claims(exp="soon"), SECRET, algorithm="HS256"),
    ],
)
def test_a_forged_broken_or_incomplete_token_is_refused(token: str) -> None:
    with pytest.raises(PeerFault) as caught:
        verify(token, SECRET)
    assert caught.value.code is Close.TOKEN_INVALID
    assert caught.value.field == "token"


def test_what_we_sign_is_what_the_standard_asks_for() -> None:
    token = sign(ADA, SECRET)
    assert jwt.get_unverified_header(token) == {"alg": "HS256", "typ": "JWT"}
    read = jwt.decode(token, SECRET, algorithms=["HS256"])
    assert read == {"sub": "m-1", "name": "Ada Ünlü", "role": "attendee", "event": "demo", "exp": SOON}


def test_what_others_sign_with_our_secret_is_judged_by_all_it_says() -> None:
    other_order = jwt.encode(claims(), SECRET, algorithm="HS256", headers={"kid": "1"})
    assert verify(other_order, SECRET).role is Role.HOST
    for more in ({"nbf": SOON}, {"aud": "somebody else"}, {"iat": SOON}):
        with pytest.raises(PeerFault) as caught:
            verify(jwt.encode(claims(**more), SECRET, algorithm="HS256"), SECRET)
        assert caught.value.code is Close.TOKEN_INVALID


@pytest.mark.parametrize("payload", [b"", b"7", b"{", b"[]", b'{"sub":"m"}', b"\xff"])
def test_what_is_signed_and_yet_no_grant_is_refused(payload: bytes) -> None:
    token = jwt.PyJWS().encode(payload, SECRET, algorithm="HS256", headers={"typ": "JWT"})
    with pytest.raises(PeerFault) as caught:
        verify(token, SECRET)
    assert caught.value.code is Close.TOKEN_INVALID


def test_a_programs_token_is_good_for_any_event_and_for_minutes_only() -> None:
    grant = verify(node_token("g1", SECRET, time.time()), SECRET)
    assert (grant.id, grant.role, grant.event) == ("g1", Role.NODE, ANY_EVENT)
    with pytest.raises(PeerFault):
        verify(node_token("g1", SECRET, time.time() - NODE_S - 1), SECRET)
