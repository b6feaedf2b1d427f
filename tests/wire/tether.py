"""A child process that cannot outlive the tests, not even when they are killed with SIGKILL.

In: a command. Out: `Tethered`, a running process group. Called by the push service, the bus and Firefox.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from typing import IO

# The shell holds the read end of our pipe: when this process goes, however it goes, `read` returns.
# In a terminal's terms: fd 3 is the tether, the command itself gets /dev/null as its standard input.
_SHELL = (
    'exec 3<&0; "$@" 3<&- </dev/null & child=$!; '
    "(read _ <&3; kill -TERM $child 2>/dev/null) >/dev/null 2>&1 & watch=$!; "
    "wait $child; status=$?; kill $watch 2>/dev/null; exit $status"
)


class Tethered:
    """A running command in its own process group; `stop` ends all of it (10 s of grace, then SIGKILL)."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        cwd: str | os.PathLike[str] | None = None,
        stdout: int | IO[bytes] = subprocess.DEVNULL,
        stderr: int | IO[bytes] | None = subprocess.DEVNULL,
    ) -> None:
        self.process = subprocess.Popen(
            ["sh", "-c", _SHELL, "tether", *command],
            stdin=subprocess.PIPE,
            stdout=stdout,
            stderr=stderr,
            env=env,
            cwd=cwd,
            start_new_session=True,
        )

    def first_line(self) -> str:
        """The command's first line of output, without the newline; RuntimeError when it ends without one."""
        assert self.process.stdout is not None, "start it with stdout=PIPE"
        line = self.process.stdout.readline().decode()
        if not line:
            raise RuntimeError(f"ended with status {self.process.wait(10)} before it said anything")
        return line.rstrip("\n")

    def running(self) -> bool:
        return self.process.poll() is None

    def stop(self, grace: float = 10.0) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        try:
            self.process.wait(grace)
        except subprocess.TimeoutExpired:
            pass
        finally:
            self._kill_group()
            self.process.wait()
            if self.process.stdout is not None:
                self.process.stdout.close()

    def _kill_group(self) -> None:
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
