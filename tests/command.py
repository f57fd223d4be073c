"""The program's commands, as an operator runs them.

Most of what a command costs is reading its modules. A process that has read them forks for each command; what happens
after that is what happens in a terminal: its own process, arguments, environment, folder, output and exit status. One
that goes on, `rapport serve`, is begun in the same way.
"""

import atexit
import functools
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import IO, Any, NoReturn

from setproctitle import setproctitle

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
        status = _forks().ask(work, out.fileno(), err.fileno())
        out.seek(0)
        err.seek(0)
        return subprocess.CompletedProcess(work["argv"], status, out.read(), err.read())


class Begun:
    """A command that goes on, in a process group of its own; as `subprocess.Popen` as far as it goes."""

    def __init__(self, arguments: tuple[str, ...], env: Mapping[str, str], log: IO[bytes]) -> None:
        self._work = {"argv": ["rapport", *arguments], "env": dict(env), "cwd": str(Path.cwd()), "goes_on": True}
        self.pid = _forks().ask(self._work, log.fileno(), log.fileno())
        self._descriptor = os.pidfd_open(self.pid)
        self._status: int | None = None

    def poll(self) -> int | None:
        """Its exit status, None while it runs."""
        return self._ended(0)

    def wait(self, timeout: float = 60) -> int:
        """Its exit status. Raises subprocess.TimeoutExpired."""
        status = self._ended(timeout)
        if status is None:
            raise subprocess.TimeoutExpired(self._work["argv"], timeout)
        return status

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def _ended(self, seconds: float) -> int | None:
        if self._status is None and select.select([self._descriptor], [], [], seconds)[0]:
            os.close(self._descriptor)
            self._status = _forks().ask({"ended": self.pid})
        return self._status


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

    def ask(self, work: dict[str, Any], *outputs: int) -> int:
        """The status of a command that ended, or the number of a process that goes on."""
        with self._lock:
            socket.send_fds(self._socket, [json.dumps(work).encode()], outputs)
            return int(self._socket.recv(100))


_forks = functools.cache(_Forks)


def _serve(number: int) -> None:
    """Fork for each command, until the tests are gone."""
    from rapport import cli

    for module in ("commands.doctor", "commands.replay", "database", "migrations", "server", "supervisor", "worker"):
        import_module(f"rapport.{module}")
    for name in cli.MODULES.values():
        import_module(name)
    connection = socket.socket(fileno=number)
    while True:
        text, fds, *_ = socket.recv_fds(connection, _LONGEST, _FDS)
        if not text:
            return
        work = json.loads(text)
        answer = _waited(work["ended"]) if "ended" in work else _forked(work, fds, connection)
        connection.send(str(answer).encode())


def _forked(work: dict[str, Any], fds: list[int], connection: socket.socket) -> int:
    child = os.fork()
    if not child:
        connection.close()
        _run(work, *fds)
    for fd in fds:
        os.close(fd)
    return child if "goes_on" in work else _status(child, work["timeout"])


def _waited(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _status(child: int, seconds: float) -> int:
    timer = threading.Timer(seconds, os.kill, (child, signal.SIGKILL))
    timer.start()
    status = _waited(child)
    timer.cancel()
    return status


def _run(work: dict[str, Any], out: int, err: int) -> NoReturn:
    from rapport.cli import main

    with open(os.devnull, "rb") as nothing:  # noqa: PTH123
        for number, target in ((nothing.fileno(), 0), (out, 1), (err, 2)):
            os.dup2(number, target)
    if "goes_on" in work:
        os.setsid()
        setproctitle(" ".join(work["argv"]))
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
