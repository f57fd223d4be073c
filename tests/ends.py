"""What tests and benchmarks start ends with them, also when they are killed.

A process of its own waits for the end of a pipe, which nobody but us has open, and then ends whatever still runs.
"""

import functools
import signal
import subprocess
import sys
from typing import IO

# Each line is a process and a signal. When it was begun tells whether a number belongs to another process by now.
_WATCH = """
import os, subprocess, sys

def begun(pid):
    return subprocess.run(["ps", "-o", "lstart=", "-p", pid], capture_output=True).stdout

ours = [(pid, number, begun(pid)) for pid, number in (line.split() for line in sys.stdin)]
for pid, number, since in ours:
    if since and begun(pid) == since:
        os.kill(int(pid), int(number))
"""


@functools.cache
def _watcher() -> IO[str]:
    """Its standard input. It is in no group with us, so that what is typed at a terminal does not end it first."""
    watching = subprocess.Popen(
        [sys.executable, "-S", "-c", _WATCH], stdin=subprocess.PIPE, text=True, bufsize=1, start_new_session=True
    )
    assert watching.stdin is not None
    return watching.stdin


def with_us(pid: int, number: int = signal.SIGTERM) -> None:
    """Send it this signal when we are gone. PostgreSQL's postmaster ends at once and cleanly by SIGINT."""
    _watcher().write(f"{pid} {int(number)}\n")
