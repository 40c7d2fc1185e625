"""What runs in processes of its own: writers that race, and one that dies."""

import os
import signal
from collections.abc import Sequence

from homeprices.bootstrap import utc_now
from homeprices.domain.versions import Role
from homeprices.stores.datasets import DatasetStore
from homeprices.stores.objects import ObjectStore
from homeprices.stores.registry import Registry, no_report
from support.buckets import Place
from support.fakes import describe, describe_dataset

FILES = {"model.json": b"{}", "trees.txt": b"tree"}


def publish(place: Place, start, versions) -> None:
    start.wait()
    registry = Registry(place.open(), utc_now)
    versions.put(registry.publish(Role.CANDIDATE, FILES, describe).version)


def train_firsts(places: Sequence[Place], start, versions) -> None:
    """Publish a first model in each place, or a candidate where another one is the first."""
    made = []
    for place in places:
        registry = Registry(place.open(), utc_now)
        start.wait()
        first = registry.publish_first(FILES, describe)
        made.append((first or registry.publish(Role.CANDIDATE, FILES, describe)).version)
    versions.put(made)


def publish_equal(places: Sequence[Place], start, versions) -> None:
    """Publish one dataset and one candidate in each place, as every other writer does."""
    made = []
    for place in places:
        objects = place.open()
        datasets, registry = DatasetStore(objects, utc_now), Registry(objects, utc_now)
        start.wait()
        dataset = datasets.publish(
            lambda version: {f"train_{version}.csv": b"listings"}, describe_dataset, "a digest"
        )
        start.wait()
        model = registry.publish_candidate(FILES, describe, no_report, lambda _: True)
        made.append((dataset.version, model and model.version))
    versions.put(made)


class DiesBeforeManifest(ObjectStore):
    """Is killed, as by the operating system, when it should write the manifest."""

    def create(self, key: str, content: bytes) -> None:
        if key.endswith(("manifest.json", "data/raw/train_V1.json")):
            os.kill(os.getpid(), signal.SIGKILL)
        super().create(key, content)


def die_half_way(place: Place) -> None:
    Registry(DiesBeforeManifest(place.url, place.access), utc_now).publish(
        Role.CANDIDATE, FILES, describe
    )


def die_with_a_dataset(place: Place) -> None:
    DatasetStore(DiesBeforeManifest(place.url, place.access), utc_now).publish(
        lambda version: {f"train_{version}.csv": b"listings"}, describe_dataset, "a digest"
    )
