"""The world the tests live in: one server a test worker, one new account a test.

Tenants never see each other, so a new account isolates a test as well as a new database would, and costs a
thousandth. The server is the real program: `rapport serve` with its own data folder, web process and worker.
"""

import asyncio
import atexit
import fcntl
import functools
import gc
import itertools
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeVar

import certifi
import httpx
import psycopg
import pytest
from klaviyo_api import KlaviyoAPI

from rapport import migrations
from rapport.accounts import service as accounts
from rapport.kit.postgres import PrivatePostgres
from rapport.wiring import Program
from tests import ends
from tests.command import Begun, rapport
from tests.sink import Sink, free_port

if TYPE_CHECKING:
    from tests.parity.matrix import Matrix

REVISION = "2026-10-15"
T = TypeVar("T")


def _trust_one_authority() -> None:
    """A client that trusts all the world's takes 25 ms to make, which was most of what a test cost; nothing here is
    asked over TLS but by tests that bring their own."""
    first, end, _ = Path(certifi.where()).read_text().partition("-----END CERTIFICATE-----")
    file = Path(tempfile.gettempdir()) / "rapport-authority.pem"
    unfinished = file.with_suffix(f".{os.getpid()}")
    unfinished.write_text(first + end)
    unfinished.rename(file)
    os.environ["SSL_CERT_FILE"] = str(file)


def _keep_bytecode() -> None:
    """Where it is not to be written beside the source, every program that is started would compile it all again."""
    if sys.dont_write_bytecode:
        sys.dont_write_bytecode, sys.pycache_prefix = False, str(Path(tempfile.gettempdir()) / "rapport-bytecode")
        os.environ |= {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": sys.pycache_prefix}


# Files that take long begin first: begun last, the last one would run alone.
_LONG = (
    "web/test_templates.py", "web/test_composer.py", "web/test_every_page.py",
    "web/test_segments.py", "test_serve.py", "web/test_main_job.py", "messages/test_refusals.py",
    "onsite/test_script.py",
    "consent/test_consent_pages.py", "guide/test_guide.py", "imports/test_import_profiles.py", "test_access.py",
    "segments/evaluation/test_together.py", "segments/sql/test_lake.py", "flows/test_engine.py",
    "messages/test_delivery.py",
    "crash/test_campaign.py",
    "crash/test_kill.py", "flows/test_entry.py", "subscriptions/test_lists_and_everything.py", "soak/test_soak.py",
    "acceptance/test_orders.py", "segments/grammar/test_grammar.py", "segments/explaining/test_explain_types.py",
    "fuzz/test_fuzz.py",
)  # fmt: skip


def pytest_collection_finish() -> None:
    """What was collected stays, and the collector need not look at it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    order = {str(Path(__file__).parent / name): place for place, name in enumerate(_LONG)}
    items.sort(key=lambda item: order.get(str(item.path), len(_LONG)))


def _wait_long() -> None:
    """What is asked of a server on a busy machine is answered late; the library gives up after five seconds."""
    patience = httpx._config.DEFAULT_TIMEOUT_CONFIG
    patience.connect = patience.read = patience.write = patience.pool = 60


_wait_long()
_trust_one_authority()
_keep_bytecode()
# what tests call in this process works together as it does in the program
Program()


class _Asking:
    """One connection to a database for all its questions, which are asked from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._conn: psycopg.Connection[Any] | None = None

    def rows(self, url: str, statement: str, parameters: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        with self._lock:
            try:
                return self._asked(url, statement, parameters)
            except psycopg.OperationalError:
                # the database was killed and is there again
                self.close()
                return self._asked(url, statement, parameters)

    def _asked(self, url: str, statement: str, parameters: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        if self._conn is None or self._conn.closed:
            # nothing prepared: a plan made for one account's few rows would be used for another's many
            self._conn = psycopg.connect(url, autocommit=True, prepare_threshold=None)
        return self._conn.execute(statement, parameters).fetchall()  # type: ignore[arg-type]

    def close(self) -> None:
        if self._conn is not None:
            self._conn.close()
            self._conn = None


@dataclass
class Server:
    """A running `rapport serve`."""

    data: Path
    port: int
    process: "subprocess.Popen[bytes] | Begun"
    environment: dict[str, str]
    _asking: _Asking = field(default_factory=_Asking)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def database_url(self) -> str:
        return self.environment.get("RAPPORT_DATABASE_URL") or PrivatePostgres(self.data / "postgres").url

    def query(self, statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """What the database holds, for comparing answers with raw rows."""
        return self._asking.rows(self.database_url, statement, parameters)

    def command(self, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        """`rapport ARGUMENTS` on this installation."""
        environment = {"RAPPORT_DATABASE_URL": self.database_url, **environment}
        return rapport(*arguments, "--data", str(self.data), env=environment)

    def stop(self) -> None:
        self._asking.close()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)

    def kill(self) -> None:
        """kill -9 of the program and everything it started."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(30)


_PREPARED = "RAPPORT_TESTS_PREPARED"


def pytest_configure() -> None:
    """The first process of a run names the folder of the prepared database for all, and removes it."""
    if _PREPARED not in os.environ:
        os.environ[_PREPARED] = tempfile.mkdtemp(prefix="rapport-prepared-")
        atexit.register(shutil.rmtree, os.environ[_PREPARED], ignore_errors=True)


@functools.cache
def _prepared() -> Path:
    """A database with its schema, made once a run, to begin others with.

    It does not wait for the disk: what a killed program or database wrote is kept by the system all the same.
    """
    folder = Path(os.environ[_PREPARED]) / "postgres"
    with (folder.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            made = PrivatePostgres(folder.with_name("unfinished"))
            url = made.start()
            migrations.upgrade(url)
            with psycopg.connect(url, autocommit=True) as conn:
                conn.execute("ALTER SYSTEM SET fsync = off")
            made.stop()
            made.folder.rename(folder)
    return folder


@functools.cache
def _cluster() -> PrivatePostgres:
    """The PostgreSQL of this test process: whoever needs a database of its own gets one in it."""
    postgres = PrivatePostgres(_copied(Path(tempfile.mkdtemp(prefix="rapport-cluster-")) / "postgres"))
    postgres.start()
    ends.with_us(int((postgres.folder / "postmaster.pid").read_text().split("\n")[0]), signal.SIGINT)
    return postgres


def pytest_unconfigure() -> None:
    if _cluster.cache_info().currsize:
        _cluster().stop()
        shutil.rmtree(_cluster().folder.parent, ignore_errors=True)


_databases = itertools.count(1)


@contextmanager
def database() -> Iterator[str]:
    """The URL of an empty installation's database, of which nothing is left afterwards."""
    url, name = _cluster().url, f"rapport_{next(_databases)}"
    with psycopg.connect(url.replace("/rapport?", "/postgres?"), autocommit=True) as conn:
        conn.execute(f"CREATE DATABASE {name} TEMPLATE rapport STRATEGY file_copy")
        try:
            yield url.replace("/rapport?", f"/{name}?")
        finally:
            conn.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def serving(**environment: str) -> Iterator[Server]:
    """A `rapport serve` whose program no test kills, with a database of its own; `environment`: its settings."""
    folder = Path(tempfile.mkdtemp(prefix="rapport-"))
    with database() as url:
        running = start(folder / "data", RAPPORT_DATABASE_URL=url, **environment)
        try:
            yield running
        finally:
            running.stop()
    shutil.rmtree(folder, ignore_errors=True)


def _copied(folder: Path) -> Path:
    folder.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["cp", "-a", _prepared(), folder], check=True)
    return folder


def start(data: Path, *, port: int | None = None, fresh: bool = False, **environment: str) -> Server:
    """Start `rapport serve` on `data` in a process group of its own, and wait until it is ready.

    `fresh`: as on a new machine, from the command line, and it makes its database itself; else it is forked from a
    process that has read its modules, and finds a database that is empty.
    """
    if not (fresh or data.exists() or "RAPPORT_DATABASE_URL" in environment):
        _copied(data / "postgres")
    port = port or free_port()
    merged = {
        **os.environ,
        "RAPPORT_BASE_URL": f"http://127.0.0.1:{port}",
        "RAPPORT_OUTGOING_ALLOW": "127.0.0.1",
        **environment,
    }
    log = (data.parent / f"{data.name}.log").open("ab")
    command = ("serve", "--data", str(data), "--port", str(port))
    process = _program(command, merged, log) if fresh else Begun(command, merged, log)
    ends.with_us(process.pid)
    server = Server(data, port, process, merged)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"rapport serve ended: {Path(log.name).read_text()[-2000:]}")
        try:
            if httpx.get(f"{server.url}/health", timeout=2).status_code == 200:
                return server
        except httpx.HTTPError:
            time.sleep(0.05)
    raise RuntimeError(f"rapport serve did not become ready: {Path(log.name).read_text()[-2000:]}")


def _program(arguments: tuple[str, ...], env: dict[str, str], log: IO[bytes]) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "rapport.cli", *arguments]
    return subprocess.Popen(command, env=env, stdout=log, stderr=log, start_new_session=True)


@pytest.fixture(scope="session")
def sink() -> Iterator[Sink]:
    """A real SMTP server that keeps what it is given."""
    with Sink() as running:
        yield running


@pytest.fixture(scope="session")
def server(sink: Sink) -> Iterator[Server]:
    smtp = f"smtp://127.0.0.1:{sink.port}"
    with serving(RAPPORT_SMTP_URL=smtp, RAPPORT_BOUNCE_PORT=str(free_port()), RAPPORT_MAIL_PROVIDER="ses") as running:
        yield running


@pytest.fixture(scope="module")
def limited() -> Iterator[Server]:
    """A server that counts requests, as the live system does, and believes a proxy on this machine."""
    with serving(RAPPORT_RATE_LIMITS="on", RAPPORT_TRUSTED_PROXIES="127.0.0.0/8, 10.1.2.3") as running:
        yield running


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end, in a thread of its own: the browser's driver keeps an event loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


@pytest.fixture(scope="session")
def matrix(server: Server) -> Iterator["Matrix"]:
    """For tests that ask every operation what must be refused: nothing of it is changed by that."""
    from tests.parity.matrix import open_matrix

    with open_matrix(server) as opened:
        yield opened


@dataclass
class Shop:
    """An account with a key, the official SDK on it, and plain HTTP for what the SDK can't say."""

    server: Server
    account_id: int
    public_id: str
    private_key: str
    sdk: KlaviyoAPI
    http: httpx.Client

    def key(self, *scopes: str) -> str:
        """Another private key, with these scopes only."""

        async def make() -> str:
            async with await psycopg.AsyncConnection.connect(self.server.database_url) as conn:
                return await accounts.create_key(conn, self.account_id, name="narrow", scopes=list(scopes))

        return run(make())

    def query(self, statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
        return self.server.query(statement, *parameters)

    def advance(self, **delta: float) -> None:
        """Move the account's clock ahead: `advance(days=2)`. What was sent before happens before, in flows too."""
        self.wait_until_recorded()
        self.wait_until_steps_are_taken()
        seconds = timedelta(**delta).total_seconds()
        body = {"data": {"type": "test-clock", "attributes": {"advance_seconds": seconds}}}
        assert self.http.post("/api/test-clock", json=body).status_code == 200

    def event(
        self,
        metric: str,
        email: str,
        *,
        properties: dict[str, Any] | None = None,
        service: str | None = None,
        **attributes: Any,
    ) -> None:
        """Send one event with the SDK. `service` "klaviyo" names one of the platform's own metrics."""
        named = {"name": metric} | ({"service": service} if service else {})
        body = {
            "type": "event",
            "attributes": {
                "properties": properties or {},
                "metric": {"data": {"type": "metric", "attributes": named}},
                "profile": {"data": {"type": "profile", "attributes": {"email": email}}},
                **attributes,
            },
        }
        self.sdk.Events.create_event({"data": body})

    def profile(self, email: str, **attributes: Any) -> str:
        """A new profile's id."""
        body = {"data": {"type": "profile", "attributes": {"email": email, **attributes}}}
        return str(self.sdk.Profiles.create_profile(body).data.id)

    def metric_id(self, name: str) -> str:
        return str(
            eventually(
                lambda: self.query(
                    "SELECT public_id FROM metrics WHERE account_id = %s AND name = %s", self.account_id, name
                )
            )[0][0]
        )

    def wait_until_recorded(self) -> None:
        """Wait until everything accepted is recorded."""
        eventually(lambda: not self.query("SELECT 1 FROM inbox WHERE account_id = %s LIMIT 1", self.account_id))

    def wait_until_steps_are_taken(self) -> None:
        """Wait until nobody in a flow is at a step that acts on arrival. A receiver sees a call before it is written
        down, and a delay that begins after the clock was moved ends later than the test expects."""
        acting = "SELECT 1 FROM enrolments WHERE account_id = %s AND action_id IS NOT NULL AND NOT waiting LIMIT 1"
        eventually(lambda: not self.query(acting, self.account_id))


@pytest.fixture
def shop(server: Server) -> Iterator[Shop]:
    with new_shop(server) as made:
        yield made


class new_shop:
    """A shop of its own on a server."""

    def __init__(self, server: Server, *, is_test: bool = True, behind: timedelta = timedelta()) -> None:
        self._server = server
        self._is_test = is_test
        self._behind = behind

    def __enter__(self) -> Shop:
        account_id, public_id, key = run(self._create())
        headers = {"Authorization": f"Klaviyo-API-Key {key}", "revision": REVISION}
        http = httpx.Client(base_url=self._server.url, headers=headers, timeout=30)
        sdk = KlaviyoAPI(key, max_retries=1, test_host=self._server.url)
        self._shop = Shop(self._server, account_id, public_id, key, sdk, http)
        return self._shop

    def __exit__(self, *_: object) -> None:
        self._shop.http.close()

    async def _create(self) -> tuple[int, str, str]:
        async with await psycopg.AsyncConnection.connect(self._server.database_url) as conn:
            account = await accounts.create(
                conn,
                name="Test shop",
                is_test=self._is_test,
                sender_email="shop@example.com",
                behind=self._behind,
            )
            return (
                account.account_id,
                account.public_id,
                await accounts.create_key(conn, account.account_id, name="test"),
            )


def eventually(condition: Callable[[], Any], *, seconds: float = 60, every: float = 0.02) -> Any:
    """The first true answer of `condition`; fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"still {found!r} after {seconds} s")
        time.sleep(every)
