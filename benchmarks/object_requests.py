"""What following the registry asks of an S3, and what a month of it costs.

    .venv/bin/python benchmarks/object_requests.py
    .venv/bin/python benchmarks/object_requests.py --poll 10 --list-price 0.005 --get-price 0.0004

Requests are counted on the code that services run, with a trial open, after the first look. The
prices are dollars for 1,000 requests, as AWS lists them for S3 Standard in us-east-1: look at
your region's list, and give them.
"""

import argparse
from collections import Counter
from datetime import UTC, datetime

from homeprices.domain.experiments.experiment import ExperimentConfig, PolicyDocument
from homeprices.domain.manifest import FileDigest, ModelManifest
from homeprices.domain.requests.records import Slot
from homeprices.domain.versions import ModelVersion, Role
from homeprices.stores.candidates import candidate_history
from homeprices.stores.experiments import Experiments
from homeprices.stores.objects import ObjectStore
from homeprices.stores.registry import Registry

SECONDS_A_MONTH = 30 * 24 * 3600


def requests_a_look(candidates: int) -> dict[str, Counter[str]]:
    """What one look of each follower asks, by kind, in a registry of so many candidates."""
    objects = ObjectStore("memory:///")
    registry, experiments = Registry(objects, lambda: datetime.now(UTC)), Experiments(objects)
    _fill(registry, experiments, candidates)
    looks = {
        Slot.PRODUCTION.value: registry.newest_production,
        Slot.CANDIDATE.value: lambda: candidate_history(registry, experiments).to_serve,
        "router": experiments.open_now,
    }
    asked = {}
    for name, look in looks.items():
        look()
        objects.requests.clear()
        look()
        asked[name] = Counter(objects.requests)
    return asked


def month(asked: Counter[str], poll_s: float, prices: dict[str, float]) -> float:
    """Dollars a month for a follower that looks every `poll_s` seconds, and a tenth more."""
    # A wait is `poll_s` and up to a fifth of it more, at random.
    looks = SECONDS_A_MONTH / (poll_s * 1.1)
    return sum(looks * count * prices[kind] / 1000 for kind, count in asked.items())


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
    parser.add_argument("--list-price", type=float, default=0.005, help="PUT, COPY, POST, LIST")
    parser.add_argument("--get-price", type=float, default=0.0004, help="GET")
    options = parser.parse_args()
    prices = {"list": options.list_price, "put": options.list_price, "get": options.get_price}
    total = 0.0
    for name, asked in requests_a_look(options.candidates).items():
        dollars = month(asked, options.poll, prices)
        total += dollars
        words = ", ".join(f"{count} {kind}" for kind, count in sorted(asked.items()))
        print(f"{name:12} {words or 'nothing':20} a look   {dollars:6.2f} dollars a month")
    print(f"{'together':12} {'':20}          {total:6.2f} dollars a month")


if __name__ == "__main__":
    main()
