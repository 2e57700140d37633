"""Writes the mails: subject, plain text, and the same as minimal HTML. It sends nothing, and everything that people
wrote is escaped. The notifier asks for them.
"""

import html
import re
from dataclasses import dataclass

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]+")


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail's content."""

    subject: str
    text: str
    html: str


def moved(*, title: str, name: str, words: str, link: str) -> Letter:
    """The show goes on elsewhere; `link` is this person's own."""
    return _letter(
        subject=f"{title}: the show goes on in the backup room",
        greeting=name,
        before=[words, "This link is yours alone: it takes you there under your name."],
        label="Go to the backup room",
        link=link,
        after=["If the page is open already, you need do nothing: it takes you along by itself."],
        why=f"You get this mail because you asked to be told if “{title}” moves.",
    )


def confirm(*, title: str, name: str, link: str) -> Letter:
    """Is this address theirs?"""
    return _letter(
        subject=f"{title}: please confirm your address",
        greeting=name,
        before=[
            f"You asked to be told if “{title}” has to move. Please confirm that this address is yours.",
        ],
        label="Confirm my address",
        link=link,
        after=["We write only if the event moves. If it wasn't you who asked, ignore this mail."],
        why="",
    )


def _letter(
    *, subject: str, greeting: str, before: list[str], label: str, link: str, after: list[str], why: str
) -> Letter:
    hello = f"Hello {_line(greeting)}," if greeting.strip() else "Hello,"
    before = [_line(part) for part in before if part]
    after = [_line(part) for part in [*after, why] if part]
    paragraphs = [f"<p>{html.escape(part)}</p>" for part in [hello, *before]]
    paragraphs.append(
        f'<p><a href="{html.escape(link)}" style="display:inline-block;padding:12px 20px;border-radius:8px;'
        f'background:#1d4ed8;color:#fff;text-decoration:none">{html.escape(label)}</a></p>'
    )
    paragraphs.append(f'<p style="color:#555">Or open this address: {html.escape(link)}</p>')
    paragraphs.extend(f'<p style="color:#555">{html.escape(part)}</p>' for part in after)
    return Letter(
        subject=_line(subject)[:200],
        text="\n\n".join([hello, *before, f"{label}:\n{link}", *after]) + "\n",
        html=(
            '<!doctype html><html lang="en"><body style="font:16px/1.5 system-ui,sans-serif;color:#111;max-width:36em;'
            f'margin:2em auto;padding:0 1em">{"".join(paragraphs)}</body></html>'
        ),
    )


def _line(text: str) -> str:
    # A line break in a header would be a second header.
    return _CONTROL.sub(" ", text).strip()
