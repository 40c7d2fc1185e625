"""Writes what is read by Prometheus and Grafana, from what is read by people.

    .venv/bin/python monitoring/make.py

`tests/unit/test_monitoring.py` fails where a file is not what this would write.
"""

import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from grafana_foundation_sdk.cog.encoder import JSONEncoder

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER))

from alerts import groups  # noqa: E402 - beside this script
from dashboards import candidate, model, service, worth  # noqa: E402

RULES = "rules/homes.yml"
DASHBOARDS = {"service": service, "candidate": candidate, "model": model, "worth": worth}
MADE = "# Made by monitoring/make.py from thresholds.toml and alerts.py.\n"


def thresholds(path: Path = FOLDER / "thresholds.toml") -> dict[str, Any]:
    """What alerts compare with."""
    return tomllib.loads(path.read_text(encoding="utf-8"))


def rules(compared: Mapping[str, Any]) -> str:
    """The file of rules."""
    return MADE + yaml.safe_dump(groups(compared), sort_keys=False, width=100)


def files() -> dict[str, str]:
    """Every file by its path in this folder."""
    encoder = JSONEncoder(sort_keys=True, indent=2)
    pages = {
        f"grafana/dashboards/{name}.json": encoder.encode(source.build().build()) + "\n"
        for name, source in DASHBOARDS.items()
    }
    return {RULES: rules(thresholds()), **pages}


def main() -> None:
    """Write them all."""
    for name, text in files().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
