"""Real databases for the tests: a private PostgreSQL from Debian's package, copies of a migrated SQLite file.

In: installed programs. Out: database URLs. Called by ``conftest.py`` and by tests that kill a server. It
listens on a free port of 127.0.0.1; its files and socket live in a temporary directory of its own.
"""

import os
import pwd
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Iterable
from contextlib import closing
from itertools import count
from pathlib import Path

import psycopg

PEOPLE = ("postgres", "nobody")  # PostgreSQL refuses to run as root; the first of these that exists runs it
SETTINGS = ("listen_addresses=127.0.0.1", "max_connections=200", "shared_buffers=32MB")
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
START_LIMIT = 60.0
STOP_LIMIT = 30.0


class ServerError(RuntimeError):
    """A server is missing, did not start or did not stop; the message says what to do or shows its log."""


class PostgresServer:
    """One PostgreSQL server. ``durable=True`` writes to disk like a real one (for tests that kill it).

    It ends with the process that started it, also when that is killed: start it from a thread that stays.
    """

    def __init__(self, *, durable: bool = False) -> None:
        self.durable = durable
        self.port = free_port()
        self.directory: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._numbers = count(1)
        self._free: list[str] = []

    def standby(self) -> "PostgresServer":
        """A second server that follows this one; from now on a commit here waits until it has applied it too.

        Give both to the program with ``url_of``. Both must be durable. Ends (``stop``) before this one does.
        """
        other = PostgresServer(durable=True)
        other.directory = self._empty_directory()
        options = [
            "-h",
            "127.0.0.1",
            "-p",
            str(self.port),
            "-U",
            "firstcall",
            "-R",
            "-c",
            "fast",
            "--no-sync",
        ]
        self._run("pg_basebackup", "-D", str(other.directory / "data"), *options)
        other.start()
        self._execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
        self._execute("ALTER SYSTEM SET synchronous_commit = 'remote_apply'")
        self._execute("SELECT pg_reload_conf()")
        return other

    def promote(self) -> None:
        """This standby becomes the one that is written to; it waits for nobody. Returns when it takes writes."""
        self._execute("SELECT pg_promote()")

    @property
    def pid(self) -> int:
        """Process id of the running server, for tests that kill it. Raises ``ServerError`` when stopped."""
        if self._process is None:
            raise ServerError("PostgreSQL is not running")
        return self._process.pid

    def start(self) -> None:
        """Start, at first making the data directory. After ``stop(immediate=True)``: same port, same data.

        Raises ``ServerError`` with the server's log when it does not answer within a minute.
        """
        if self.directory is None:
            self.directory = self._make_directory()
        settings = [f"unix_socket_directories={self.directory}", f"port={self.port}", *SETTINGS]
        settings += [] if self.durable else FAST
        options = [part for setting in settings for part in ("-c", setting)]
        with (self.directory / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*_dropping_root(), str(_binary("postgres")), "-D", str(self.directory / "data"), *options],
                stdout=log,
                stderr=log,
                cwd=self.directory,
                start_new_session=True,  # a Ctrl-C at pytest must not stop it before the tests are wound up
            )
        self._wait_until_it_answers()

    def stop(self, *, immediate: bool = False) -> None:
        """Stop and remove all files; ``immediate=True`` is a crash, and keeps them for the next start."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT if immediate else signal.SIGINT)
            try:
                self._process.wait(STOP_LIMIT)
            except subprocess.TimeoutExpired as late:
                self._process.kill()
                raise ServerError(f"PostgreSQL did not stop:\n{self._log()}") from late
            self._process = None
        if self.directory is not None and not immediate:
            shutil.rmtree(self.directory)
            self.directory = None

    def url(self, database: str = "postgres") -> str:
        """URL of a database of this server, as DATABASE_URL wants it and psycopg takes it."""
        return f"postgresql://firstcall@127.0.0.1:{self.port}/{database}"

    def create_database(self, template: str = "template1") -> str:
        """Copy the database named ``template``, to which nobody may be connected. Returns the copy's URL."""
        name = f"t{next(self._numbers)}"
        self._execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.url(name)

    def drop_database(self, url: str) -> None:
        """Drop a database by its URL, ending whatever is still connected."""
        self._execute(f'DROP DATABASE "{database_name(url)}" WITH (FORCE)')

    def take(self, template: str) -> str:
        """URL of a database like ``template``: one that was given back, else a copy."""
        return self._free.pop() if self._free else self.create_database(template)

    def give_back(self, url: str, tables: Iterable[str]) -> None:
        """Empty a database for the next test, which costs a tenth of a copy; drop it when it is no longer as it was."""
        ours = "FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()"
        try:
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute(f"SELECT pg_terminate_backend(pid) {ours}".encode(), [database_name(url)])
                connection.execute("SET session_replication_role = replica")  # no foreign key is asked
                emptied = "".join(f'DELETE FROM "{table}";' for table in tables)
                connection.execute(f"{emptied} ALTER SEQUENCE event_id_seq RESTART".encode())
        except psycopg.Error:
            self.drop_database(url)
        else:
            self._free.append(url)

    def _execute(self, statement: str) -> None:
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(statement.encode())

    def _make_directory(self) -> Path:
        directory = self._empty_directory()
        options = ["-U", "firstcall", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync"]
        try:
            self._run("initdb", "-D", str(directory / "data"), *options)
        except ServerError:
            shutil.rmtree(directory)
            raise
        return directory

    def _empty_directory(self) -> Path:
        directory = Path(tempfile.mkdtemp(prefix="firstcall-postgres-"))
        if person := _unprivileged():
            os.chown(directory, person.pw_uid, person.pw_gid)
        return directory

    def _run(self, program: str, *arguments: str) -> None:
        command = [*_dropping_root(), str(_binary(program)), *arguments]
        made = subprocess.run(command, capture_output=True, text=True, cwd="/")
        if made.returncode:
            raise ServerError(f"{program} failed:\n{made.stdout}{made.stderr}")

    def _wait_until_it_answers(self) -> None:
        assert self._process is not None
        deadline = time.monotonic() + START_LIMIT
        while self._process.poll() is None and time.monotonic() < deadline:
            try:
                psycopg.connect(self.url(), connect_timeout=2).close()
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return
        self._process.kill()
        self._process.wait()
        self._process = None
        raise ServerError(f"PostgreSQL did not start:\n{self._log()}")

    def _log(self) -> str:
        return (self.directory / "log").read_text(errors="replace")[-4000:] if self.directory else ""


def url_of(first: PostgresServer, second: PostgresServer, database: str) -> str:
    """One URL of two servers: whichever can be written to is used (libpq's multi-host connection)."""
    ports = f"{first.port},{second.port}"
    where = f"host=127.0.0.1,127.0.0.1&port={ports}&target_session_attrs=read-write&connect_timeout=2"
    return f"postgresql://firstcall@/{database}?{where}"


def copy_sqlite(template: Path, to: Path) -> str:
    """Copy a SQLite database that nobody has open, with what its log still holds. Returns the copy's URL."""
    with closing(sqlite3.connect(template)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copyfile(template, to)
    return f"sqlite:///{to}"


def database_name(url: str) -> str:
    """The last part of a PostgreSQL URL."""
    return url.rsplit("/", 1)[1]


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nothing listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _binary(name: str) -> Path:
    """Debian keeps the server's programs out of PATH, one directory a version: the newest one is taken."""
    versions = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if (path / name).exists()]
    if versions:
        return max(versions, key=lambda path: float(path.parent.name)) / name
    if found := shutil.which(name):
        return Path(found)
    raise ServerError("PostgreSQL is not installed: run `bin/setup dev`, which installs it or says how")


def _unprivileged() -> pwd.struct_passwd | None:
    """Who runs the server when we are root; None when we are not."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    return next(known[name] for name in PEOPLE if name in known)


def _dropping_root() -> list[str]:
    """Command in front of a server: become somebody harmless, and end when the test process ends."""
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise ServerError("setpriv is missing (Debian: package util-linux): run `bin/setup dev`")
    command = [setpriv, "--pdeathsig", "QUIT"]
    if person := _unprivileged():
        command += [f"--reuid={person.pw_uid}", f"--regid={person.pw_gid}", "--clear-groups"]
    return [*command, "--"]
