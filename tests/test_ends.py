"""An interrupted run leaves nothing behind."""

import os
import signal
import subprocess
import sys

import pytest

from tests.conftest import eventually

# Starts something in a group of its own, as servers are, says which, and waits.
# A shell that starts the whole run in the background has it ignore what the keyboard sends.
RUN = """
import signal, subprocess, sys, time
from tests import ends
signal.signal(signal.SIGINT, signal.default_int_handler)
started = subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(60)"], start_new_session=True)
ends.with_us(started.pid)
print(started.pid, flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_what_a_run_started_ends_with_it(number: signal.Signals) -> None:
    with subprocess.Popen([sys.executable, "-c", RUN], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as running:
        assert running.stdout is not None
        started = int(running.stdout.readline())
        running.send_signal(number)
        running.wait(60)
        eventually(lambda: _is_gone(started), seconds=60)


def _is_gone(pid: int) -> bool:
    """It is nobody's child any more; where nobody collects it, it is a zombie."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    state = subprocess.run(["ps", "-o", "state=", "-p", str(pid)], capture_output=True, text=True).stdout
    return state.strip() in ("", "Z")
