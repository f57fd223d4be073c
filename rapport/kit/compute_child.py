"""What a process of `kit/compute` runs: one piece of work after the other, until its parent is gone."""

import gc
import pickle
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any


def main() -> None:
    """A signal to the whole group asks the parent to end; what is under way here is finished first."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    connection = Connection(int(sys.argv[1]))
    with suppress(EOFError, OSError):
        while True:
            function = pickle.loads(connection.recv_bytes())
            _keep_what_was_imported()
            connection.send_bytes(b"ready")
            seconds = pickle.loads(connection.recv_bytes())
            connection.send_bytes(_answer(function, connection.recv_bytes(), seconds))


def _answer(function: Callable[..., Any], arguments: bytes, seconds: float) -> bytes:
    """(failed, value). The timer's signal is not handled, so the kernel ends the process when time is up."""
    args, named = pickle.loads(arguments)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        answer = pickle.dumps((False, function(*args, **named)))
    except Exception as error:
        answer = pickle.dumps((True, error))
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    return answer


def _keep_what_was_imported() -> None:
    """Nothing else here lives long enough for the cyclic collector to find any."""
    if gc.get_freeze_count() == 0:
        gc.freeze()
        gc.set_threshold(100_000, 50, 100)


if __name__ == "__main__":
    main()
