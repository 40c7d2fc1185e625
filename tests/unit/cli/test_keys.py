"""`homes keys`: a secret is printed once, alone on the standard output, and never again."""

import json
import re
from pathlib import Path

import pytest

from homeprices.cli import main
from homeprices.domain.requests.keys import digest


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """Runs a command on an empty data folder; its exit code, output and what it says beside."""
    for name in ("POSTGRES_HOST", "HOMES_OBJECTS_URL", "MLFLOW_S3_BUCKET"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOMES_DATA_DIR", str(tmp_path))

    def command(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(["keys", *arguments])
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return command


def test_a_key_from_its_making_to_its_end(run, tmp_path: Path) -> None:
    code, secret, said = run("make", "Agency Rao", "--scope", "read_logs", "--expires", "30")
    assert code == 0
    assert re.fullmatch(r"homes_K1_[0-9a-f]{64}\n", secret)
    assert "K1 of Agency Rao lets in to read_logs, until 2" in said
    assert "told once" in said
    _, new, said = run("rotate", "K1", "--grace", "2")
    assert re.fullmatch(r"homes_K2_[0-9a-f]{64}\n", new)
    assert "K1 lets in until 2" in said
    assert run("revoke", "K1", "--reason", "leaked")[1] == "K1 lets nobody in any more\n"
    assert run("revoke", "K1")[1] == "K1 was taken back before\n"
    _, shown, _ = run("list")
    first, second = shown.splitlines()[1:]
    assert re.match(r"K1 +Agency Rao +read_logs +2.* cli:.* revoked 2", first)
    assert re.match(r"K2 +Agency Rao +read_logs +2", second)
    assert "revoked" not in second
    rows = json.loads(run("list", "--json")[1])
    assert [row["replaces"] for row in rows] == [None, "K1"]
    assert list(rows[0]["ends"]) == ["revoked", "replaced", "expired"]
    kept = "".join(path.read_text() for path in (tmp_path / "objects" / "keys").iterdir())
    for text in (shown, json.dumps(rows), kept):
        assert secret.strip()[-64:] not in text
    assert digest(secret.strip()).hex() in kept
    assert digest(secret.strip()).hex() not in shown + json.dumps(rows)


def test_without_a_scope_it_is_for_prices_and_for_ever(run) -> None:
    assert run("list")[1] == "there are no keys yet; homes keys make NAME makes the first\n"
    assert "lets in to price. Its secret" in run("make", "partner")[2]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("make", "operator"), 1, "NAME must say whom it is for"),
        (("make", "x", "--scope", "all"), 2, "'all' is not one of 'price', 'read_logs', 'operate'"),
        (("make", "x", "--expires", "0"), 2, "0.0 is not in the range 0<x<=36500"),
        (("make", "x", "--expires", "1e9"), 2, "is not in the range 0<x<=36500"),
        (("make", "x", "--expires", "nan"), 2, "nan is no number"),
        (("rotate", "K1", "--grace", "1e9"), 2, "is not in the range 0<=x<=876000"),
        (("rotate", "seven"), 1, "a key looks like K3; got 'seven'"),
        (("revoke", "K7"), 1, "there is no key K7; `homes keys list` tells which there are"),
    ],
)
def test_what_cannot_be_done_is_said(run, words: tuple[str, ...], code: int, said: str) -> None:
    ended, _, error = run(*words)
    assert ended == code
    assert said in error
