"""The deployment script against a stand-in for Docker, which records calls and fails as it is told.

What visitors meet is what the door's file says: `map "" $colour { default blue; }`.
"""

import fcntl
import io
import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar
from urllib.request import Request

import pytest
import yaml

from support.paths import REPOSITORY, load_script

IMAGES = ("api", "airflow", "mlflow", "router", "frontend")
# Fails where a line of DOCKER_FAILS is found in what it is called with.
# Ends who deploys where a line of `drops` is found, as a line that breaks does.
DOCKER = """#!/bin/sh
printf '%s\\n' "$*" >>"$HOMES_HOME/calls"
printf '%s %s\\n' "${HOMES_PRODUCTION_URL:-}" "${HOMES_CANDIDATE_URL:-}" >>"$HOMES_HOME/addresses"
if [ -e "$HOMES_HOME/drops" ] && printf '%s' "$*" | grep -Eq -f "$HOMES_HOME/drops"; then
    kill -TERM "$PPID"
fi
if printf '%s' "$*" | grep -Eq -f "$HOMES_HOME/fails"; then exit 1; fi
"""
NAP = "#!/bin/sh\n"
# Fails for a file that a line of `unwritable` names, as on a full disk.
WRITER = """#!/bin/sh
if [ -e "$HOMES_HOME/unwritable" ] && printf '%s' "$*" | grep -Eq -f "$HOMES_HOME/unwritable"; then
    echo "No space left on device" >&2
    exit 1
fi
exec "/usr/bin/${0##*/}" "$@"
"""


@dataclass
class Server:
    """A folder as `HOMES_HOME`, with a checkout's scripts beside it."""

    home: Path
    top: Path

    def release_folder(self, name: str) -> "Server":
        """The same server, told from the scripts of another release."""
        top = self.home / "releases" / name
        shutil.copytree(self.top, top, symlinks=True)
        return Server(self.home, top)

    def deploy(
        self, what: str, fails: str = "", more: Sequence[str] = ()
    ) -> subprocess.CompletedProcess[str]:
        (self.home / "fails").write_text(fails + "\n" if fails else "")
        for name in ("calls", "addresses"):
            (self.home / name).write_text("")
        return subprocess.run(
            [str(self.top / "deploy" / "deploy.sh"), what, *more],
            env={"PATH": f"{self.home / 'bin'}:/usr/bin:/bin", "HOMES_HOME": str(self.home)},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def release(self, letter: str, fails: str = "") -> subprocess.CompletedProcess[str]:
        return self.deploy(str(self.images(letter)), fails)

    def images(self, letter: str) -> Path:
        """A release whose digests are all of one letter."""
        path = self.home / f"{letter}.images"
        lines = (f"{name} registry/homes-{name}@sha256:{letter * 64}\n" for name in IMAGES)
        path.write_text("".join(lines))
        return path

    @property
    def calls(self) -> list[str]:
        return (self.home / "calls").read_text().splitlines()

    @property
    def visitors_meet(self) -> str | None:
        path = self.home / "door" / "colour.conf"
        if not path.exists():
            return None
        (colour,) = re.findall(r"default (\w+);", path.read_text())
        return colour

    @property
    def watched(self) -> set[str]:
        """Whom Prometheus asks."""
        groups = yaml.safe_load((self.home / "targets" / "services.yml").read_text())
        return {target for group in groups for target in group["targets"]}

    def called(self, pattern: str) -> list[int]:
        """When it was called so, from 0."""
        return [at for at, call in enumerate(self.calls) if re.search(pattern, call)]


@pytest.fixture
def server(tmp_path: Path) -> Server:
    home, top = tmp_path / "home", tmp_path / "release"
    (home / "bin").mkdir(parents=True)
    for name, text in (("docker", DOCKER), ("sleep", NAP), ("mv", WRITER), ("cp", WRITER)):
        (home / "bin" / name).write_text(text)
        (home / "bin" / name).chmod(0o755)
    (home / ".env").write_text("")
    shutil.copytree(REPOSITORY / "deploy", top / "deploy")
    return Server(home, top)


@pytest.fixture
def running(server: Server) -> Server:
    """Release a is live, as blue."""
    assert server.release("a").returncode == 0
    assert server.visitors_meet == "blue"
    return server


def test_the_first_release_starts_everything_and_opens_the_door(server: Server) -> None:
    done = server.release("a")
    assert done.returncode == 0, done.stderr
    (base,), (front,) = server.called("-p homes .* up "), server.called("-p homes-blue .* up ")
    (switch,) = server.called("nginx -s reload")
    assert base < front < switch
    assert server.called("run --rm --no-deps migrate") == []
    assert server.visitors_meet == "blue"


def test_a_release_migrates_starts_beside_switches_and_ends_the_colour_of_before(
    running: Server,
) -> None:
    done = running.release("b")
    assert done.returncode == 0, done.stderr
    steps = (
        f"pull --quiet registry/homes-api@sha256:{'b' * 64}",
        "tag .* homes-frontend:green",
        "-p homes .* run --rm --no-deps migrate",
        "-p homes-green .* up --detach --no-build --wait",
        "-p homes-green .* priced http://page-green:6500",
        "door.yml up --detach --wait",
        "priced http://door:7000 green",
        "-p homes .* up --detach --no-build",
        "-p homes-blue .* drained http://127.0.0.1:6001",
        "-p homes-blue .* stop",
    )
    moments = [running.called(step)[0] for step in steps]
    assert moments == sorted(moments)
    assert running.visitors_meet == "green"


def test_a_command_of_ours_is_run_where_it_sees_the_spools_of_what_is_live(
    running: Server,
) -> None:
    done = running.deploy("homes", more=["backup", "/backups/monday.backup"])
    assert done.returncode == 0, done.stderr
    *_, call = running.calls
    assert " -p homes-blue " in call
    assert call.endswith("run --rm --no-deps -T airflow-scheduler backup /backups/monday.backup")


def test_only_what_has_a_digest_is_deployed(running: Server) -> None:
    for image in ("registry/homes-api:latest", "", f"registry/homes-api@sha256:{'b' * 63}"):
        path = running.images("b")
        text = path.read_text()
        path.write_text(re.sub("^api .*", f"api {image}", text, flags=re.MULTILINE))
        done = running.deploy(str(path))
        assert done.returncode == 1
        assert "names no digest for api" in done.stderr
        assert running.called("pull|tag|-p homes") == []
    assert running.visitors_meet == "blue"


@pytest.mark.parametrize(
    "fails",
    [
        "pull --quiet",
        "run --rm secrets",
        "run --rm --no-deps migrate",
        "-p homes-green .* up ",
        "-p homes-green .* priced http://page-green:6500",
    ],
)
def test_a_broken_release_is_met_by_nobody(running: Server, fails: str) -> None:
    done = running.release("b", fails)
    assert done.returncode == 1
    assert running.visitors_meet == "blue"
    assert len(running.called("nginx -s reload")) == 1
    assert running.called("-p homes-blue .* (stop|down|up)") == []
    assert running.called("-p homes .* up ") == []


@pytest.mark.parametrize(
    "fails",
    ["-p homes-green .* priced http://door:7000", "-p homes .* up --detach --no-build$"],
)
def test_what_breaks_after_the_switch_returns_by_itself(running: Server, fails: str) -> None:
    done = running.release("b", fails)
    assert done.returncode == 1
    assert "visitors are answered as before, by blue" in done.stderr
    assert running.visitors_meet == "blue"
    to_blue, to_green, back_to_blue = running.called("nginx -s reload")
    assert running.called("-p homes-blue .* stop") == []
    assert running.called("-p homes-green .* stop")[0] > back_to_blue
    assert to_blue < running.called("-p homes-green .* up ")[0] < to_green


@pytest.mark.parametrize("file", ["door.conf$", "colour.conf$"])
def test_a_door_that_cannot_be_told_leads_where_it_led(running: Server, file: str) -> None:
    (running.home / "unwritable").write_text(f"{file}\n")
    done = running.release("b")
    assert done.returncode == 1
    assert "green prices no home at the door" in done.stdout
    assert running.visitors_meet == "blue"
    assert running.called("-p homes-blue .* stop") == []
    assert running.called("-p homes-green .* stop")


@pytest.mark.parametrize(
    "moment", ["-p homes .* up --detach --no-build$", "-p homes-green .* priced http://door:7000"]
)
def test_who_is_interrupted_after_the_switch_leaves_visitors_to_whom_they_meet(
    running: Server, moment: str
) -> None:
    drops = running.home / "drops"
    drops.write_text(f"{moment}\n")
    assert running.release("b").returncode == -signal.SIGTERM
    assert running.visitors_meet == "green"
    drops.unlink()
    assert running.release("c").returncode == 0
    assert running.called("-p homes-green .* (up|migrate)") == running.called(":green") == []
    assert running.called("nginx -s reload")[0] < running.called("pull")[0]
    assert running.visitors_meet == "blue"


def test_a_release_that_was_broken_is_followed_by_one_that_is_not(running: Server) -> None:
    assert running.release("b", "-p homes-green .* up ").returncode == 1
    assert running.release("c").returncode == 0
    assert running.visitors_meet == "green"


def test_the_release_before_comes_back_by_a_word(running: Server) -> None:
    assert running.release("b").returncode == 0
    assert running.deploy("back").returncode == 0
    assert running.visitors_meet == "blue"
    assert running.called("pull") == running.called("migrate") == []


def test_the_release_before_comes_back_by_its_own_compose_files(running: Server) -> None:
    after = running.release_folder("after")
    assert after.release("b").returncode == 0
    stop_blue = next(call for call in running.calls if re.search("-p homes-blue .* stop", call))
    assert f"-f {running.top}/docker-compose.ab.yml" in stop_blue
    assert after.deploy("back").returncode == 0
    started = [call for call in running.calls if re.search("-p homes(-blue)? .* up ", call)]
    started += [call for call in running.calls if "monitoring.yml up" in call]
    assert len(started) == 3
    for call in started:
        assert f"{running.top}/" in call
        assert f"{after.top}/" not in call
    green = next(call for call in running.calls if re.search("-p homes-green .* stop", call))
    assert f"--project-directory {after.top} " in green


def test_a_release_keeps_no_settings_of_its_own(running: Server) -> None:
    (running.top / ".env").unlink()
    (running.top / ".env").write_text("POSTGRES_PASSWORD=of-a-release-before\n")
    assert running.release("b").returncode == 0
    (running.home / ".env").write_text("POSTGRES_PASSWORD=rotated\n")
    assert (running.top / ".env").read_text() == "POSTGRES_PASSWORD=rotated\n"


def test_the_last_few_releases_are_kept_and_those_that_a_colour_is_of(running: Server) -> None:
    first, releases = running.release_folder("0"), running.home / "releases"
    assert first.release("b").returncode == 0
    for number in range(1, 9):
        running.release_folder(str(number))
        os.utime(releases / str(number), (number, number))
    os.utime(first.top, (0, 0))
    last = running.release_folder("9")
    assert last.release("c").returncode == 0
    assert sorted(path.name for path in releases.iterdir()) == ["0", "5", "6", "7", "8", "9"]
    assert last.deploy("back").returncode == 0


def test_what_was_never_well_is_not_gone_back_to(running: Server) -> None:
    assert running.release("b").returncode == 0
    assert running.release("c", "-p homes-blue .* up ").returncode == 1
    done = running.deploy("back")
    assert done.returncode == 1
    assert "no release was here before" in done.stderr
    assert running.visitors_meet == "green"


def test_a_release_that_cannot_be_fetched_leaves_the_way_back(running: Server) -> None:
    assert running.release("b").returncode == 0
    assert running.release("c", "pull --quiet registry/homes-frontend").returncode == 1
    assert running.called(" homes-api:blue") == []
    assert running.deploy("back").returncode == 0
    assert running.visitors_meet == "blue"


def test_what_failed_at_the_door_or_after_it_is_not_gone_back_to(running: Server) -> None:
    for moment in ("-p homes-green .* priced http://door", "-p homes .* up --detach --no-build$"):
        assert running.release("b", moment).returncode == 1
        done = running.deploy("back")
        assert done.returncode == 1
        assert "no release was here before" in done.stderr
        assert running.visitors_meet == "blue"


def test_there_is_no_way_back_from_the_first_release(running: Server) -> None:
    done = running.deploy("back")
    assert done.returncode == 1
    assert "no release was here before" in done.stderr
    assert running.visitors_meet == "blue"


def test_a_colour_whose_records_wait_is_not_ended(running: Server) -> None:
    done = running.release("b", "-p homes-blue .* drained")
    assert done.returncode == 0
    assert "blue runs on" in done.stdout
    assert running.called("-p homes-blue .* stop") == []
    assert running.visitors_meet == "green"
    assert running.deploy("tidy").returncode == 0
    assert running.called("-p homes-blue .* stop")


def asked_of(colour: str) -> set[str]:
    """What Prometheus asks of a colour."""
    first, standby = f"production-first-{colour}:6001", f"production-standby-{colour}:6001"
    nginx = {f"router-{colour}:7000", f"page-{colour}:6500"}
    return {first, standby, f"candidate-{colour}:6002"} | nginx


def test_prometheus_asks_the_colours_that_run(running: Server) -> None:
    assert running.watched == asked_of("blue")
    assert running.release("b", "-p homes-blue .* drained").returncode == 0
    assert running.watched == asked_of("green") | asked_of("blue")
    assert running.deploy("tidy").returncode == 0
    assert running.watched == asked_of("green")
    assert running.release("c", "priced http://door").returncode == 1
    assert running.watched == asked_of("green")


def test_a_release_is_watched_and_visitors_do_not_wait_for_that(running: Server) -> None:
    done = running.release("b", "monitoring.yml up")
    assert done.returncode == 0
    assert "nobody watches green" in done.stdout
    (watched,) = running.called("-f .*/monitoring/docker-compose.monitoring.yml up --detach")
    assert running.called("priced http://door:7000")[0] < watched
    assert running.called("-p homes-blue .* stop")[0] > watched


def test_airflow_and_commands_find_services_by_the_door(running: Server) -> None:
    assert running.release("b").returncode == 0
    addresses = (running.home / "addresses").read_text().splitlines()
    by_the_door = {addresses[at] for at in running.called("-p homes ")}
    assert running.deploy("homes", more=["status"]).returncode == 0
    (asked,) = running.called("run --rm .* airflow-scheduler status")
    by_the_door.add((running.home / "addresses").read_text().splitlines()[asked])
    assert by_the_door == {"http://door:6001 http://door:6002"}


def test_services_behind_the_door_speak_no_tls(running: Server) -> None:
    (running.home / ".env").write_text("HOMES_TLS_CERTIFICATE=/files/x.pem\n")
    done = running.release("b")
    assert done.returncode == 1
    assert "TLS ends in front of the door" in done.stderr
    assert running.calls == []


@pytest.mark.parametrize(
    ("line", "is_refused"),
    [
        ("HOMES_FILES_DIR=./files", True),
        ("HOMES_FILES_DIR='files'", True),
        ("export HOMES_FILES_DIR = ~/files", True),
        ("HOMES_POLICY_FILE=policy.toml", True),
        ("HOMES_BACKUPS_DIR=./backups", True),
        ("HOMES_BACKUPS_DIR=/mnt/backups", False),
        ("HOMES_FILES_DIR=/srv/a\nHOMES_FILES_DIR=b", True),
        ("HOMES_FILES_DIR=/srv/homes/files\nHOMES_POLICY_FILE=/files/policy.toml", False),
        ('HOMES_FILES_DIR="/srv/homes/files"', False),
        ("# HOMES_FILES_DIR=./examples\nHOMES_POLICY_FILE=", False),
    ],
)
def test_a_path_that_each_release_would_have_elsewhere_is_refused(
    running: Server, line: str, is_refused: bool
) -> None:
    (running.home / ".env").write_text(f"{line}\n")
    done = running.release("b")
    assert (done.returncode == 1) == is_refused
    assert ("begins with /" in done.stderr) == is_refused
    assert (running.calls == []) == is_refused


def test_backups_go_to_a_folder_that_no_release_takes_away(running: Server) -> None:
    folder = running.home / "backups"
    assert folder.stat().st_mode & 0o7777 == 0o1777


def test_two_deployments_at_once_are_one(running: Server) -> None:
    with (running.home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = running.release("b")
    assert done.returncode == 1
    assert "another deployment is under way" in done.stderr
    assert running.calls == []


class Answer(io.BytesIO):
    """What green answers by the door."""

    headers: ClassVar = {"X-Colour": "green"}


def test_a_home_is_asked_for_where_the_key_of_a_closed_service_is(running: Server) -> None:
    assert running.release("b").returncode == 0
    pages, doors = running.called("priced http://page-green"), running.called("priced http://door")
    services = yaml.safe_load((REPOSITORY / "docker-compose.ab.yml").read_text())["services"]
    for at in (*pages, *doors):
        (service,) = re.findall(r"exec -T (\S+) python", running.calls[at])
        assert "secrets:/secrets:ro" in services[service]["volumes"]


@pytest.mark.parametrize(
    ("variable", "file", "sent"),
    [
        (None, None, None),
        ("", None, None),
        ("homes_1", None, "homes_1"),
        ("", "homes_2\n", "homes_2"),
        ("homes_1", "homes_2\n", "homes_1"),
    ],
)
def test_a_check_sends_the_key_that_is_there(
    variable: str | None,
    file: str | None,
    sent: str | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    check, questions = load_script(REPOSITORY / "deploy" / "check.py"), []
    estimate = b'{"model_version": "BO1", "low": 1, "estimated_price": 2, "high": 3}'
    monkeypatch.delenv("HOMES_OPERATOR_KEY", raising=False)
    if variable is not None:
        monkeypatch.setenv("HOMES_OPERATOR_KEY", variable)
    if file is not None:
        (tmp_path / "key").write_text(file)
    monkeypatch.setattr(check, "KEY_FILE", tmp_path / "key")

    def answer(question: Request, **_: object) -> Answer:
        questions.append(question.get_header("X-api-key"))
        return Answer(estimate)

    monkeypatch.setattr(check, "urlopen", answer)
    said = check.priced("http://page")
    assert questions == [sent]
    assert "homes_" not in said


def test_a_check_at_the_door_believes_the_door_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    check = load_script(REPOSITORY / "deploy" / "check.py")
    estimate = {"model_version": "BO1", "low": 1, "estimated_price": 2, "high": 3}
    monkeypatch.setattr(check, "urlopen", lambda *_, **__: Answer(json.dumps(estimate).encode()))
    assert check.priced("http://door:7000", "green")
    with pytest.raises(ValueError, match="the door leads to green, not to blue"):
        check.priced("http://door:7000", "blue")


SPOOL = """# HELP spool_records issued = stored + waiting + set_aside
# TYPE spool_records gauge
spool_records{slot="production",state="issued"} 1000007.0
spool_records{slot="production",state="stored"} 1000000.0
"""


@pytest.mark.parametrize(
    ("what", "answer", "wrong"),
    [
        ("priced", '{"model_version": "BO1", "low": 1, "estimated_price": 2, "high": 3}', None),
        ("priced", '{"model_version": "BO1", "low": 3, "estimated_price": 2, "high": 3}', "range"),
        ("drained", SPOOL + 'spool_records{slot="production",state="waiting"} 0.0\n', None),
        ("drained", SPOOL + 'spool_records{slot="production",state="waiting"} 7.0\n', "7 records"),
        ("drained", SPOOL, "do not say"),
        # One worker's own count, as the page of health has it.
        ("drained", '{"spool": {"waiting": 0}}', "do not say"),
    ],
)
def test_a_check_believes_what_it_is_answered(
    what: str, answer: str, wrong: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    check = load_script(REPOSITORY / "deploy" / "check.py")
    monkeypatch.setattr(check, "urlopen", lambda *_, **__: Answer(answer.encode()))
    if wrong is None:
        assert getattr(check, what)("http://page")
    else:
        with pytest.raises(ValueError, match=wrong):
            getattr(check, what)("http://page")


def test_a_colour_is_drained_when_every_worker_is(monkeypatch: pytest.MonkeyPatch) -> None:
    check = load_script(REPOSITORY / "deploy" / "check.py")
    asked = []

    def answer(url: str, **_: object) -> Answer:
        asked.append(url)
        return Answer(b'spool_records{slot="production",state="waiting"} 0.0\n')

    monkeypatch.setattr(check, "urlopen", answer)
    check.drained("http://127.0.0.1:6001")
    assert asked == ["http://127.0.0.1:6001/metrics"]
