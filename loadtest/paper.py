"""Where a report goes: looked at before anything starts, so that no run is made whose report cannot be written.

Writes nothing. Called with what `--report` says.
"""

import os
from pathlib import Path

from loadtest.refusal import Refusal


def allow_report(path: Path) -> None:
    """Refusal where nothing can be written at `path`."""
    if path.is_dir():
        raise Refusal(f"--report {path}: this is a folder; give a file")
    if not path.parent.is_dir():
        raise Refusal(f"--report {path}: there is no folder {path.parent}")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise Refusal(f"--report {path}: no right to write there")
