"""A full disk: ballast in a folder until nothing more fits, on a file system small enough to be filled.

Never fills a disk that others live on: only one that `SmallDisk` mounted for the process under test, known by its
marker. Driven by the catalogue and, for the mount, by the command line.
"""

import contextlib
import errno
import os
import subprocess
from pathlib import Path
from typing import Self

from failover.faults.fault import CannotRehearse

_FREE_MAX = 4 * 2**30
_BALLAST = ".fault-ballast"
_PROBE = ".fault-probe"
_MARKER = ".fault-disk"


class DiskFull:
    """Every write below `folder` ends with "no space left on device"."""

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise CannotRehearse(f"{folder} is no folder")
        if not _is_on_small_disk(folder.resolve()):
            raise CannotRehearse(
                f"{folder} lies on a disk that others use: give the process a small one (failover fault disk {folder})"
            )
        self._ballast = folder / _BALLAST
        self._probe = folder / _PROBE

    def inject(self) -> None:
        try:
            with self._ballast.open("wb") as file:
                _fill(file.fileno())
        except OSError as fault:
            raise CannotRehearse(f"{self._ballast.parent} cannot be filled: {fault.strerror}") from None

    def bit(self) -> bool:
        try:
            self._probe.write_bytes(b"x" * 65_536)
        except OSError as fault:
            return fault.errno == errno.ENOSPC
        finally:
            with contextlib.suppress(OSError):
                self._probe.unlink()
        return False

    def heal(self) -> None:
        try:
            self._ballast.unlink(missing_ok=True)
        except OSError as fault:
            raise CannotRehearse(f"{self._ballast} cannot be taken away: {fault.strerror}") from None


class SmallDisk:
    """A tmpfs of `size_bytes` at `folder` while the context lasts; folders made for it go with it.

    CannotRehearse without the right to mount, or where it cannot be a folder.
    """

    def __init__(self, folder: Path, size_bytes: int) -> None:
        self.folder = folder
        self._size = size_bytes
        self._made: list[Path] = []

    def __enter__(self) -> Self:
        try:
            self._made = [each for each in (self.folder, *self.folder.parents) if not each.exists()]
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as fault:
            self._remove_made()
            raise CannotRehearse(f"{self.folder} cannot be made a folder: {fault.strerror}") from None
        try:
            _mount_tool("mount", "-t", "tmpfs", "-o", f"size={self._size},mode=0777", "tmpfs", str(self.folder))
        except CannotRehearse:
            self._remove_made()
            raise
        try:
            (self.folder / _MARKER).write_text(_device(self.folder))
        except OSError as fault:
            self.__exit__()
            raise CannotRehearse(f"{self.folder} cannot be marked: {fault.strerror}") from None
        return self

    def __exit__(self, *_: object) -> None:
        _mount_tool("umount", "-l", str(self.folder))
        self._remove_made()

    def _remove_made(self) -> None:
        for folder in self._made:
            with contextlib.suppress(OSError):
                folder.rmdir()


def _mount_tool(*command: str) -> None:
    try:
        # In a session of its own: Ctrl-C at a terminal must not end it half-way.
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=10, start_new_session=True)  # noqa: S603
    except FileNotFoundError:
        raise CannotRehearse(f"there is no {command[0]} command") from None
    except subprocess.SubprocessError as fault:
        told = str(getattr(fault, "stderr", "") or fault).strip().splitlines()
        raise CannotRehearse(f"a small disk needs root: {told[0] if told else fault}") from None


def _is_on_small_disk(folder: Path) -> bool:
    """Whether the mount that `folder` lies on bears the marker, and the marker is no copy from elsewhere."""
    mount = next(place for place in (folder, *folder.parents) if place.is_mount())
    try:
        return (mount / _MARKER).read_text() == _device(folder)
    except (OSError, ValueError):
        return False


def _device(folder: Path) -> str:
    return f"{folder.stat().st_dev}\n"


def _fill(descriptor: int) -> None:
    """Write until not one byte more fits; `_FREE_MAX` is the end in any case."""
    chunk, written = b"\0" * 2**20, 0
    while chunk and written < _FREE_MAX:
        try:
            written += os.write(descriptor, chunk)
        except OSError as fault:
            if fault.errno != errno.ENOSPC:
                raise
            chunk = chunk[: len(chunk) // 2]
