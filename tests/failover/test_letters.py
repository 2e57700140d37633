"""What the mails say."""

from failover import letters


def test_a_move_says_what_happens_and_where_to_go() -> None:
    letter = letters.moved(
        title="Knots & Bends", name="Ada", words="We're moving.", link="http://x/e/demo.backup?t=a&b=c"
    )
    assert letter.subject == "Knots & Bends: the show goes on in the backup room"
    assert letter.text.startswith("Hello Ada,\n\nWe're moving.\n")
    assert "\nhttp://x/e/demo.backup?t=a&b=c\n" in letter.text
    assert 'href="http://x/e/demo.backup?t=a&amp;b=c"' in letter.html
    assert "Knots &amp; Bends" in letter.html


def test_what_people_wrote_can_break_neither_the_header_nor_the_page() -> None:
    letter = letters.confirm(title="A\r\nBcc: eve@x", name='<script>"', link='http://x/?"><img>')
    assert letter.subject == "A Bcc: eve@x: please confirm your address"
    assert "<script>" not in letter.html
    assert "<img>" not in letter.html


def test_a_stranger_is_greeted_too() -> None:
    assert letters.confirm(title="T", name=" ", link="http://x").text.startswith("Hello,\n")
