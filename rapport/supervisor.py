"""`rapport serve`: the database, web processes and a worker, started in order, watched, and stopped in order.

Whatever is killed, the next start mends: PostgreSQL recovers from its log, the inbox and outbox keep what was not
done, and children end when their parent is gone.
"""

import asyncio
import errno
import signal
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from multiprocessing.context import ForkProcess

from rich.console import Console
from rich.status import Status

from rapport import database, first_account, migrations, processes
from rapport.kit import log
from rapport.kit.fatal import Fatal
from rapport.kit.postgres import PostgresFailed, PrivatePostgres
from rapport.kit.settings import Settings

_STOP_SECONDS = 20
_RESTART_SECONDS = 1.0
_LOOK_SECONDS = 0.2
_READY_SECONDS = 60
# As long as web processes take to end whose program was killed.
_PORT_SECONDS = 6
_logger = log.logger("supervisor")
console = Console()


class PortTaken(Fatal):
    """The web app can't listen where it was to."""


class NotReady(Fatal):
    """What was started does not answer."""


@dataclass
class _Child:
    """A process of ours, started again when it ends unasked."""

    name: str
    started: Callable[[str], ForkProcess]
    process: ForkProcess | None = None

    def start(self) -> None:
        self.process = self.started(self.name)

    def ended(self) -> bool:
        return self.process is not None and not self.process.is_alive()


class _Ending:
    """Whether a signal requested the shutdown. No lock: the handler runs in the thread that would hold it."""

    requested = False

    def ask(self, *_: object) -> None:
        self.requested = True


def serve(
    settings: Settings,
    *,
    host: str,
    port: int,
    role: str,
    founding: first_account.Founding | None = None,
    ready: Callable[[first_account.Access, str], None] | None = None,
) -> None:
    """Run until SIGINT or SIGTERM. `ready` is called once, with a sign-in link, when /health answers 200. `founding`:
    as what the first account is made, where there is none."""
    held = _hold(host, port) if role in ("all", "web") else None
    ending = _Ending()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, ending.ask)
    postgres = database.private(settings)
    joined = postgres is not None and postgres.answers()
    # A further worker on a private database leaves it to the program that it belongs to.
    ours = postgres is not None and not (role == "worker" and joined)
    children: list[_Child] = []
    # Who does not get that far leaves what it found running as it was.
    started = False
    try:
        kinds = [kind for kind in ("web", "worker") if role in ("all", kind)]
        with console.status("Starting the database …") as status, ThreadPoolExecutor(1) as beside:
            preparing = beside.submit(_prepare, settings, postgres, founding, status)
            processes.load(kinds)
            url, access = preparing.result()
        # not while other threads run: the status line's, and the one above
        children += _children(kinds, settings, url, host, port, held)
        for child in children:
            child.start()
        _wait_until_ready(host, port, role, children, ending)
        started = True
        if not settings.base_url_given:
            say = "the address it listens on. Set RAPPORT_BASE_URL to the one that recipients reach."
            console.print(f"Links in messages begin with {settings.base_url}, {say}", soft_wrap=True, highlight=False)
        if ready and not ending.requested:
            ready(access, asyncio.run(first_account.sign_in_link(settings, url)))
        _watch(children, ending, postgres if ours else None)
    finally:
        _stop(children)
        if held is not None:
            held.close()
        if postgres and ours and (started or not joined):
            postgres.stop()


def _prepare(
    settings: Settings, postgres: PrivatePostgres | None, founding: first_account.Founding | None, status: Status
) -> tuple[str, first_account.Access]:
    """The database's URL, with the newest schema and an account in it."""
    url = postgres.start() if postgres else str(settings.database_url)
    status.update("Updating the schema …")
    migrations.upgrade(url)
    access = asyncio.run(first_account.ensure(settings, url, founding))
    status.update("Starting …")
    return url, access


def _hold(host: str, port: int) -> socket.socket:
    """Take the port for as long as this program runs, so that a second one does not share its calls. Raises PortTaken.

    Web processes share it among themselves (SO_REUSEPORT), which would let in anybody's. So it is bound without, which
    fails where somebody listens or holds it, and opened to sharing afterwards. Nobody listens on this socket itself.
    """
    deadline = time.monotonic() + _PORT_SECONDS
    while True:
        try:
            held = _bound(host, port)
        except OSError as error:
            if time.monotonic() > deadline or error.errno != errno.EADDRINUSE:
                what = f"Port {port} of {host} is taken" if error.errno == errno.EADDRINUSE else f"{host}:{port}"
                raise PortTaken(f"{what}: {error.strerror}. Stop what runs there, or use --port.") from error
            time.sleep(0.1)
            continue
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        return held


def _bound(host: str, port: int) -> socket.socket:
    address_info = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    bound = socket.socket(*address_info[:3])
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address_info[4])
    except OSError:
        bound.close()
        raise
    return bound


def _children(
    kinds: list[str], settings: Settings, url: str, host: str, port: int, held: socket.socket | None
) -> list[_Child]:
    def started(name: str) -> ForkProcess:
        return processes.start(name, settings, url, host, port, held)

    counts = {"web": settings.web_processes, "worker": settings.workers}
    return [_Child(f"{kind}-{n}", started) for kind in kinds for n in range(counts[kind])]


def _wait_until_ready(host: str, port: int, role: str, children: list[_Child], ending: _Ending) -> None:
    """Raises NotReady when /health does not answer 200 in time. Who ends meanwhile is started again."""
    if role == "worker":
        return
    shown = "127.0.0.1" if host in ("0.0.0.0", "::") else host
    wanted = (200,) if role == "all" else (200, 503)
    deadline = time.monotonic() + _READY_SECONDS
    while not ending.requested:
        if _health(shown, port) in wanted:
            return
        if time.monotonic() > deadline:
            raise NotReady("The web process did not become ready; see the log lines above.")
        _start_again(children)
        time.sleep(0.03)


def _health(host: str, port: int) -> int:
    """The status, 0 = no answer. By the plainest client: asked so often, another would take time from those waited
    for."""
    connection = HTTPConnection(host, port, timeout=2)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status
    except (OSError, HTTPException):
        return 0
    finally:
        connection.close()


def _watch(children: list[_Child], ending: _Ending, postgres: PrivatePostgres | None) -> None:
    while True:
        time.sleep(_LOOK_SECONDS)
        if ending.requested:
            return
        if postgres and not postgres.lives():
            _revive(postgres)
        _start_again(children)


def _start_again(children: list[_Child]) -> None:
    for child in children:
        if child.ended():
            _logger.error("process ended, starting it again", process=child.name)
            time.sleep(_RESTART_SECONDS)
            child.start()


def _revive(postgres: PrivatePostgres) -> None:
    """Web and worker connect again by themselves."""
    _logger.error("the database ended, starting it again")
    try:
        postgres.start()
    except PostgresFailed as error:
        _logger.error("the database did not start", error=str(error))
        time.sleep(_RESTART_SECONDS)


def _stop(children: list[_Child]) -> None:
    """All are asked together; who does not end in time is killed, which loses nothing that was answered."""
    running = [child.process for child in children if child.process is not None and child.process.is_alive()]
    for process in running:
        process.terminate()
    deadline = time.monotonic() + _STOP_SECONDS
    for process in running:
        process.join(max(0.1, deadline - time.monotonic()))
        if process.is_alive():
            process.kill()
