"""The program's commands, as an operator runs them.

Most of what a command costs is reading its modules. A process that has read them forks for each command; what happens
after that is what happens in a terminal: its own process, arguments, environment, folder, output and exit status.
"""

import atexit
import functools
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

_FDS = 2
_WIDE = {"COLUMNS": "240"}
_LONGEST = 1 << 20


def rapport(
    *arguments: str, env: Mapping[str, str] | None = None, timeout: float = 120
) -> "subprocess.CompletedProcess[str]":
    """`rapport ARGUMENTS`, ended. `env`: added to the environment; its output is wide enough for any table."""
    environment = {**os.environ, **_WIDE, **(env or {})}
    work = {"argv": ["rapport", *arguments], "env": environment, "cwd": str(Path.cwd()), "timeout": timeout}
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        status = _forks().run(work, out.fileno(), err.fileno())
        out.seek(0)
        err.seek(0)
        return subprocess.CompletedProcess(work["argv"], status, out.read(), err.read())


class _Forks:
    """The process that has read the modules, over a socket."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            command = [sys.executable, "-m", "tests.command", str(theirs.fileno())]
            # a console knows its width from when it is imported
            subprocess.Popen(command, pass_fds=[theirs.fileno()], env={**os.environ, **_WIDE})
        atexit.register(self._socket.close)

    def run(self, work: dict[str, Any], out: int, err: int) -> int:
        with self._lock:
            socket.send_fds(self._socket, [json.dumps(work).encode()], [out, err])
            return int(self._socket.recv(100))


_forks = functools.cache(_Forks)


def _serve(number: int) -> None:
    """Fork for each command, until the tests are gone."""
    from rapport import cli

    for module in ("wiring", "commands.doctor", "commands.replay", "database", "migrations"):
        import_module(f"rapport.{module}")
    for name in cli.MODULES.values():
        import_module(name)
    connection = socket.socket(fileno=number)
    while True:
        text, fds, *_ = socket.recv_fds(connection, _LONGEST, _FDS)
        if not text:
            return
        work = json.loads(text)
        child = os.fork()
        if not child:
            connection.close()
            _run(work, *fds)
        for fd in fds:
            os.close(fd)
        connection.send(str(_status(child, work["timeout"])).encode())


def _status(child: int, seconds: float) -> int:
    timer = threading.Timer(seconds, os.kill, (child, signal.SIGKILL))
    timer.start()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    timer.cancel()
    return status


def _run(work: dict[str, Any], out: int, err: int) -> NoReturn:
    from rapport.cli import main

    with open(os.devnull, "rb") as nothing:  # noqa: PTH123
        for number, target in ((nothing.fileno(), 0), (out, 1), (err, 2)):
            os.dup2(number, target)
    os.environ.clear()
    os.environ.update(work["env"])
    os.chdir(work["cwd"])
    sys.argv = work["argv"]
    status = 0
    try:
        main()
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        status = 1
    # as at the end of any program, but for what is not this command's: the forking process's own stack
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    _serve(int(sys.argv[1]))
