"""Visitors who ask about homes, come back, rate, and sell: every panel has something to show."""

import csv
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from support.prometheus import Monitored
from support.stack import PREDICT, Stack, eventually, tell

UNLISTED = ("Nowhere Layout", "Beyond Colony")


def visit(
    stack: Stack, chance: random.Random, homes: list[dict[str, str]], sold: float = 0.3
) -> None:
    """One visitor: a few homes, of which some get a rating and some a sale price."""
    address = f"10.{chance.randrange(256)}.{chance.randrange(256)}.{chance.randrange(1, 255)}"
    with httpx.Client(
        base_url=stack.url("router"), headers={"X-Real-IP": address}, timeout=10
    ) as visitor:
        for turn in range(chance.randint(2, 4)):
            answer = visitor.post(PREDICT, json=_home(chance, homes))
            if answer.status_code != 200:
                continue
            said = answer.json()
            if turn and chance.random() < 0.4:
                tell(visitor, said["prediction_id"], "rating", chance.randint(3, 5))
            if turn and chance.random() < sold:
                price = said["estimated_price"] * chance.lognormvariate(0, 0.15)
                tell(visitor, said["prediction_id"], "actual_price", round(price, 1))


@contextmanager
def visitors(stack: Stack, listings: Path, *, pause_s: float = 0.02) -> Iterator[None]:
    """Visitors one after another while the block runs, who ask about homes like the listings."""
    stop = threading.Event()
    with listings.open(newline="") as file:
        homes = list(csv.DictReader(file))

    def come(seed: int) -> None:
        chance = random.Random(seed)  # noqa: S311 - no secret
        while not stop.is_set():
            visit(stack, chance, homes)
            time.sleep(pause_s)

    workers = [threading.Thread(target=come, args=[seed]) for seed in range(2)]
    for worker in workers:
        worker.start()
    try:
        yield
    finally:
        stop.set()
        for worker in workers:
            worker.join(30)


def _home(chance: random.Random, homes: list[dict[str, str]]) -> dict[str, object]:
    """A listing as somebody would ask for it; some ask for places and sizes that there are not."""
    home = chance.choice(homes)
    return {
        "total_sqft": -1 if chance.random() < 0.03 else home["total_sqft"],
        "location": chance.choice(UNLISTED) if chance.random() < 0.05 else home["location"],
        "bhk": home["size"].split()[0],
        "bath": home["bath"] or 2,
    }


def programs(stack: Stack) -> None:
    """Let a client with a key read, and send a batch of homes, half of them none."""
    key = (stack.data_dir / "operator.key").read_text().strip()
    url = stack.url("production")
    for _ in range(3):
        logs = httpx.get(f"{url}/api/logs?type=predictions", headers={"X-API-Key": key})
        logs.raise_for_status()
        rows = [{"total_sqft": 1200, "location": "Whitefield", "bhk": 2, "bath": 2}, {}]
        httpx.post(f"{url}/api/predict_home_price/batch", json=rows).raise_for_status()
        time.sleep(3)


def lively(monitored: Monitored, listings: Path, seconds: float) -> None:
    """Let visitors come for so long, with an evaluation and a drift report among them."""
    stack = monitored.stack
    with visitors(stack, listings):
        time.sleep(0.6 * seconds)
        stack.drained()
        stack.homes("drift", "watch")
        stack.homes("decide")
        programs(stack)
        time.sleep(0.4 * seconds)
        # What a scrape reads of the loop is renewed every half minute.
        eventually(lambda: monitored.query("homes_drift_psi"), 60)
        eventually(lambda: monitored.query("homes_experiment_loss_ratio"), 60)
        eventually(lambda: len(monitored.query("homes_sale_prices")) == 2, 60)
