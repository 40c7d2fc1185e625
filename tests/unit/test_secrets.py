"""A secret is a `SecretStr`, which prints stars, wherever it is printed."""

import pprint
import re
import traceback
from pathlib import Path

import pytest
from pydantic import SecretStr

from homeprices import settings
from homeprices.bootstrap import Homes
from homeprices.domain.errors import BadInput
from homeprices.domain.requests.records import Slot
from homeprices.local import services
from homeprices.settings import Settings
from homeprices.stores.postgres.database import Database, dsn

SECRET_NAME = re.compile(r"secret|password|key|token|notify", re.IGNORECASE)
# What has such a name and is none: names of keys, of files, a switch.
NONE = {"AWS_ACCESS_KEY_ID", "HOMES_SECRETS_DIR", "HOMES_TLS_KEY", "HOMES_REQUIRE_API_KEY"}
FIELDS = Settings.model_fields
SECRETS = {str(f.alias) for f in FIELDS.values() if f.annotation is SecretStr}
HUSH = "hush-hush"


def test_every_setting_that_is_secret_by_name_is_one_that_prints_stars() -> None:
    named = {str(f.alias) for f in FIELDS.values() if SECRET_NAME.search(str(f.alias))}
    assert named - NONE == SECRETS
    assert len(SECRETS) == 7


def filled() -> Settings:
    others = {"POSTGRES_HOST": "localhost", "HOMES_OBJECTS_URL": "memory:///"}
    return Settings(**{**dict.fromkeys(SECRETS, HUSH), **others}, AWS_ACCESS_KEY_ID="id")


def test_no_way_to_print_settings_shows_one() -> None:
    loaded = filled()
    printed = [str(loaded), repr(loaded), f"{loaded}", pprint.pformat(loaded.model_dump())]
    printed += [str(loaded.model_dump()), loaded.model_dump_json(), str(vars(loaded))]
    assert all(HUSH not in text for text in printed)
    assert "**********" in repr(loaded)


def test_what_is_made_of_settings_does_not_show_one(monkeypatch: pytest.MonkeyPatch) -> None:
    homes = Homes(filled())
    made = homes.service(Slot.PRODUCTION)
    parts = (homes, made, made.identity, homes.objects, homes.database, services.urls(filled()))
    assert all(HUSH not in f"{part!r} {part}" for part in parts)
    homes.close()


def test_a_database_that_cannot_be_reached_is_told_without_its_password() -> None:
    database = Database(dsn(Settings(POSTGRES_HOST="/nowhere", POSTGRES_PASSWORD=HUSH)))
    try:
        with pytest.raises(Exception) as raised, database.connection() as connection:
            connection.execute("SELECT 1")
    finally:
        database.close()
    told = "".join(traceback.format_exception(raised.value))
    assert HUSH not in told


def test_a_plan_has_no_secret_in_a_command_or_an_environment(tmp_path: Path) -> None:
    plan = services.stack(filled(), None, str(tmp_path), ("mlflow", "airflow", "first-candidate"))
    assert len(plan.services) > 8
    assert HUSH not in repr(plan)


def test_a_value_of_any_other_setting_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOMES_REQUIRE_API_KEY", "yes")
    with pytest.raises(BadInput, match="HOMES_REQUIRE_API_KEY must be '0' or '1'; got 'yes'"):
        settings.from_environment()
