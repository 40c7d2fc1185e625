"""Every setting: read from the environment, refused with its name."""

from pathlib import Path
from typing import get_args

import pytest

from homeprices import settings
from homeprices.domain.errors import BadInput, Refused
from homeprices.domain.experiments.policies import POLICIES
from homeprices.settings import Settings


def test_what_the_environment_says_comes_before_the_file_of_the_data_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "settings.env").write_text("HOMES_ROUTER_PORT=7100\nHOMES_PAGE_PORT=6600\n")
    monkeypatch.setenv("HOMES_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("HOMES_PAGE_PORT", "6700")
    loaded = settings.load()
    assert (loaded.router_port, loaded.page_port) == (7100, 6700)
    assert settings.from_environment().router_port == 7000


def test_a_value_that_cannot_be_used_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOMES_TRIAL_SHARE", "1.5")
    with pytest.raises(BadInput, match=r"HOMES_TRIAL_SHARE .*at most 0.99; got '1.5'"):
        settings.from_environment()


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("HOMES_TRIAL_SHARE", "7", "HOMES_TRIAL_SHARE must be at most 0.99; got '7'"),
        ("HOMES_POLL_S", "0", "HOMES_POLL_S must be more than 0; got '0'"),
        ("HOMES_COVERAGE", "0.1", "HOMES_COVERAGE must be at least 0.5; got '0.1'"),
        ("HOMES_WORKERS", "65", "HOMES_WORKERS must be at most 64; got '65'"),
        ("HOMES_WORKERS", "two", "HOMES_WORKERS must be a whole number; got 'two'"),
        ("HOMES_WORKERS", "1.5", "HOMES_WORKERS must be a whole number; got '1.5'"),
        ("HOMES_MODEL_MB", "big", "HOMES_MODEL_MB must be a number; got 'big'"),
        ("HOMES_SPOOL_SYNC", "yes", "HOMES_SPOOL_SYNC must be 'on' or 'off'; got 'yes'"),
        (
            "HOMES_PUBLIC_URL",
            "homes.in",
            "HOMES_PUBLIC_URL has another form than the address of the page as people outside know "
            "it, for links in notices; got 'homes.in'",
        ),
    ],
)
def test_what_is_wrong_with_a_value_is_said_in_our_words(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, sentence: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(BadInput) as raised:
        settings.from_environment()
    assert raised.value.message == sentence


def test_a_variable_that_is_no_setting_is_named_with_the_nearest_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HOMES_POLCY", "composite")
    assert "HOMES_POLCY is no setting and changes nothing; was HOMES_POLICY meant?" in (
        settings.unknown()
    )
    monkeypatch.delenv("HOMES_POLCY")
    monkeypatch.setenv("HOMES_POLICY", "composite")
    assert not [sentence for sentence in settings.unknown() if "POL" in sentence]


def test_a_line_of_the_file_that_is_no_setting_is_named_with_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "settings.env").write_text("HOMES_ROUTER_PORT=7100\nthis is not one\n")
    monkeypatch.setenv("HOMES_DATA_DIR", str(tmp_path))
    with pytest.raises(Refused, match=r"settings\.env, line 2: expected NAME=value"):
        settings.load()


@pytest.mark.parametrize("below", ["", "deeper/still"])
def test_a_data_folder_that_can_be_none_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, below: str
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("HOMES_DATA_DIR", str(tmp_path / "file" / below))
    for read in (settings.load, settings.from_environment):
        with pytest.raises(BadInput, match=r"HOMES_DATA_DIR must be a folder, and .*/file is none"):
            read()


@pytest.mark.parametrize(
    ("name", "value"),
    [("AWS_ENDPOINT_URL", "localhost:9000"), ("MLFLOW_S3_BUCKET", "s3://homes")],
)
def test_a_bucket_or_an_endpoint_that_is_none_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(BadInput, match=f"{name} .*got '{value}'"):
        settings.from_environment()


def test_objects_are_in_the_url_that_is_set_else_in_the_bucket_else_in_a_folder() -> None:
    folder = Settings(HOMES_DATA_DIR="/data", HOMES_OBJECTS_URL="", MLFLOW_S3_BUCKET="")
    assert folder.objects == "file:///data/objects"
    assert Settings(HOMES_OBJECTS_URL="", MLFLOW_S3_BUCKET="homes").objects == "s3://homes"
    both = Settings(HOMES_OBJECTS_URL="s3://other/folder", MLFLOW_S3_BUCKET="homes")
    assert both.objects == "s3://other/folder"


def test_secrets_are_never_printed() -> None:
    hushed = {"secret", "postgres_password", "aws_secret_access_key", "aws_session_token"}
    assert "hush" not in repr(Settings(**dict.fromkeys(hushed, "hush")))


def test_a_missing_secret_is_told_with_the_way_to_one() -> None:
    with pytest.raises(Refused, match="HOMES_SECRET is not set"):
        Settings(secret="").require_secret()


def test_a_policy_is_one_that_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    known = get_args(Settings.model_fields["policy"].annotation)
    assert set(known) == set(POLICIES)
    monkeypatch.setenv("HOMES_POLICY", "best")
    with pytest.raises(BadInput, match="HOMES_POLICY"):
        settings.from_environment()


def test_a_service_is_where_its_setting_says_else_at_our_host_and_its_port() -> None:
    moved = Settings(HOMES_HOST="10.0.0.5", HOMES_PRODUCTION_URL="http://production:6001")
    assert moved.address("production") == "http://production:6001"
    assert moved.address("candidate") == "http://10.0.0.5:6002"


def test_a_certificate_makes_the_doors_of_visitors_speak_tls_and_no_other() -> None:
    safe = Settings(HOMES_TLS_CERTIFICATE="a.crt", HOMES_TLS_KEY="a.key")
    assert safe.address("router").startswith("https://")
    assert safe.address("page").startswith("https://")
    assert safe.address("production").startswith("http://")
    assert safe.is_behind_tls
    assert Settings(HOMES_PUBLIC_URL="https://homes.example").is_behind_tls
    assert not Settings(HOMES_PUBLIC_URL="http://homes.example").is_behind_tls


def test_a_secret_may_be_a_file_and_the_environment_comes_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "HOMES_SECRET").write_text("from the file")
    (tmp_path / "HOMES_OPERATOR_KEY").write_text("from the file, too\n")
    monkeypatch.setenv("HOMES_SECRETS_DIR", str(tmp_path))
    monkeypatch.setenv("HOMES_SECRET", "from the environment")
    loaded = settings.load()
    assert loaded.secret.get_secret_value() == "from the environment"
    assert loaded.operator_key.get_secret_value() == "from the file, too"


def test_a_folder_of_secrets_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOMES_SECRETS_DIR", "/nowhere")
    with pytest.raises(BadInput, match="HOMES_SECRETS_DIR must be a folder of files; got"):
        settings.load()


@pytest.mark.parametrize("name", ["HOMES_TLS_CERTIFICATE", "HOMES_WORKERS", "HOMES_DATA_DIR"])
def test_a_variable_that_is_empty_is_one_that_is_not_set(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.delenv(name, raising=False)
    expected = settings.from_environment()
    monkeypatch.setenv(name, "")
    assert settings.from_environment() == expected


def test_origins_are_scheme_host_and_port_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for wrong in ("localhost:3000", "http://a.example/", "*,http://a.example", "http://a b;"):
        monkeypatch.setenv("HOMES_CORS_ORIGINS", wrong)
        with pytest.raises(BadInput, match="HOMES_CORS_ORIGINS has another form"):
            settings.from_environment()
    monkeypatch.setenv("HOMES_CORS_ORIGINS", "http://[::1]:3000,https://homes.example")
    assert settings.from_environment().origins == ("http://[::1]:3000", "https://homes.example")
