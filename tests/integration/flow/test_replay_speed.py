"""A recorded week is replayed while one waits: the whole command, from its start."""

import json
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest

from support.streams import Market, stream

pytestmark = pytest.mark.quiet

REQUESTS = 50_400
MOST_S = 3.0


@pytest.mark.parametrize("options", [(), ("--after-promotion",)], ids=["trial", "watch"])
def test_fifty_thousand_requests_take_three_seconds(tmp_path: Path, options) -> None:
    # At a tenth of the reports prices come too seldom to end it early: it runs to its last hour.
    requests = stream(Market(requests_an_hour=300, reports=0.1, prices=0.01), 1)
    assert len(requests) == REQUESTS
    file = tmp_path / "week.jsonl"
    file.write_bytes(b"".join(msgspec.json.encode(request) + b"\n" for request in requests))
    command = [sys.executable, "-m", "homeprices", "experiment", "replay", str(file), *options]
    began = time.monotonic()
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    took_s = time.monotonic() - began
    assert json.loads(told.splitlines()[-1])["decision"] == "continue"
    assert took_s < MOST_S
