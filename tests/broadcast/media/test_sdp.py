"""Offers are read with care, answers say a little more than aiortc would."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast.core.entries import Kind
from broadcast.media.sdp import BadOffer, read_offer, with_address, with_start_bitrate

ICE = ["a=ice-ufrag:abcd", "a=ice-pwd:abcdefghijklmnopqrstuvwx", "a=fingerprint:sha-256 AB:CD"]
HEAD = ["v=0", "o=- 1 1 IN IP4 0.0.0.0", "s=-", "t=0 0", "a=group:BUNDLE 0 1", *ICE]
AUDIO = ["m=audio 9 UDP/TLS/RTP/SAVPF 111", "a=mid:0", "a=sendonly", "a=rtpmap:111 opus/48000/2"]
VIDEO = ["m=video 9 UDP/TLS/RTP/SAVPF 108 96", "a=mid:1", "a=sendonly", "a=rtpmap:108 H264/90000"]


def body(*lines: str) -> bytes:
    return "\r\n".join([*lines, ""]).encode()


def test_an_offer_names_what_it_sends():
    assert read_offer(body(*HEAD, *AUDIO, *VIDEO)).kinds == (Kind.AUDIO, Kind.VIDEO)
    assert read_offer(body(*HEAD, *VIDEO)).kinds == (Kind.VIDEO,)
    assert read_offer(body(*HEAD, *AUDIO).replace(b"\r\n", b"\n")).kinds == (Kind.AUDIO,)


def test_candidates_that_only_cost_time_are_left_out():
    lines = [
        "a=candidate:1 1 udp 2113937151 fe7fd1a3-bb9b-4223-9d2f-ed0845322642.local 49920 typ host",
        "a=candidate:2 1 udp 2122194687 192.0.2.2 48402 typ host generation 0",
        "a=candidate:3 1 tcp 1518214911 192.0.2.2 9 typ host tcptype active",
        "a=candidate:4 1 UDP 2122194687 fd00::2 48402 typ host",
        "a=candidate:nonsense",
        "a=end-of-candidates",
    ]
    text = read_offer(body(*HEAD, *AUDIO, *lines)).text
    assert lines[1] in text
    assert lines[3] in text
    assert ".local" not in text
    assert "tcp" not in text
    assert "nonsense" not in text
    assert "end-of-candidates" not in text


@pytest.mark.parametrize(
    "offer",
    [
        b"",
        b"hello",
        b"\xff\xfe",
        b'{"type":"offer"}',
        body(*HEAD),
        body(*HEAD, "m=audio", *AUDIO),
        body(*HEAD, *[line.replace("sendonly", "recvonly") for line in AUDIO]),
        body(*HEAD, *[line.replace("sendonly", "inactive") for line in AUDIO], *VIDEO),
        body(*HEAD, *AUDIO, *VIDEO, *VIDEO),
        body(*HEAD, "m=application 9 UDP/DTLS/SCTP webrtc-datachannel"),
        body(*[line for line in HEAD if "BUNDLE" not in line], *AUDIO, *VIDEO),
        body(*HEAD, *AUDIO, "a=" + "x" * 3000),
        body(*HEAD, *AUDIO, "a=\0"),
        *[body(*[line for line in HEAD if line != needed], *AUDIO) for needed in ICE],
    ],
)
def test_what_cannot_be_answered_is_refused_in_words(offer):
    with pytest.raises(BadOffer) as caught:
        read_offer(offer)
    assert 10 < len(str(caught.value)) < 120


@given(st.binary(max_size=400))
def test_no_bytes_make_it_fail_in_another_way(data):
    for offer in (data, b"v=0\r\n" + data, body(*HEAD, *AUDIO) + data):
        try:
            read_offer(offer)
        except BadOffer:
            continue


def test_every_picture_codec_is_told_where_to_begin():
    answer = "\r\n".join(
        [
            *HEAD,
            "m=video 9 UDP/TLS/RTP/SAVPF 108 96",
            "a=rtpmap:108 H264/90000",
            "a=fmtp:108 packetization-mode=1;profile-level-id=42e01f",
            "a=rtpmap:96 VP8/90000",
            "a=rtpmap:97 rtx/90000",
            "a=fmtp:97 apt=96",
            "",
        ]
    )
    lines = with_start_bitrate(answer, 2_500_000).split("\r\n")
    assert "a=fmtp:108 packetization-mode=1;profile-level-id=42e01f;x-google-start-bitrate=2500" in lines
    assert lines[lines.index("a=rtpmap:96 VP8/90000") + 1] == "a=fmtp:96 x-google-start-bitrate=2500"
    assert "a=fmtp:97 apt=96" in lines


def test_behind_a_nat_one_candidate_with_the_outer_address_is_offered():
    answer = "\r\n".join(
        [
            *AUDIO,
            "a=candidate:a 1 udp 2130706431 fd00::2 43932 typ host",
            "a=candidate:b 1 udp 2130706431 10.0.0.5 38784 typ host",
            "a=candidate:c 1 udp 2130706431 172.17.0.1 38785 typ host",
            *VIDEO,
            "a=candidate:b 1 udp 2130706431 10.0.0.5 38784 typ host",
        ]
    )
    found = [line for line in with_address(answer, "203.0.113.9").split("\r\n") if line.startswith("a=candidate")]
    assert found == ["a=candidate:b 1 udp 2130706431 203.0.113.9 38784 typ host"] * 2
