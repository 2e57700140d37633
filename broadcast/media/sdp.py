"""Checks and edits session descriptions (RFC 8866) as text: what an offer must have, what an answer should say more.

It negotiates nothing and opens nothing. `peer` hands it the offer before, and the answer after, aiortc has seen them.
"""

import ipaddress
import re
from dataclasses import dataclass

from broadcast.core.entries import Kind
from broadcast.core.errors import LiveError

_LINE_MAX = 2_000
_MEDIA = re.compile(r"m=(\w+) (\d{1,5}) ([A-Z/]+) ([\w .-]+)")
_CANDIDATE = re.compile(r"a=candidate:\S+ \d+ (\S+) \d+ (\S+) \d+ typ ")
_RTPMAP = re.compile(r"a=rtpmap:(\d{1,3}) (H264|VP8)/90000", re.IGNORECASE)


class BadOffer(LiveError):
    """The offer cannot be answered; the text says why, in words fit for whoever made it."""


@dataclass(frozen=True, slots=True)
class Offer:
    """An offer that has media to receive, without the lines that only cost time."""

    text: str
    kinds: tuple[Kind, ...]


def read_offer(body: bytes) -> Offer:
    """The offer in a request's body. BadOffer where it is not SDP, sends nothing, or more than one of a kind."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise BadOffer("The body is not SDP") from None
    lines = text.replace("\r\n", "\n").split("\n")
    if not lines[0].startswith("v=0") or any(len(line) > _LINE_MAX or "\0" in line for line in lines):
        raise BadOffer("The body is not SDP")
    kept: list[str] = []
    for line in lines:
        if line.startswith("a=end-of-candidates") or (line.startswith("a=candidate:") and not _is_useful(line)):
            continue
        kept.append(line)
    kinds = tuple(_kinds(kept))
    if not kinds:
        raise BadOffer("The offer sends neither audio nor video")
    for needed in ("ice-ufrag", "ice-pwd", "fingerprint"):
        if not any(line.startswith(f"a={needed}:") for line in kept):
            raise BadOffer(f"The offer has no {needed}: it is not one of WebRTC")
    if len(kinds) > 1 and not any(line.startswith("a=group:BUNDLE ") for line in kept):
        raise BadOffer("The offer does not bundle its audio and video (RFC 9725 asks for it)")
    return Offer("\r\n".join(kept), kinds)


def _is_useful(line: str) -> bool:
    """Whether a candidate can be tried: UDP, and an address. A `.local` name costs a second to find out, and its
    owner's own checks arrive anyway."""
    found = _CANDIDATE.match(line)
    if found is None or found.group(1).lower() != "udp":
        return False
    try:
        ipaddress.ip_address(found.group(2))
    except ValueError:
        return False
    return True


def _kinds(lines: list[str]) -> list[Kind]:
    kinds: list[Kind] = []
    for at, line in enumerate(lines):
        if not line.startswith("m="):
            continue
        found = _MEDIA.fullmatch(line.strip())
        if found is None:
            raise BadOffer("The body is not SDP: a media line is malformed")
        name = found.group(1)
        if name not in (Kind.AUDIO.value, Kind.VIDEO.value):
            raise BadOffer(f"The offer has {name[:20]!r}: only audio and video are taken here")
        kind = Kind(name)
        if kind in kinds:
            raise BadOffer(f"The offer has {kind.value} twice: one of a kind is taken here")
        if _sends(lines, at):
            kinds.append(kind)
        else:
            raise BadOffer(f"The offer does not send its {kind.value}: make it sendonly or leave it out")
    return kinds


def _sends(lines: list[str], media_at: int) -> bool:
    for line in lines[media_at + 1 :]:
        if line.startswith("m="):
            break
        if line.strip() in ("a=recvonly", "a=inactive"):
            return False
    return True


def with_start_bitrate(answer: str, bitrate_bps: int) -> str:
    """The answer, telling a Chromium publisher where to begin (`x-google-start-bitrate`, in kbit/s)."""
    kbps = bitrate_bps // 1000
    lines = answer.split("\r\n")
    payloads = [found.group(1) for line in lines if (found := _RTPMAP.fullmatch(line.strip()))]
    for payload in payloads:
        prefix = f"a=fmtp:{payload} "
        at = next((index for index, line in enumerate(lines) if line.startswith(prefix)), None)
        if at is not None:
            lines[at] += f";x-google-start-bitrate={kbps}"
        else:
            rtpmap = next(index for index, line in enumerate(lines) if line.startswith(f"a=rtpmap:{payload} "))
            lines.insert(rtpmap + 1, f"{prefix}x-google-start-bitrate={kbps}")
    return "\r\n".join(lines)


def with_address(answer: str, address: str) -> str:
    """The answer, offering `address` instead of this machine's own: for a node behind a one-to-one NAT."""
    version = ipaddress.ip_address(address).version
    lines: list[str] = []
    replaced = False
    for line in answer.split("\r\n"):
        if line.startswith("m="):
            replaced = False
        if not line.startswith("a=candidate:"):
            lines.append(line)
            continue
        parts = line.split(" ")
        if replaced or ipaddress.ip_address(parts[4]).version != version:
            continue
        parts[4] = address
        lines.append(" ".join(parts))
        replaced = True
    return "\r\n".join(lines)
