"""What deploys needs what tests, by digest; and what would break that is seen."""

import re
import subprocess
import tarfile
from pathlib import Path

import pytest
import yaml

from run_tests import LANES, lanes_of
from support.paths import REPOSITORY
from support.workflows import untested_images, workflow_problems

FOLDER = REPOSITORY / ".github" / "workflows"
FILES = {path.name: path.read_text(encoding="utf-8") for path in sorted(FOLDER.iterdir())}
PINS = (REPOSITORY / "docs" / "how-to" / "deploy.md").read_text(encoding="utf-8")
# File, what stands there, what is put in its place, and the problem that has to be seen.
PLANTED = [
    ("deploy.yml", "needs: [ci, images]", "needs: [ci]", "deploy does not need images.yml"),
    ("deploy.yml", "    needs: [ci, images]\n", "", "deploy does not need ci.yml"),
    ("deploy.yml", "    environment: production\n", "", "nobody approves deploy"),
    (
        "deploy.yml",
        "    environment: production\n",
        "    environment: production\n    if: always()\n",
        "although something is red",
    ),
    (
        "deploy.yml",
        "permissions: {}\n",
        "permissions: {}\nconcurrency: {group: deploy}\n",
        "no newer commit is tested",
    ),
    ("deploy.yml", "cancel-in-progress: false", "cancel-in-progress: true", "one be broken off"),
    ("deploy.yml", "${{ needs.images.outputs.images }}", "latest", "other images than those"),
    (
        "ci.yml",
        "actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd",
        "actions/checkout@v6",
        "is not pinned",
    ),
    ("ci.yml", "# v6.0.2", "", "is not pinned"),
    ("ci.yml", "@de0fac2e4500dabe0009e67214ff5f5447ce83dd", "@de0fac2", "is not pinned"),
    (
        "ci.yml",
        "actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd # v6.0.2",
        "docker://alpine:3.20",
        "docker://alpine:3.20 is not pinned",
    ),
    (
        "ci.yml",
        "uses: actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd",
        '"uses":  actions/checkout@v6',
        "is not pinned",
    ),
    ("ci.yml", "    timeout-minutes: 90\n", "    container: node:20\n", "by its digest"),
    (
        "ci.yml",
        "- name: ./homes test\n",
        "- name: ./homes test\n        if: false\n",
        "may leave out",
    ),
    (
        "ci.yml",
        "run: ./homes test $SUITES",
        "run: ./homes test $SUITES || true",
        "is green whatever",
    ),
    (
        "ci.yml",
        "run: ./homes test $SUITES",
        "shell: bash {0}\n        run: ./homes test $SUITES",
        "is green",
    ),
    (
        "ci.yml",
        "      matrix:\n",
        "      matrix:\n        exclude: [{name: unit}]\n",
        "leaves out a part",
    ),
    ("images.yml", "fail-build: true", "fail-build: false", "scan is green whatever"),
    (
        "ci.yml",
        "de0fac2e4500dabe0009e67214ff5f5447ce83dd",
        "0" * 40,
        "is not listed to be verified",
    ),
    ("ci.yml", "persist-credentials: false", "fetch-depth: 0", "keeps the token"),
    (
        "ci.yml",
        "SUITES: ${{",
        "KEY: ${{ secrets.DEPLOY_KEY }}\n          SUITES: ${{",
        "in the reach",
    ),
    ("deploy.yml", "  push:\n", "  pull_request:\n  push:\n", "in the reach of a pull request"),
    ("ci.yml", "  pull_request:\n", "  pull_request_target:\n", "strangers start it"),
    ("nightly.yml", "run: .ci/audit", "run: .ci/audit ${{ secrets.KEY }}", "that nobody approves"),
    ("nightly.yml", "permissions: {}", "permissions: write-all", "gives rights to all"),
    ("ci.yml", "contents: read", "contents: write", "may write"),
    ("ci.yml", "    timeout-minutes: 90\n", "    continue-on-error: true\n", "goes on"),
    ("ci.yml", "  suites:\n", "  suites:\n    if: github.actor != 'me'\n", "may be left out"),
    ("nightly.yml", "    timeout-minutes: 30\n", "", "may run for hours"),
]


def test_the_workflows_are_sound() -> None:
    assert workflow_problems(FILES, PINS) == []


@pytest.mark.parametrize(("name", "right", "wrong", "problem"), PLANTED)
def test_a_fault_is_seen(name: str, right: str, wrong: str, problem: str) -> None:
    assert right in FILES[name]
    files = {**FILES, name: FILES[name].replace(right, wrong)}
    problems = workflow_problems(files, PINS)
    assert problem in "\n".join(problems)


def test_images_are_handed_on_after_all_that_looks_at_them() -> None:
    text = FILES["images.yml"]
    assert untested_images(yaml.safe_load(text)) == []
    for skipped in ("scan", "rehearse"):
        needs = [name for name in ("build", "scan", "rehearse") if name != skipped]
        wrong = text.replace("needs: [build, scan, rehearse]", f"needs: [{', '.join(needs)}]")
        assert untested_images(yaml.safe_load(wrong)) == [skipped]


def test_every_image_that_is_deployed_is_built_scanned_and_handed_on() -> None:
    (scanned,) = re.findall(r"image: \[(.+)\]", FILES["images.yml"])
    build = (REPOSITORY / "deploy" / "build.sh").read_text()
    (built,) = re.findall(r"for name in (.+); do", build)
    (deployed,) = re.findall(
        r"^images='(.+)'", (REPOSITORY / "deploy" / "deploy.sh").read_text(), re.M
    )
    assert scanned.split(", ") == built.split() == deployed.split()


def test_the_jobs_of_a_change_run_every_check_and_every_suite() -> None:
    matrix = yaml.safe_load(FILES["ci.yml"])["jobs"]["suites"]["strategy"]["matrix"]["include"]
    lanes = {lane.name for job in matrix for lane in lanes_of(job["suites"].split(), [])}
    assert lanes == {lane.name for lane in LANES}
    runs = [step["run"] for step in yaml.safe_load(FILES["ci.yml"])["jobs"]["suites"]["steps"][2:]]
    assert runs[-1] == "./homes test $SUITES"


def test_the_nightly_suites_exist() -> None:
    matrix = yaml.safe_load(FILES["nightly.yml"])["jobs"]["suites"]["strategy"]["matrix"]["include"]
    paths = [REPOSITORY / path for job in matrix for path in job["tests"].split()]
    assert [path for path in paths if not path.exists()] == []
    assert {"load", "faults", "wild input"} <= {job["name"] for job in matrix}


SENT = (
    *("deploy/deploy.sh", "docker-compose.yaml", "docker-compose.ab.yml", "examples/x"),
    "monitoring/docker-compose.monitoring.yml",
)


@pytest.fixture
def sender(tmp_path: Path) -> Path:
    """A commit with what is sent, and a server that keeps what it is sent and told."""
    top = tmp_path / "checkout"
    for path in (*SENT, "src/x"):
        (top / path).parent.mkdir(parents=True, exist_ok=True)
        (top / path).write_text("#!/bin/sh\n")
    (top / "deploy" / "send.sh").write_bytes((REPOSITORY / "deploy" / "send.sh").read_bytes())
    (top / "deploy" / "send.sh").chmod(0o755)
    git = ("git", "-c", "user.name=x", "-c", "user.email=x@example.com")
    for command in (("init", "-q"), ("add", "."), ("commit", "-qm", "one")):
        subprocess.run([*git, *command], cwd=top, check=True)
    (tmp_path / "bin").mkdir()
    ssh = tmp_path / "bin" / "ssh"
    ssh.write_text(
        f'#!/bin/sh\necho "$*" >>{tmp_path}/told\ncat >{tmp_path}/sent.$(wc -l <{tmp_path}/told)\n'
    )
    ssh.chmod(0o755)
    return tmp_path


def test_the_server_is_sent_this_commit_and_the_images_and_is_known(sender: Path) -> None:
    done = subprocess.run(
        [str(sender / "checkout" / "deploy" / "send.sh")],
        env={
            "PATH": f"{sender / 'bin'}:/usr/bin:/bin",
            "IMAGES": "api x@sha256:1",
            "DEPLOY_HOST": "homes@server",
            "DEPLOY_KEY": "the key",
            "DEPLOY_KNOWN_HOSTS": "server ssh-ed25519 AAAA",
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = (sender / "told").read_text().splitlines()
    assert len(told) == 3
    assert all("StrictHostKeyChecking=yes" in line and "homes@server" in line for line in told)
    assert "the key" not in "\n".join(told)
    with tarfile.open(sender / "sent.1") as archive:
        files = {member.name for member in archive if member.isfile()}
        assert files == {*SENT, "deploy/send.sh"}
    assert (sender / "sent.2").read_text() == "api x@sha256:1\n"
    assert re.search(r"releases/[0-9a-f]{40}/deploy/deploy.sh \S+/images$", told[2])
