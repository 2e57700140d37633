"""Addresses of a deployment: of every kind people give, or refused."""

import pytest

from loadtest.links import websocket_base
from loadtest.refusal import Refusal


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("http://127.0.0.1:8000/e/demo?t=x", "ws://127.0.0.1:8000"),
        ("https://live.example", "wss://live.example"),
        ("http://[::1]:8000/", "ws://[::1]:8000"),
        ("wss://[2001:db8::1]", "wss://[2001:db8::1]"),
    ],
)
def test_an_address_becomes_a_websockets(url, base):
    assert websocket_base(url) == base


@pytest.mark.parametrize("url", ["nonsense", "ftp://a", "http://", "http://a:b", "http://a:99999"])
def test_what_is_no_address_is_refused(url):
    with pytest.raises(Refusal, match="is no address"):
        websocket_base(url)
