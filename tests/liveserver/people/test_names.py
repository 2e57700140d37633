"""Which names and addresses are fit to be kept."""

import pytest

from broadcast.core.errors import PeerFault
from liveserver.people.names import address, plain


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("ada@example.org", "ada@example.org"),
        ("  Ada.Lovelace+live@Example.ORG ", "Ada.Lovelace+live@example.org"),
        ("o'neil@mail.example.co.uk", "o'neil@mail.example.co.uk"),
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("root@localhost", "root@localhost"),
        ("bounce=ada?x@example.org", "bounce=ada?x@example.org"),
    ],
)
def test_addresses_that_people_have_are_kept(given: str, kept: str) -> None:
    assert address(given) == kept


@pytest.mark.parametrize(
    "given",
    [
        "",
        "ada",
        "@example.org",
        "ada@",
        "ada@host",
        "ada@-example.org",
        "ada@example..org",
        ".ada@example.org",
        "a..da@example.org",
        "ada@exa mple.org",
        "ada@example.org\nBcc: everyone@example.org",
        "ada\r\n@example.org",
        "<ada@example.org>",
        "ada@example.org, ben@example.org",
        "a" * 65 + "@example.org",
        "ada@" + "a" * 250 + ".org",
        "ada@" + "é" * 70 + ".org",
        "ada@..",
        "adä@example.org",
        "=?utf-8?b?_|?=@e1.org",
        "=?utf-8?q?a=40b=2c?=@example.org",
    ],
)
def test_what_is_no_address_is_refused_by_its_field(given: str) -> None:
    with pytest.raises(PeerFault) as fault:
        address(given)
    assert fault.value.field == "address"


@pytest.mark.parametrize("text", ["a\nb", "a\x00b", "\u202eevil", "\ud800", "a\x7f", "\u2028", "  ", "\u200b", ""])
def test_controls_and_nothing_at_all_are_no_name(text: str) -> None:
    with pytest.raises(PeerFault) as fault:
        plain("name", text)
    assert fault.value.field == "name"


def test_a_name_loses_its_surrounding_blanks_and_nothing_else() -> None:
    assert plain("name", "  Ada <b>Løvelace</b> ") == "Ada <b>Løvelace</b>"
