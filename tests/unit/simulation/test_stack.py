from pathlib import Path

import pytest

from homeprices.domain.errors import Refused
from homeprices.settings import OwnSettings
from homeprices.simulation.stack import SeededHomes, require_own_folder


@pytest.mark.parametrize("folder", ["homes", "homes/month", "."])
def test_the_data_folder_of_the_running_stack_is_never_the_months(
    tmp_path: Path, folder: str
) -> None:
    running = tmp_path / "homes"
    running.mkdir()
    with pytest.raises(Refused, match="the data folder of your own stack"):
        require_own_folder(tmp_path / folder, running)


def test_a_folder_in_use_is_refused_and_an_empty_one_is_not(tmp_path: Path) -> None:
    running, used, empty = (tmp_path / name for name in ("homes", "used", "empty"))
    used.mkdir()
    (used / "settings.env").write_text("POSTGRES_PORT=5433\n")
    empty.mkdir()
    with pytest.raises(Refused, match="in use already"):
        require_own_folder(used, running)
    with pytest.raises(Refused, match="in use already"):
        require_own_folder(used / "settings.env", running)
    require_own_folder(empty, running)
    require_own_folder(tmp_path / "new", running)


def test_nothing_of_the_environment_reaches_the_months_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("POSTGRES_HOST", "HOMES_OBJECTS_URL", "HOMES_NOTIFY_URLS", "MLFLOW_TRACKING_URI"):
        monkeypatch.setenv(name, "http://the-running-stack")
    monkeypatch.setenv("HOMES_DATA_DIR", str(tmp_path / "running"))
    own = OwnSettings(HOMES_DATA_DIR=tmp_path)
    assert own.objects == (tmp_path / "objects").as_uri()
    assert (own.postgres_host, own.tracking_uri) == ("", "")
    assert own.notify_urls.get_secret_value() == ""


def test_salts_are_those_of_the_seed(tmp_path: Path) -> None:
    def salts(seed: int) -> list[str]:
        homes = SeededHomes(OwnSettings(HOMES_DATA_DIR=tmp_path), lambda: None, seed)  # type: ignore[arg-type,return-value]
        return [homes.new_salt(), homes.new_salt()]

    assert salts(1) == salts(1)
    assert len({*salts(1), *salts(2)}) == 4
