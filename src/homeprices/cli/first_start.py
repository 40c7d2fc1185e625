"""First dataset, first model, one priced home: what `up` does besides starting services.

`homes first-model` is the same without services, for containers. `homes first-candidate` is what
trains behind the services.
"""

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import click

from homeprices import bootstrap
from homeprices.bootstrap import Homes
from homeprices.domain.errors import Refused, Unavailable
from homeprices.domain.manifest import DatasetManifest, ModelManifest
from homeprices.domain.training import Training
from homeprices.domain.versions import DatasetVersion, ModelVersion
from homeprices.local import probe
from homeprices.local.local_settings import FIRST_CANDIDATE
from homeprices.local.plan import StackPlan
from homeprices.local.up import Step
from homeprices.wording.speech import Speech

SIMULATED_ROWS, SIMULATED_SEED = 9_600, 1
FIRST_RECIPE = "booster"
FIRST_PRICE_S = 60.0
READY = "/api/health/ready"

Say = Callable[[str], None]
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("first-model")
@click.option("--listings", type=_FILE, help="A CSV of listings; without it a market is made up.")
def first_model(listings: Path | None) -> None:
    """Publish the first dataset and train the first production model, where there is none."""
    wanted = steps(bootstrap.load(), listings)
    for step in wanted:
        click.echo(step.run(lambda words: click.echo(words, err=True)))
    if not wanted:
        click.echo("there is a dataset and a production model already")


def steps(homes: Homes, listings: Path | None) -> list[Step]:
    """What is still to be done before homes can be priced."""
    wanted = []
    if listings is not None or homes.datasets.latest() is None:
        wanted.append(Step("dataset", lambda say: _publish(homes, listings, say)))
    if homes.registry.production() is None:
        wanted.append(Step("first model", lambda say: _train(homes, say)))
    return wanted


def _publish(homes: Homes, listings: Path | None, say: Say) -> str:
    from homeprices.workflows.datasets import SourceFile, publish_dataset

    if listings is None:
        from homeprices.datasets.simulate import simulate

        say("making up a market of listings")
        content = simulate(homes.market, SIMULATED_ROWS, SIMULATED_SEED)
        source = f"simulated, {SIMULATED_ROWS} rows, seed {SIMULATED_SEED}"
    else:
        say(f"reading {listings.name}")
        content, source = listings.read_bytes(), listings.name
    before = homes.datasets.latest()
    made = publish_dataset(SourceFile(content, source, simulated=listings is None), homes)
    return _told(made, homes, is_new=made != before)


def _told(made: DatasetManifest, homes: Homes, *, is_new: bool) -> str:
    words = (
        f"dataset {made.version}: {made.rows:,} listings, {sum(made.rejected.values()):,} rejected"
    )
    if homes.registry.production() is None:
        return words
    return f"{words}; {'try it: ./homes train' if is_new else 'published before'}"


def _train(homes: Homes, say: Say) -> str:
    from homeprices.valuation.train.recipes import recipe_named
    from homeprices.workflows.training.first_candidate import FIRST_MODEL
    from homeprices.workflows.training.train import TrainOrder, train

    say("training the first model, the quick way")
    parameters = {**recipe_named(FIRST_RECIPE).quick, "fact_sets": 3}
    model = train(
        TrainOrder(FIRST_RECIPE, parameters=parameters, order=FIRST_MODEL),
        homes,
        say,
    )
    return _errors(model, homes)


def _errors(model: ModelManifest, homes: Homes) -> str:
    """A model and its median errors, as a line for people."""
    from homeprices.reports.comparison import card_of

    card = card_of(ModelVersion.parse(model.version), homes.registry)
    four, *others = card.median_errors.values()
    all_facts = f", {others[-1]:.1f} % with all" if others else ""
    made = f"model {model.version} ({model.recipe} on {model.dataset})"
    return f"{made}: median error {four:.1f} % with four facts{all_facts}"


def behind(homes: Homes, stack: StackPlan) -> str | None:
    """What trains behind the services of `stack` now, as a line for people; None if nothing."""
    from homeprices.workflows.training.first_candidate import why_not

    if FIRST_CANDIDATE not in stack.names or why_not(homes) is not None:
        return None
    return f"the first candidate trains behind it: ./homes logs {FIRST_CANDIDATE}"


def priced_home(homes: Homes) -> str:
    """A home like many in the dataset, priced through the router, as a line for people.

    Raises Unavailable when production prices nothing in time.
    """
    home_request = _usual_home(homes)
    settings = homes.settings
    question = f"{settings.address('router')}/api/predict_home_price?{urlencode(home_request)}"
    key = settings.operator_key.get_secret_value()
    # Whatever answers there is told the key only where nothing is priced without it.
    headers = {"X-API-Key": key} if key and settings.require_api_key == "1" else {}
    deadline = time.monotonic() + FIRST_PRICE_S
    while True:
        # The router answers by the candidate, too: that prices a home, and hides that visitors
        # of production get none.
        ready, why_not = probe.get(settings.address("production") + READY)
        status, answer = probe.get(question, headers)
        if ready == status == 200 and isinstance(answer, dict):
            return priced_line(answer, Speech(homes.market))
        if time.monotonic() > deadline:
            answers = (
                _answered("production", ready, why_not),
                _answered("the router", status, answer),
            )
            raise Unavailable(
                f"production priced no home within {FIRST_PRICE_S:.0f} s; {'; '.join(answers)}; "
                "see ./homes logs production"
            )
        time.sleep(0.2)


def _answered(who: str, status: int, answer: object) -> str:
    return f"{who} answered {status} {json.dumps(answer, ensure_ascii=False)[:300]}"


def _usual_home(homes: Homes) -> dict[str, str]:
    """A home of the commonest locality and the middle area of production's dataset."""
    fields = homes.market.fields
    production = homes.registry.production()
    if production is None:
        raise Unavailable("there is no production model yet; train one: ./homes train")
    profile = homes.datasets.manifest(DatasetVersion.parse(production.dataset)).profile
    areas = profile.numbers["area"].edges
    facts = {
        "locality": profile.names["locality"].names[0],
        "area": f"{areas[len(areas) // 2]:.0f}",
        "bedrooms": "2",
        "bathrooms": "2",
    }
    return {fields[fact]: value for fact, value in facts.items()}


def priced_line(answer: dict[str, Any], speech: Speech) -> str:
    """The answer of the API as a line for people."""
    price, low, high = (speech.money(answer[name]) for name in ("estimated_price", "low", "high"))
    home = f"{speech.area(answer['area'])} with {speech.bedrooms(2)} in {answer['location']}"
    lines = [f"{home}: {price}, likely between {low} and {high} ({answer['model_version']})"]
    if answer["simulated"]:
        lines.append("simulated market: these listings are made up; yours: --listings FILE.csv")
    return "\n".join(lines)


@click.command("first-candidate")
def first_candidate() -> None:
    """Train what follows the quick first model, once, and open its trial."""
    from homeprices.cli import maintenance, show
    from homeprices.local.layout import lay_out
    from homeprices.local.processes import give_way
    from homeprices.local.supervisor import held
    from homeprices.workflows.training.first_candidate import first_candidate as follow

    homes = bootstrap.load()
    give_way()
    lock = lay_out(homes.settings.data_dir).run / "first-candidate.lock"
    try:
        # A second one would take the training of the first for broken off.
        with held(lock):
            made = follow(homes, lambda training: _trained(training, homes))
    except Refused as refusal:
        # An ordinary end: the last line of the log is what `homes status` tells.
        click.echo(refusal.message)
        return
    maintenance.catch_up(homes, made.version)
    for model in (homes.registry.production(), made):
        if model is not None:
            click.echo(_errors(model, homes))
    experiment = show.experiment(homes.experiments.open_now())
    click.echo(f"{made.version} is published; {experiment}")


def _trained(training: Training, homes: Homes) -> ModelManifest:
    click.echo(f"{training.id}: {'; '.join(training.reasons)}")
    from homeprices.workflows.training.train import TrainOrder, train

    dataset = DatasetVersion.parse(training.dataset)
    made = train(TrainOrder(dataset=dataset, order=training.order), homes, click.echo)
    click.echo(_cost())
    return made


def _cost() -> str:
    """What this process has taken of the machine so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    # Linux counts kilobytes, macOS bytes.
    most_mb = used.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)
    return f"it took {used.ru_utime + used.ru_stime:.0f} s of a processor and {most_mb:,.0f} MB"
