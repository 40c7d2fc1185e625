"""What all contestants share: one PostgreSQL, one model, and distinct homes to ask about."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import click
import msgspec
import psutil
import psycopg
from psycopg.conninfo import conninfo_to_dict

from homeprices import bootstrap, markets
from homeprices.bootstrap import Homes
from homeprices.datasets.clean import read_listings
from homeprices.datasets.simulate import simulate
from homeprices.domain.listing import Home
from homeprices.domain.manifest import ModelManifest
from homeprices.domain.versions import ModelVersion, Role
from homeprices.local.layout import lay_out
from homeprices.local.postgres import find_postgres
from homeprices.settings import Settings
from homeprices.stores.postgres import database
from homeprices.valuation.predict import bundle
from peers import rows
from peers.environments import PEERS, SOURCE
from peers.request import HomeRequest
from support.postgres import embedded

SEED = 7


@dataclass(frozen=True)
class Stage:
    """A folder with the model of the data folder, and a PostgreSQL that runs beside it."""

    folder: Path
    dsn: str
    postgres: psutil.Process
    files: Mapping[str, bytes]
    manifest: ModelManifest

    def expected_price(self, home: Mapping[str, Any]) -> float:
        """What every contestant has to answer for a home."""
        asked = (home["location"], home["total_sqft"], home["bhk"], home["bath"])
        return bundle.load(self.files).estimate(Home(*asked)).price

    def environment(self, port: int) -> dict[str, str]:
        """The variables by which a contestant finds model, database and port."""
        own = ("HOMES_", "POSTGRES_", "PYTHONPATH")
        kept = {name: text for name, text in os.environ.items() if not name.startswith(own)}
        server = conninfo_to_dict(self.dsn)
        return kept | {
            "PYTHONPATH": f"{SOURCE}{os.pathsep}{PEERS.parent}",
            "PEER_MODEL": str(self.folder / "model"),
            "PEER_DSN": _url(server),
            "HOMES_DATA_DIR": str(self.folder / "data"),
            "HOMES_PRODUCTION_PORT": str(port),
            "HOMES_SECRET": "of a benchmark",
            "HOMES_PRICE_RATE": "0",
            "POSTGRES_HOST": str(server["host"]),
            "POSTGRES_PORT": str(server["port"]),
            "POSTGRES_USER": str(server["user"]),
            "POSTGRES_PASSWORD": str(server["password"]),
            "POSTGRES_DB": str(server["dbname"]),
        }


@contextmanager
def set_up(folder: Path, tables: list[str]) -> Iterator[Stage]:
    """The stage in `folder`; peers keep their rows in `tables`. Raises ClickException."""
    registry = bootstrap.load().registry
    version = registry.newest_production()
    if version is None:
        raise click.ClickException("there is no model; train one: ./homes train")
    files, manifest = registry.files(version), registry.manifest(version)
    # PostgreSQL's account has to come through.
    folder.chmod(0o755)
    (folder / "model").mkdir()
    for name, content in files.items():
        (folder / "model" / name).write_bytes(content)
    _publish(folder / "data", files, manifest)
    with embedded(folder / "data") as dsn:
        database.migrate(dsn)
        with psycopg.connect(dsn) as connection:
            for table in tables:
                connection.execute(rows.TABLE.format(table=table).encode())
        lock = find_postgres(lay_out(folder / "data")).data / "postmaster.pid"
        postgres = psutil.Process(int(lock.read_text().split()[0]))
        yield Stage(folder, dsn, postgres, files, manifest)


def _url(server: Mapping[str, Any]) -> str:
    """A server as a URL, which every driver reads."""
    password = quote(server["password"])
    return "postgresql://{user}:{}@{host}:{port}/{dbname}".format(password, **server)


def _publish(data: Path, files: Mapping[str, bytes], manifest: ModelManifest) -> None:
    """Publish the model as the only one of a data folder."""

    def describe(version: ModelVersion, digests: Mapping[str, Any]) -> ModelManifest:
        return replace(manifest, version=str(version), files=dict(digests))

    Homes(Settings(HOMES_DATA_DIR=data)).registry.publish(Role.PRODUCTION, files, describe)


def distinct_homes(count: int) -> list[dict[str, Any]]:
    """So many simulated homes by four facts, none of them twice, that every contestant prices."""
    market, rows, homes = markets.load("bangalore"), count, {}
    names = ("location", "total_sqft", "bhk", "bath")
    while len(homes) < count:
        rows *= 2
        asked = [one.home for one in read_listings(simulate(market, rows, SEED), market)]
        facts = [(h.locality, h.area, h.bedrooms, h.bathrooms) for h in asked]
        homes = dict.fromkeys(
            one for one in facts if _is_priced(dict(zip(names, one, strict=True)))
        )
    return [dict(zip(names, home, strict=True)) for home in list(homes)[:count]]


def _is_priced(fields: Mapping[str, Any]) -> bool:
    try:
        msgspec.convert(fields, HomeRequest)
    except msgspec.ValidationError:
        return False
    return True
