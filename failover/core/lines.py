"""Finds the line on which a field of a TOML text stands. It never judges the text and expects it to be valid TOML.
`plan` asks it, so that a fault can name its line.
"""

import re

_TABLE = re.compile(r"\s*\[\s*([A-Za-z0-9_.\-]+)\s*\]")
_LIST = re.compile(r"\s*\[\[\s*([A-Za-z0-9_.\-]+)\s*\]\]")
_KEY = re.compile(r"""\s*["']?([A-Za-z0-9_\-]+)["']?\s*[=.]""")


class Lines:
    """Where each table and each key of `text` begins, counted from 1."""

    def __init__(self, text: str) -> None:
        self._lines: dict[str, int] = {}
        self._scan(text)

    def of(self, path: str) -> int:
        """The line of `path` (`rung[2].words`), or of the nearest thing around it that stands in the text; else 1."""
        while path:
            if path in self._lines:
                return self._lines[path]
            path = path[: path.rindex("[")] if path.endswith("]") else path.rpartition(".")[0]
        return 1

    def _scan(self, text: str) -> None:
        table = ""
        counts: dict[str, int] = {}
        inside: str | None = None
        for number, line in enumerate(text.split("\n"), start=1):
            if inside is not None:
                inside = None if line.count(inside) % 2 else inside
                continue
            if found := _LIST.match(line):
                name = found.group(1)
                table = f"{name}[{counts.get(name, 0)}]"
                counts[name] = counts.get(name, 0) + 1
                self._lines.setdefault(name, number)
                self._lines[table] = number
            elif found := _TABLE.match(line):
                table = found.group(1)
                self._lines.setdefault(table, number)
            elif found := _KEY.match(line):
                path = f"{table}.{found.group(1)}" if table else found.group(1)
                self._lines.setdefault(path, number)
                inside = next((quote for quote in ('"""', "'''") if line.count(quote) % 2), None)
