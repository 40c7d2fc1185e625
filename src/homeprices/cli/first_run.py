"""What `up` does in the foreground: the first dataset, the first model, one priced home."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from homeprices import bootstrap, markets
from homeprices.domain.errors import Unavailable
from homeprices.domain.manifest import DatasetManifest
from homeprices.local.doctor import Check
from homeprices.local.up import Step
from homeprices.settings import Settings

ROWS, SEED = 9_600, 1
FIRST_RECIPE = "booster"
PATIENCE_S = 60.0

Tell = Callable[[str], None]


def steps(settings: Settings, listings: Path | None) -> list[Step]:
    """The work of a first start; on a later one both steps find theirs done."""
    return [
        Step("dataset", lambda tell: _dataset(settings, listings, tell)),
        Step("model", lambda tell: _model(settings, tell)),
    ]


def _dataset(settings: Settings, listings: Path | None, tell: Tell) -> str:
    from homeprices.workflows.publish_dataset import publish_dataset

    shelf = bootstrap.stores(settings).shelf
    latest = shelf.latest()
    if latest is not None and listings is None:
        return _dataset_words(latest)
    market = markets.load(settings.market)
    if listings is None:
        from homeprices.datasets.simulate import simulate

        tell("simulating a market")
        content, source = simulate(market, ROWS, SEED), f"simulated, {ROWS} rows, seed {SEED}"
    else:
        tell(f"reading {listings}")
        content, source = listings.read_bytes(), listings.name
    manifest = publish_dataset(
        content,
        source,
        shelf=shelf,
        market=market,
        simulated=listings is None,
        clock=bootstrap.clock,
    )
    return _dataset_words(manifest)


def _dataset_words(manifest: DatasetManifest) -> str:
    rejected = sum(manifest.rejected.values())
    made_up = " simulated" if manifest.simulated else ""
    return f"dataset {manifest.version}: {manifest.rows:,}{made_up} listings, {rejected:,} rejected"


def _model(settings: Settings, tell: Tell) -> str:
    from homeprices.valuation.parameters import QUICK
    from homeprices.workflows.train import TrainOrder, train

    stores = bootstrap.stores(settings)
    production = stores.registry.production() or train(
        TrainOrder(recipe=FIRST_RECIPE, parameters=QUICK[FIRST_RECIPE]),
        shelf=stores.shelf,
        registry=stores.registry,
        market=markets.load(settings.market),
        clock=bootstrap.clock,
        progress=tell,
    )
    error, holds = (production.metrics[m] for m in ("mdape_percent", "coverage_percent"))
    return (
        f"model {production.version} ({production.recipe}): median error {error:.1f} %, "
        f"range holds {holds:.0f} %"
    )


def priced_home(settings: Settings) -> str:
    """One home, priced through the router, in words; raises Unavailable when it is not."""
    market = markets.load(settings.market)
    asked = market.example
    answer = _ask(f"http://{settings.host}:{settings.router_port}/api/predict_home_price", asked)
    home = ", ".join(f"{name} {value}" for name, value in asked.items())
    words = (
        f"{home}:\n{answer['currency']}{answer['estimated_price']} {answer['price_unit']}, likely "
        f"between {answer['low']} and {answer['high']} (model {answer['model_version']})"
    )
    if answer["simulated"]:
        words += "\nsimulated market: these prices come from made-up listings"
    return words


def _ask(url: str, asked: dict[str, str]) -> dict[str, object]:
    """The router's answer, for which it may take a moment after the first model is published."""
    request = urllib.request.Request(  # noqa: S310 - our own host, over http
        url, json.dumps(asked).encode(), {"content-type": "application/json"}
    )
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
                return dict(json.load(answer))
        except (urllib.error.URLError, OSError) as error:
            if time.monotonic() > deadline:
                raise Unavailable(
                    f"no home was priced by {url}: {error}; see homes status"
                ) from None
            time.sleep(0.1)


def checks(settings: Settings) -> list[Check]:
    """What `doctor` looks at beyond the machine: the database and the registry."""

    def database() -> str:
        bootstrap.traffic(bootstrap.database(settings)).ping()
        return f"answers at {settings.postgres_host}:{settings.postgres_port}"

    def registry() -> str:
        production = bootstrap.stores(settings).registry.production()
        return f"production is {production.version}" if production else "empty; homes up fills it"

    return [Check("database", database), Check("registry", registry)]
