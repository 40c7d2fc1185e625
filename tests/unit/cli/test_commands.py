"""The `homes` command: what it offers, and how it fails."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from homeprices import __version__, settings
from homeprices.cli import homes, main, stack
from homeprices.domain.errors import Corrupt, Refused
from homeprices.domain.experiments.experiment import ClosedExperiment, ExperimentConfig
from homeprices.domain.experiments.policies import policy
from homeprices.stores.experiments import Experiments
from homeprices.stores.objects import ObjectStore
from homeprices.valuation.train.recipes import RECIPES
from support.kept import FORMAT_5
from support.streams import Market, stream

STACK = ["up", "down", "status", "logs", "open", "doctor", "test"]
MODELS = ["dataset", "models", "lineage", "train", "evaluate", "compare", "score", "tune"]
DECISIONS = ["decide", "promote", "roll-back", "undo", "decisions", "experiment"]
SERVICES = ["serve", "route", "page", "migrate", "await-model", "airflow", "mlflow", "make-secrets"]
CARE = [
    "drift",
    "simulate",
    "notices",
    "keep-house",
    "backup",
    "restore",
    "forget",
    "keys",
    "first-candidate",
    "first-model",
]
CONTRACT = [*STACK, *MODELS, *DECISIONS, *CARE, *SERVICES]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """Runs a command on an empty data folder; its exit code and output."""
    for name in ("POSTGRES_HOST", "HOMES_OBJECTS_URL", "MLFLOW_S3_BUCKET", "MLFLOW_TRACKING_URI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOMES_DATA_DIR", str(tmp_path))

    def command(*arguments: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
        told = capsys.readouterr()
        return int(ended.value.code or 0), told.out + told.err

    return command


def test_every_command_is_listed_and_explains_itself(run) -> None:
    code, told = run("--help")
    assert code == 0
    assert re.findall(r"^  ([a-z][a-z-]*)  ", told, re.MULTILINE) == CONTRACT
    assert all(homes.get_command(None, name).help for name in CONTRACT)  # type: ignore[arg-type]


@pytest.mark.parametrize("path", [(), ("train",), ("experiment", "hold")])
def test_help_says_homes_however_it_was_started(run, path: tuple[str, ...]) -> None:
    _, told = run(*path, "--help")
    assert told.startswith(f"Usage: {' '.join(('homes', *path))} [OPTIONS]")


def test_the_version_is_told(run) -> None:
    assert run("--version") == (0, f"{__version__}\n")


def test_an_unknown_command_is_a_usage_error(run) -> None:
    code, told = run("sell")
    assert code == 2
    assert "No such command 'sell'" in told


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["train"], "there is no dataset to train on; publish one by `homes dataset publish FILE`"),
        (["train", "--recipe", "crystal-ball"], "crystal-ball"),
        (["train", "--dataset", "7"], "a dataset version looks like V3; got '7'"),
        (["evaluate"], "there is no dataset"),
        (["tune"], "there is no dataset; name a file by --listings FILE.csv"),
        (["decide"], "no PostgreSQL is known: start the embedded one by `homes up`"),
        (["keep-house"], "no PostgreSQL is known"),
        (["drift", "watch"], "no PostgreSQL is known"),
        (["drift", "report"], "no PostgreSQL is known"),
        (["undo", "seven"], "a decision looks like D-3; got 'seven'"),
        (["promote", "BO"], "a model version looks like BO3 or CO7; got 'BO'"),
        (["logs", "router"], "there is no log of 'router'"),
    ],
)
def test_what_cannot_be_done_is_one_line_that_says_why(run, arguments, told) -> None:
    code, output = run(*arguments)
    assert code == 1
    assert told in output
    assert output.count("\n") == 1


def test_a_form_is_of_a_version_and_not_of_a_recipe(run) -> None:
    code, told = run("evaluate", "--cv", "--judged")
    assert code == 2
    assert "--judged names a form of a version" in told


def test_a_parameter_must_be_a_name_and_a_number(run) -> None:
    code, told = run("train", "--set", "rounds")
    assert code == 2
    assert "'rounds' is not NAME=NUMBER" in told


def test_a_file_that_is_no_search_is_refused(run, tmp_path: Path) -> None:
    search = tmp_path / "search.json"
    search.write_text('{"recipe": "booster"}')
    code, output = run("train", "--tuned", str(search))
    assert code == 1
    assert "is not what `homes tune --json` prints" in output


def test_a_setting_that_cannot_be_used_is_named(run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOMES_TRIAL_SHARE", "all")
    code, told = run("experiment")
    assert code == 1
    assert "HOMES_TRIAL_SHARE" in told
    assert "'all'" in told


def test_without_a_trial_production_answers_everyone(run) -> None:
    assert run("experiment") == (0, "no trial is open: production answers everyone\n")


def test_a_simulated_market_is_published_as_such_and_again_changes_nothing(
    run, tmp_path: Path
) -> None:
    code, told = run("dataset", "simulate", "--rows", "300", "--seed", "3")
    assert code == 0
    assert told.startswith("V1: ")
    assert "of a simulated market" in told
    again = "nothing is new: the listings of simulated, 300 rows, seed 3 are those of V1"
    assert run("dataset", "simulate", "--rows", "300", "--seed", "3") == (0, f"{again}\n{told}")
    assert len(list(tmp_path.glob("objects/data/raw/train_V*.csv"))) == 2


def test_models_and_datasets_are_listed(run) -> None:
    assert run("models") == (0, "there is no model yet; `homes train`\n")
    assert run("dataset", "list")[1].startswith("no dataset is published yet")
    run("dataset", "simulate", "--rows", "600", "--seed", "3")
    run("dataset", "simulate", "--rows", "600", "--seed", "4")
    newest, oldest = run("dataset", "list")[1].splitlines()[1:]
    assert newest.startswith("V2")
    assert "simulated, 600 rows, seed 3" in oldest
    quick = [f"--set={name}={value}" for name, value in RECIPES["linear"].quick.items()]
    assert run("train", "--recipe", "linear", *quick)[0] == 0
    head, line = run("models")[1].splitlines()
    assert head.split()[:3] == ["version", "state", "recipe"]
    assert line.split()[:3] == ["BO1", "production", "linear"]
    (entry,) = json.loads(run("models", "--json")[1])
    assert (entry["version"], entry["dataset"]) == ("BO1", "V2")


def test_a_simulated_market_whose_prices_moved_is_another_dataset_and_says_so(run) -> None:
    made = ("dataset", "simulate", "--rows", "300", "--seed", "3")
    assert run(*made)[0] == 0
    code, told = run(*made, "--move", "0.2", "--move-localities", "0.5")
    assert code == 0
    assert told.startswith("V2: ")
    assert "simulated, 300 rows, seed 3, prices +20.0% in 50.0% of localities after" in told


def test_a_file_that_is_no_listing_is_refused_with_what_is_wrong(run, tmp_path: Path) -> None:
    hopeless = tmp_path / "hopeless.csv"
    hopeless.write_text("a,b\n1,2\n")
    code, told = run("dataset", "publish", str(hopeless))
    assert code == 1
    assert told.startswith("homes: ")
    assert "Traceback" not in told


def test_red_suites_end_red(run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    runner = tmp_path / "run_tests.py"
    monkeypatch.setattr("homeprices.assets.folder", lambda _: tmp_path)
    for code in (0, 3):
        runner.write_text(f"raise SystemExit({code})")
        assert run("test", "unit")[0] == code


def test_the_doctor_names_a_variable_that_is_no_setting(
    run, monkeypatch: pytest.MonkeyPatch
) -> None:
    (check,) = [check for check in stack._store_checks() if check.name == "variables"]
    monkeypatch.setattr(settings, "unknown", list)
    assert check.look() == "every HOMES_ variable is a setting"
    monkeypatch.setattr(settings, "unknown", lambda: ["HOMES_POLCY is no setting"])
    with pytest.raises(Refused, match="HOMES_POLCY"):
        check.look()


def test_the_doctor_names_a_damaged_file_of_a_model_that_is_to_be_served(
    run, tmp_path: Path
) -> None:
    def look() -> str:
        (check,) = [check for check in stack._store_checks() if check.name == "models"]
        return check.look()

    assert look() == "none yet"
    shutil.copytree(FORMAT_5 / "objects", tmp_path / "objects", dirs_exist_ok=True)
    assert look() == "every file of BO2 and CO3 is whole"
    (damaged, *_) = (tmp_path / "objects" / "models" / "price_check_CO3").glob("*.msgpack")
    damaged.write_bytes(b"")
    with pytest.raises(Corrupt, match=r"price_check_CO3/.*restore the file from a backup"):
        look()


def test_a_stack_that_does_not_run_is_told_by_the_exit_code(run) -> None:
    assert run("status")[0] == 3


def test_a_replay_ends_with_one_line_for_machines(run, tmp_path: Path) -> None:
    file = tmp_path / "week.jsonl"
    requests = stream(Market(requests_an_hour=60, real_share=0.6, hours=30), 1)
    file.write_bytes(b"".join(msgspec.json.encode(request) + b"\n" for request in requests))
    code, told = run("experiment", "replay", str(file))
    assert code == 0
    *words, last = told.splitlines()
    assert json.loads(last) == {"decision": "hold", "t_hours": 2, "flags": ["srm"]}
    assert "the split is broken" in words[0]
    code, told = run("experiment", "replay", str(file), "--after-promotion")
    assert json.loads(told.splitlines()[-1])["decision"] == "continue"


def test_a_replay_says_what_it_set_aside_before_the_line_for_machines(run, tmp_path: Path) -> None:
    file = tmp_path / "week.jsonl"
    lines = [{"t": n, "id": n, "session": None, "variant": "prod"} for n in range(3)]
    file.write_text("\n".join(map(json.dumps, lines)))
    *_, set_aside, last = run("experiment", "replay", str(file))[1].splitlines()
    assert set_aside == "set aside, no evidence: unsigned 3"
    assert json.loads(last)["decision"] == "continue"


def test_trials_are_listed_and_without_one_nothing_is_shown_or_started(run, tmp_path) -> None:
    assert run("experiment", "list") == (0, "no trial was opened yet\n")
    code, told = run("experiment", "export", "E1")
    assert (code, told[:7]) == (1, "homes: ")
    drawn = tmp_path / "trial.svg"
    nothing = "no trial is open: production answers everyone\n"
    assert run("experiment", "status", "--svg", str(drawn)) == (0, nothing)
    assert drawn.read_bytes().startswith(b"<svg")
    assert run("experiment", "start", "seven")[0] == 1
    assert run("experiment", "start", "CO1", "--share", "1")[0] == 2


def test_a_listed_trial_says_how_it_ended(run, tmp_path: Path) -> None:
    experiments = Experiments(ObjectStore((tmp_path / "objects").as_uri()))
    document = policy("evidence").document
    for number in (1, 2):
        config = ExperimentConfig(0.2, "salt", document, "2026-11-02T09:00:00+00:00")
        experiments.open(f"CO{number}", "BO1", config)
        if number == 1:
            ended = ClosedExperiment("E1", "STOP", ["enough"], "D-0002", "2026-11-03T09:00:00Z")
            experiments.close(ended)
    _, newest, oldest = run("experiment", "list")[1].splitlines()
    assert (newest.split()[0], newest.split()[-1]) == ("E2", "open")
    assert oldest.split()[-2:] == ["D-0002", "STOP"]
    told = json.loads(run("experiment", "list", "--json")[1])
    assert [pair["ending"] is None for pair in told] == [True, False]


def test_a_replay_of_what_is_no_recording_names_the_line(run, tmp_path: Path) -> None:
    file = tmp_path / "week.jsonl"
    file.write_text('{"t": "soon"}\n')
    code, told = run("experiment", "replay", str(file))
    assert code == 1
    assert told.startswith("homes: line 1 is no recorded request: ")


def test_a_replay_loads_neither_stores_nor_settings() -> None:
    script = (
        "import sys, homeprices.cli.experiment, homeprices.workflows.experiments.replay;"
        "print(*sorted(name for name in sys.modules if name.startswith('homeprices.')))"
        ";print(*{'psycopg', 'pydantic', 'scipy', 'pandas', 'httpx'} & set(sys.modules))"
    )
    told = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    loaded, heavy = told.stdout.splitlines()
    assert heavy == ""
    assert not re.search(r"homeprices\.(stores|settings|bootstrap|valuation|serving)", loaded)


def test_a_policy_is_rehearsed_before_it_decides(run, tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text('[policy]\nname = "composite"\n[parameters]\nmin_ratings = 2\n')
    options = ("--policy", str(policy), "--traffic", "20", "--no-networks", "--runs", "1")
    code, told = run("experiment", "rehearse", *options)
    assert code == 1
    assert "20 requests an hour, reports on 3.0%" in told
    assert "--runs 100 or more" in told
    assert run("experiment", "rehearse", *options, "--force")[0] == 0
    assert len(list((tmp_path / "objects" / "policies").glob("*.json"))) == 1


def test_a_rehearsal_can_be_read_by_machines(run) -> None:
    options = ("--policy", "composite", "--traffic", "20", "--no-networks", "--runs", "1")
    code, told = run("experiment", "rehearse", *options, "--json")
    assert code == 0
    rehearsal, _ = json.JSONDecoder().raw_decode(told)
    assert rehearsal["rows"][0]["candidate"] == "equal"
    assert rehearsal["config"]["policy"]["name"] == "composite"


def test_a_zone_is_rehearsed_at_its_share_of_the_traffic_and_accepts_no_policy(
    run, tmp_path: Path
) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text('[policy]\nname = "composite"\n[parameters]\nmin_ratings = 2\n')
    options = ("--policy", str(policy), "--traffic", "100", "--no-networks", "--runs", "1")
    code, told = run("experiment", "rehearse", *options, "--zone", "east", "--force")
    assert code == 0
    lines = told.splitlines()
    assert "zone east: 20.8% of public listings, for want of requests" in lines
    assert any("21 requests an hour" in line for line in lines)
    assert [line for line in lines if line.startswith("east can")] != []
    assert not (tmp_path / "objects" / "policies").exists()
    code, told = run("experiment", "rehearse", *options, "--zone", "atlantis")
    assert code == 1
    assert "must be a zone of bangalore" in told


def test_a_recording_is_judged_in_one_zone(run, tmp_path: Path) -> None:
    file = tmp_path / "week.jsonl"
    places = ("Whitefield", "Hebbal", "Atlantis")
    lines = [
        {"t": n, "id": n, "session": n, "variant": "prod", "features": {"location": places[n]}}
        | {"latency_ms": 5}
        for n in range(3)
    ]
    file.write_text("\n".join(map(json.dumps, lines)))
    told = run("experiment", "replay", str(file), "--zone", "north")[1].splitlines()
    assert told[-2] == "set aside, no evidence: outside the zone 2"
    assert [line.split()[0] for line in told if "80" in line or " 20" in line][-1] == "north"
    assert run("experiment", "replay", str(file), "--market", "atlantis")[0] == 1


def test_a_policy_file_of_no_use_is_told(run, tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text('[policy]\nname = "coin"\n')
    code, told = run("experiment", "rehearse", "--policy", str(policy))
    assert code == 1
    assert "policy.name must be" in told


@pytest.mark.parametrize("kept", ["", "HOMES_SECRET=of-before\n"])
def test_secrets_that_are_not_in_settings_env_are_not_said_to_be_backed_up(
    run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: str
) -> None:
    monkeypatch.setenv("HOMES_SECRET", "e" * 48)
    if kept:
        (tmp_path / "settings.env").write_text(kept)
        (tmp_path / "settings.env").chmod(0o600)
    file = tmp_path / "monday.backup"
    code, told = run("backup", str(file), "--secrets", str(tmp_path / "secrets"))
    assert code == 1
    assert "copy it from there, and back up without --secrets" in told
    assert not file.exists()
