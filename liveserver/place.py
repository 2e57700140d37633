"""A folder to keep things in between runs: that it can be written to, and the signing key that lies in it. It makes no
key where one is given, and never prints one. `cli` and `demo` call it before anything is started.
"""

import os
import secrets
from errno import EISDIR
from pathlib import Path
from typing import Final

from sqlalchemy.engine import make_url

from broadcast.core.errors import SettingsError
from broadcast.settings import SECRET_MIN_CHARS

KEY_FILE: Final = "secret"


def prepare(folder: Path) -> None:
    """Make the folder, and write in it once. SettingsError names the remedy."""
    probe = folder / f".probe-{os.getpid()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as fault:
        why = (fault.strerror or "it cannot be used").lower()
        raise SettingsError(
            [f"DATA_DIR: cannot write in {folder} ({why}); choose a folder of yours, like DATA_DIR=/tmp/live"]
        ) from None


def prepare_for(database_url: str) -> None:
    """Where the records are a SQLite file: make its folder, and see that it can be written. SettingsError otherwise."""
    url = make_url(database_url)
    if not url.drivername.startswith("sqlite") or not url.database or url.database == ":memory:":
        return
    try:
        prepare(Path(url.database).parent)
    except SettingsError as fault:
        raise SettingsError([line.replace("DATA_DIR:", "DATABASE_URL:", 1) for line in fault.faults]) from None


def signing_key(folder: Path) -> str:
    """The key kept in `folder` (mode 0600), made there the first time; processes that start together get the same."""
    kept = folder / KEY_FILE
    try:
        if not kept.exists():
            _make(kept)
        key = kept.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        key = ""
    if len(key) < SECRET_MIN_CHARS:
        raise SettingsError([f"DATA_DIR: {kept} holds no signing key; remove the file (old links end), or set SECRET"])
    return key


def _make(kept: Path) -> None:
    # Written aside and linked: whoever finds the file finds it whole, and the first one stays.
    aside = kept.with_name(f".{KEY_FILE}-{secrets.token_hex(4)}")
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(handle, secrets.token_hex(32).encode())
    finally:
        os.close(handle)
    try:
        os.link(aside, kept)
    except FileExistsError:
        pass
    finally:
        aside.unlink()


def prepare_file(path: Path) -> None:
    """See that a file can be written at `path`, without touching what is there. SettingsError names the remedy."""
    aside = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
    try:
        if path.is_dir():
            raise IsADirectoryError(EISDIR, "it is a folder")
        aside.touch()
        aside.unlink()
    except OSError as fault:
        raise SettingsError([_unwritable(path, fault)]) from None


def write_whole(path: Path, text: str) -> None:
    """Write a file so that whoever sees it sees all of it; it holds tokens, so its owner alone may read it."""
    aside = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
    try:
        handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        aside.replace(path)
    except OSError as fault:
        raise SettingsError([_unwritable(path, fault)]) from None


def _unwritable(path: Path, fault: OSError) -> str:
    why = (fault.strerror or "it cannot be used").lower()
    return f"LINKS: cannot write {path} ({why}); name a file in a folder of yours"
