"""`homes first-candidate`: what trains behind the services after the first start."""

from __future__ import annotations

import resource
import sys

import click

from homeprices import settings
from homeprices.bootstrap import Stores
from homeprices.domain.manifest import ModelManifest
from homeprices.domain.training import Training
from homeprices.domain.versions import DatasetVersion
from homeprices.settings import Settings


@click.command("first-candidate")
def first_candidate() -> None:
    """Train what follows the quick first model, once, and open its trial."""
    from homeprices.cli import maintenance, show
    from homeprices.domain.errors import Refused
    from homeprices.local.layout import lay_out
    from homeprices.local.processes import give_way
    from homeprices.local.supervisor import held
    from homeprices.workflows.experiments.desk import trial_desk
    from homeprices.workflows.training.first_candidate import first_candidate as follow
    from homeprices.workflows.training.training_desk import training_desk

    loaded = settings.load()
    desk = training_desk(loaded)
    give_way()
    lock = lay_out(loaded.data_dir).run / "first-candidate.lock"
    try:
        # A second one would take the training of the first for broken off.
        with held(lock):
            made = follow(
                desk, trial_desk(loaded), lambda training: _train(training, loaded, desk.stores)
            )
    except Refused as refusal:
        # An ordinary end: the last line of the log is what `homes status` tells.
        click.echo(refusal.message)
        return
    maintenance.catch_up(loaded, made.version)
    trial = show.trial(desk.stores.experiments.open_now())
    click.echo(f"{made.version} is published; {trial}")


def _train(training: Training, loaded: Settings, stores: Stores) -> ModelManifest:
    click.echo(f"{training.id}: {'; '.join(training.reasons)}")
    from homeprices.workflows.training.train import TrainOrder, train
    from homeprices.workflows.training.workshop import workshop

    dataset, works = DatasetVersion.parse(training.dataset), workshop(loaded, stores)
    made = train(TrainOrder(dataset=dataset, order=training.order), works, click.echo)
    click.echo(_cost())
    return made


def _cost() -> str:
    """What this process has taken of the machine so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    # Linux counts kilobytes, macOS bytes.
    most_mb = used.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)
    return f"it took {used.ru_utime + used.ru_stime:.0f} s of a processor and {most_mb:,.0f} MB"
