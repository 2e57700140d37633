"""Small pages that need no script: what happened, in words, and where to go. Everything in them is escaped; nothing
is decided here. `pages` and the confirmation link answer with them.
"""

from html import escape

from starlette.responses import HTMLResponse

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>{title}</title><link rel="stylesheet" href="/words.css"></head>
<body><main><h1>{title}</h1><p>{text}</p>{links}</main></body></html>
"""

STYLE = """:root{color-scheme:light dark}
body{margin:0;font:1rem/1.5 system-ui,sans-serif}
main{max-width:36rem;margin:0 auto;padding:4rem 1.5rem}
h1{font-size:1.5rem;line-height:1.25}
li{margin:.5rem 0}
a{color:inherit;text-underline-offset:.2em}
code{font:.9em ui-monospace,monospace}
"""


def page_of_words(status: int, title: str, text: str, *links: tuple[str, str]) -> HTMLResponse:
    """A page with a title, a paragraph and `links` (address, words)."""
    items = "".join(f'<li><a href="{escape(where)}">{escape(words)}</a></li>' for where, words in links)
    html = _PAGE.format(title=escape(title), text=escape(text), links=f"<ul>{items}</ul>" if items else "")
    return HTMLResponse(html, status, {"cache-control": "no-store"})
