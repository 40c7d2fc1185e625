"""Asks what answers visitors; ends with 1, and says why, where it is not so.

docker compose ... exec -T production python - priced http://page-green:6500 < deploy/check.py
docker compose ... exec -T production python - priced http://door:7000 green < deploy/check.py
docker compose ... exec -T production python - drained http://127.0.0.1:6001 < deploy/check.py

A home is asked for with the operator's key, where one is there: HOMES_OPERATOR_KEY, or its file.
"""

import json
import os
import re
import sys
from pathlib import Path
from urllib.request import Request, urlopen

HOME = {"total_sqft": 1200, "location": "Whitefield", "bhk": 2, "bath": 2}
KEY = "HOMES_OPERATOR_KEY"
KEY_FILE = Path("/secrets") / KEY
PATIENCE_S = 10
WAITING = re.compile(r'^spool_records\{[^}]*state="waiting"[^}]*\} (\S+)$', re.MULTILINE)


def key_header() -> dict[str, str]:
    """The operator's key as a header; none where there is no key."""
    key = os.environ.get(KEY) or (KEY_FILE.read_text() if KEY_FILE.is_file() else "")
    return {"X-API-Key": key.strip()} if key.strip() else {}


def priced(url: str, colour: str | None = None) -> str:
    """A home is priced, by `colour` where the door is asked; raises what stands in its way."""
    question = Request(
        f"{url}/api/predict_home_price",
        data=json.dumps(HOME).encode(),
        headers={"content-type": "application/json", **key_header()},
    )
    with urlopen(question, timeout=PATIENCE_S) as answer:
        estimate, door_colour = json.load(answer), answer.headers.get("X-Colour")
    if colour not in (None, door_colour):
        raise ValueError(f"the door leads to {door_colour}, not to {colour}")
    low, price, high = (estimate[name] for name in ("low", "estimated_price", "high"))
    if not 0 < low <= price <= high:
        raise ValueError(f"no range around the price: {estimate}")
    return f"{estimate['model_version']} prices a home at {price}"


def drained(url: str) -> str:
    """No record of any worker waits for PostgreSQL; raises ValueError while some do, or none tells.

    The page of health is that of the one worker who answers; series are those of all.
    """
    with urlopen(f"{url}/metrics", timeout=PATIENCE_S) as answer:
        waiting = WAITING.findall(answer.read().decode())
    if not waiting:
        raise ValueError("its series do not say how many records wait for PostgreSQL")
    if any(map(float, waiting)):
        raise ValueError(f"{sum(map(float, waiting)):.0f} records wait for PostgreSQL")
    return "no record waits"


if __name__ == "__main__":
    what, address, *colours = sys.argv[1:]
    try:
        print({"priced": priced, "drained": drained}[what](address, *colours))
    except (OSError, ValueError, KeyError) as error:
        sys.exit(f"{address} is not {what}: {error}")
