"""Addresses of a deployment: of every kind people give, or refused."""

import json

import pytest

from loadtest.links import read_links, websocket_base
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


@pytest.mark.parametrize(
    "url", ["nonsense", "ftp://a", "http://", "http://a:b", "http://a:99999", "http://[::1", "http://a b"]
)
def test_what_is_no_address_is_refused(url):
    with pytest.raises(Refusal, match="is no address"):
        websocket_base(url)


@pytest.mark.parametrize("gateways", [[1], [None], 7, ["nonsense"], "http://a"])
def test_a_links_file_whose_gateways_are_no_addresses_is_refused(tmp_path, gateways):
    path = tmp_path / "links.json"
    path.write_text(json.dumps({"base": "http://a", "room": "demo", "gateways": gateways}))
    with pytest.raises(Refusal, match=r"is not a links file|is no address"):
        read_links(path)
