"""Whether a name, a title or an address is fit to be kept and shown. It changes no text beyond its surrounding blanks
and asks nobody; whoever takes words from outside calls it.
"""

import re
from typing import Final

from broadcast.core.codes import Reject
from broadcast.core.commands import refuse_controls
from broadcast.core.errors import PeerFault

# RFC 2047: what begins so is decoded by whoever writes or reads a header, and is another address then.
_ENCODED: Final = "=?"
# RFC 5321, 4.1.2, without quoted strings and address literals: what people have.
_LOCAL: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
ADDRESS_MAX: Final = 254
LOCAL_MAX: Final = 64


def plain(field: str, text: str) -> str:
    """`text` without surrounding blanks. PeerFault(bad_field) where it holds controls or nothing at all."""
    refuse_controls(field, text, newlines=False)
    if not text:
        raise PeerFault(Reject.BAD_FIELD, f"{field}: nothing but blanks", field=field)
    return text.strip()


def address(text: str) -> str:
    """An e-mail address as it is kept: its domain in small letters (ASCII form). PeerFault(bad_field) otherwise."""
    local, at, domain = text.strip().rpartition("@")
    if not domain.isascii():
        try:
            domain = domain.encode("idna").decode("ascii")
        except UnicodeError:
            domain = ""
    labels = domain.split(".")
    fit = (
        bool(at)
        and 1 <= len(local) <= LOCAL_MAX
        and len(local) + 1 + len(domain) <= ADDRESS_MAX
        and _LOCAL.fullmatch(local) is not None
        and _ENCODED not in local
        and (len(labels) > 1 or domain.lower() == "localhost")
        and all(_LABEL.fullmatch(label) for label in labels)
    )
    if not fit:
        raise PeerFault(Reject.BAD_FIELD, "This is no e-mail address; one looks like ada@example.org", field="address")
    return f"{local}@{domain.lower()}"
