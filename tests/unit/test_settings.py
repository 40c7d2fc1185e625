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
    with pytest.raises(BadInput, match=r"HOMES_TRIAL_SHARE .*less than 1; got '1.5'"):
        settings.from_environment()


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
