"""A clock that can be set and a disk that can be full, for processes that a test starts. Nothing else notices.

In: a directory. Out: environment variables, and context managers. Called by ``faults`` and ``play``. The disk is a small
one of its own where we may mount, else a limit on files.
"""

import errno
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import psutil

from tests.house import until

DISK = "32m"
SHORTEN = "PRAGMA wal_checkpoint(TRUNCATE)"


def settable_clock(directory: Path) -> dict[str, str]:
    """Environment for processes whose clock ``set_clock`` sets; they run ``wrong_clock`` instead of ``wsgi``."""
    set_clock(directory, 0)
    return {"CLOCK_FILE": str(directory / "clock")}


def set_clock(directory: Path, seconds: int) -> None:
    """All processes on this clock are now this far ahead of the real time, or behind it."""
    new = directory / "clock.new"
    new.write_text(f"{seconds:+d}")
    new.rename(directory / "clock")


@contextmanager
def small_disk(directory: Path) -> Iterator[Path]:
    """``directory`` / "disk": a small file system of its own when we may mount one, else an ordinary directory."""
    disk = directory / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(disk)]
    mounted = shutil.which("mount") is not None and subprocess.run(mount, capture_output=True).returncode == 0
    try:
        yield disk
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(disk)], check=True)


@contextmanager
def no_room(disk: Path, writers: Sequence[psutil.Process]) -> Iterator[None]:
    """Every byte of a small disk is taken ("database or disk is full"); on an ordinary one none of these processes
    may make a file longer than the database's log is now ("disk I/O error").
    """
    with ExitStack() as undo:
        if os.path.ismount(disk):
            undo.callback((disk / "filler").unlink)
            _shorten_log(disk)
            _fill(disk / "filler")
        else:
            longest = max((path.stat().st_size for path in disk.iterdir()), default=0)
            for process in writers:
                soft, hard = process.rlimit(psutil.RLIMIT_FSIZE)
                undo.callback(process.rlimit, psutil.RLIMIT_FSIZE, (soft, hard))
                process.rlimit(psutil.RLIMIT_FSIZE, (longest, hard))
        yield


def _shorten_log(disk: Path) -> None:
    """A log that was long before has room in itself, however full the disk is."""
    for database in disk.glob("*.db"):
        with closing(sqlite3.connect(database, timeout=10)) as connection:
            until("the log is short", lambda c=connection: c.execute(SHORTEN).fetchone()[0] == 0)


def _fill(file: Path) -> None:
    with file.open("wb", buffering=0) as filler:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while True:
                    filler.write(b"\0" * size)
            except OSError as full:
                if full.errno != errno.ENOSPC:
                    raise
