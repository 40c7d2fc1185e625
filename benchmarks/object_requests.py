"""What following the registry, and telling Prometheus of it, asks of an S3, and a month's cost.

    .venv/bin/python benchmarks/object_requests.py
    .venv/bin/python benchmarks/object_requests.py --productions 2 --poll 10 --list-price 0.005

Requests are counted on the code that services run, with an experiment open, after the first look.
A service of several workers asks as many times; Prometheus makes each production read where the
loop stands, no more often than a KeptReading is read again. The
prices are dollars for 1,000 requests, as AWS lists them for S3 Standard in us-east-1: look at
your region's list, and give them.
"""

import argparse
from collections import Counter
from datetime import UTC, datetime
from types import SimpleNamespace

from homeprices.domain.drift import Profile
from homeprices.domain.experiments.experiment import ExperimentConfig, PolicyDocument
from homeprices.domain.manifest import DatasetManifest, FileDigest, ModelManifest
from homeprices.domain.requests.records import Slot
from homeprices.domain.versions import DatasetVersion, ModelVersion, Role
from homeprices.serving.metrics.reading import LEAST_REST_S
from homeprices.stores.candidates import candidate_history
from homeprices.stores.client_keys import ClientKeys
from homeprices.stores.datasets import DatasetStore
from homeprices.stores.experiments import Experiments
from homeprices.stores.objects import ObjectStore
from homeprices.stores.registry import Registry
from homeprices.workflows.standing import loop_standing

WATCHED = "production, watched"
SECONDS_A_MONTH = 30 * 24 * 3600


def requests_a_look(candidates: int) -> dict[str, Counter[str]]:
    """What one look of each follower asks, by kind, in a registry of so many candidates."""
    objects = ObjectStore("memory:///")
    registry, experiments = Registry(objects, _now), Experiments(objects)
    _fill(registry, experiments, candidates)
    DatasetStore(objects, _now).publish(lambda _version: {}, _dataset, "a digest")
    keys = ClientKeys(objects)
    looks = {
        Slot.PRODUCTION.value: lambda: (registry.newest_production(), keys.standings()),
        Slot.CANDIDATE.value: lambda: (
            candidate_history(registry, experiments).to_serve,
            keys.standings(),
        ),
        "router": experiments.open_now,
        WATCHED: lambda: loop_standing(_watch_ports(objects, experiments)),  # type: ignore[arg-type]
    }
    requests = {}
    for name, look in looks.items():
        look()
        objects.requests.clear()
        look()
        requests[name] = Counter(objects.requests)
    return requests


def month(requests: Counter[str], wait_s: float, prices: dict[str, float]) -> float:
    """Dollars a month for what is asked every `wait_s` seconds."""
    looks = SECONDS_A_MONTH / wait_s
    return sum(looks * count * prices[kind] / 1000 for kind, count in requests.items())


def _watch_ports(objects: ObjectStore, experiments: Experiments) -> SimpleNamespace:
    """The ports of a watch whose PostgreSQL has nothing: no read of it asks the object store."""
    return SimpleNamespace(
        clock=_now,
        objects=objects,
        experiments=experiments,
        datasets=DatasetStore(objects, _now),
        decisions=SimpleNamespace(latest=lambda _count: [], select=lambda _query: []),
        decision_units=SimpleNamespace(evaluated_at=lambda _experiment: None),
        drift_log=SimpleNamespace(latest=lambda: None),
        service_value=SimpleNamespace(feedback_at=lambda: None, sessions=lambda *_window: {}),
    )


def _now() -> datetime:
    return datetime.now(UTC)


def _dataset(version: DatasetVersion, digests: dict[str, FileDigest]) -> DatasetManifest:
    profile = Profile({}, {})
    return DatasetManifest(str(version), "", "", True, 1, {}, _now().isoformat(), digests, profile)


def _fill(registry: Registry, experiments: Experiments, candidates: int) -> None:
    def manifest(version: ModelVersion, digests: dict[str, FileDigest]) -> ModelManifest:
        facts = ("booster", {}, "V1", "", True, "2026-11-02T09:00:00+00:00", "")
        return ModelManifest(str(version), *facts, digests, {}, {})

    registry.publish(Role.PRODUCTION, {"model.txt": b"x"}, manifest)
    for _ in range(candidates):
        registry.publish(Role.CANDIDATE, {"model.txt": b"x"}, manifest)
    terms = ExperimentConfig(0.2, "salt", PolicyDocument("evidence"), "2026-11-02T09:00:00+00:00")
    experiments.open(f"CO{candidates}", "BO1", terms)


def main() -> None:
    """Print what each follower asks a look, and costs a month."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--poll", type=float, default=5.0, help="HOMES_POLL_S")
    parser.add_argument("--candidates", type=int, default=20)
    parser.add_argument("--productions", type=int, default=1, help="2 in the compose file")
    parser.add_argument("--list-price", type=float, default=0.005, help="PUT, COPY, POST, LIST")
    parser.add_argument("--get-price", type=float, default=0.0004, help="GET")
    options = parser.parse_args()
    prices = {"list": options.list_price, "put": options.list_price, "get": options.get_price}
    total = 0.0
    for name, requests in requests_a_look(options.candidates).items():
        # A wait is `poll` and up to a fifth of it more, at random.
        wait_s = LEAST_REST_S if name == WATCHED else options.poll * 1.1
        services = options.productions if name in (Slot.PRODUCTION.value, WATCHED) else 1
        dollars = services * month(requests, wait_s, prices)
        total += dollars
        words = ", ".join(f"{count} {kind}" for kind, count in sorted(requests.items()))
        print(f"{services} {name:20} {words:16} a look {dollars:8.2f} dollars a month")
    print(f"{'together':46}{total:8.2f} dollars a month")


if __name__ == "__main__":
    main()
