"""What a process writes down: lines of JSON on standard error, from the level that was asked for."""

import json
import subprocess
import sys

import pytest

_SAYS = """
import logging, sys, structlog
from broadcast import journal
journal.configure(sys.argv[1])
log = structlog.get_logger("test")
log.info("heard", room="demo", of={1: object})
log.warning("amiss")
logging.getLogger("library").info("chatter")
"""


@pytest.mark.parametrize(("level", "said"), [("debug", ["heard", "amiss"]), ("warning", ["amiss"]), ("error", [])])
def test_events_are_lines_of_json_from_the_level_on(level: str, said: list[str]) -> None:
    ran = subprocess.run([sys.executable, "-c", _SAYS, level], capture_output=True, text=True, timeout=30, check=True)
    lines = [json.loads(line) for line in ran.stderr.splitlines()]
    assert [line["event"] for line in lines] == said
    assert all({"level", "timestamp"} <= line.keys() for line in lines)
    assert ran.stdout == ""
