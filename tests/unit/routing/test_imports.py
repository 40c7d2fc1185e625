import subprocess
import sys

LOADED = """
import sys, homeprices.cli.services, homeprices.routing.service, homeprices.bootstrap
print(sorted({"numpy", "pandas", "httpx", "polars", "fastapi"} & set(sys.modules)))
"""


def test_router_and_page_load_nothing_that_computes() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
