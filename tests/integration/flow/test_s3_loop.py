"""The loop with every dataset, model and trial in a bucket, and none on the disk."""

import json
from collections.abc import Iterator

import pytest

from homeprices.stores.objects import ObjectStore
from support.buckets import Place, new_bucket
from support.prepared import Prepared, quick_training
from support.stack import Stack, eventually, free_ports, running

# In short, the loop on a disk and the stores in a bucket stand for it.
pytestmark = pytest.mark.full


@pytest.fixture(scope="module")
def bucket(s3_endpoint: str) -> Place:
    return new_bucket(s3_endpoint)


@pytest.fixture(scope="module")
def stack(prepared: Prepared, bucket: Place) -> Iterator[Stack]:
    settings = {**bucket.environment, "HOMES_POLICY": "composite"}
    with running("--listings", str(prepared.listings), settings=settings) as stack:
        yield stack


def digests(objects: ObjectStore, version: str) -> dict[str, object]:
    return json.loads(objects.read(f"models/price_check_{version}/manifest.json"))["files"]


def test_a_candidate_in_the_bucket_is_tried_promoted_and_served(
    stack: Stack, bucket: Place
) -> None:
    assert stack.price()["model_version"] == "BO1"
    stack.homes(*quick_training(fact_sets=3, seed=2), "--force")
    eventually(lambda: stack.version("candidate") == "CO1", within_s=15)
    stack.rated("candidate", stars=5)
    stack.rated("production", stars=3)
    stack.drained()
    told = stack.homes("decide")
    assert "PROMOTE" in told
    assert "production: BO1 -> BO2" in told
    eventually(lambda: stack.version("production") == "BO2", within_s=15)
    assert stack.price("production")["model_version"] == "BO2"

    objects = bucket.open()
    assert digests(objects, "BO2") == digests(objects, "CO1")
    assert objects.keys("experiments/") == ["experiments/E1.closed.json", "experiments/E1.json"]
    assert "data/raw/train_V1.csv" in objects.keys("data/raw/")
    assert not (stack.data_dir / "objects").exists()


def test_drift_is_watched_the_house_is_kept_and_the_story_told(stack: Stack) -> None:
    priced = stack.price("production")["prediction_id"]
    stack.drained()
    assert stack.homes("keep-house") == "nothing was due\n"
    (here,) = stack.sql("SELECT DISTINCT tableoid::regclass::text FROM predictions")
    assert here[0].startswith("predictions_y")

    told = stack.homes("drift", "watch")
    assert "requests in 7 days" in told
    assert stack.homes("drift", "report") == told

    story = stack.homes("lineage", priced)
    for name in ("BO2", "D-0001", "PROMOTE", "E1", "CO1", "V1"):
        assert name in story
    forward = json.loads(stack.homes("lineage", "BO2", "--json"))["came_of_it"]
    assert [branch["relation"] for branch in forward] == ["answered"]


def test_an_s3_that_is_away_or_without_the_bucket_is_one_line(stack: Stack) -> None:
    port = free_ports(1)[0]
    away = Stack(stack.data_dir, {**stack.settings, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}"})
    told = away.homes("experiment", fails=True)
    assert told.startswith("homes: the object store could not list ")
    assert told.count("\n") == 1
    nowhere = Stack(stack.data_dir, {**stack.settings, "MLFLOW_S3_BUCKET": "nowhere"})
    told = nowhere.homes("experiment", fails=True)
    assert told.startswith("homes: the object store could not list ")
    assert told.endswith(
        "/: there is no such bucket; make it, or name another by MLFLOW_S3_BUCKET\n"
    )


def test_the_bucket_alone_tells_the_story_of_a_model(stack: Stack) -> None:
    stack.homes("down")
    story = stack.homes("lineage", "BO2")
    assert "copied from CO1" in story
    assert "by D-0001" in story
    assert story.endswith("decisions and estimates are not shown: PostgreSQL does not answer\n")
    assert "psycopg" not in story
    assert "reconnection" not in story
