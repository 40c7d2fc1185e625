"""`homes first-candidate`: what trains behind the services after the first start."""

import resource
import sys

import click

from homeprices import bootstrap
from homeprices.bootstrap import Homes
from homeprices.domain.manifest import ModelManifest
from homeprices.domain.training import Training
from homeprices.domain.versions import DatasetVersion


@click.command("first-candidate")
def first_candidate() -> None:
    """Train what follows the quick first model, once, and open its trial."""
    from homeprices.cli import maintenance, show
    from homeprices.domain.errors import Refused
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
            made = follow(homes, lambda training: _train(training, homes))
    except Refused as refusal:
        # An ordinary end: the last line of the log is what `homes status` tells.
        click.echo(refusal.message)
        return
    maintenance.catch_up(homes, made.version)
    experiment = show.experiment(homes.experiments.open_now())
    click.echo(f"{made.version} is published; {experiment}")


def _train(training: Training, homes: Homes) -> ModelManifest:
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
