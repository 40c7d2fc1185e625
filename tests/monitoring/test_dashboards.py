"""Every panel says something on a running stack with visitors, and looks as it should."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageColor

from support import monitoring
from support.monitoring import MONITORING, make
from support.paths import REPOSITORY, load_script
from support.prepared import Prepared
from support.prometheus import Monitored, program, watched
from support.stack import running
from support.traffic import lively

RANGE_S = 30.0
# Every dashboard has a line of each.
ARM_COLOURS = ("#3871C1", "#E0752D")
QUERIES = list(monitoring.panel_queries(monitoring.dashboards()))


@pytest.fixture(scope="module")
def monitored(prepared: Prepared) -> Iterator[Monitored]:
    """A stack with an experiment, visitors who rate and sell, an evaluation and a drift report."""
    with (
        running(objects=prepared.with_experiment) as stack,
        watched(stack, make.thresholds()) as monitored,
    ):
        lively(monitored, prepared.listings, seconds=45)
        yield monitored


@pytest.mark.parametrize(
    "query", QUERIES, ids=[f"{q.dashboard}-{q.panel}-{n}" for n, q in enumerate(QUERIES)]
)
def test_a_panel_has_something_to_show(query: monitoring.PanelQuery, monitored: Monitored) -> None:
    if query.is_instant:
        assert monitored.query(query.expression)
    else:
        assert monitored.query_range(query.expression, RANGE_S, 1)


def test_a_panel_with_a_wrong_name_has_nothing_to_show(monitored: Monitored) -> None:
    assert monitored.query("sum(rate(prediction_total[5m]))") == []


def test_each_dashboard_is_drawn(monitored: Monitored, tmp_path: Path) -> None:
    picture = load_script(MONITORING / "picture.py")
    made = picture.draw_all(picture.Prometheus(monitored.url, RANGE_S), tmp_path)
    assert [path.stem for path in made] == [f"dashboard-{name}" for name in monitoring.dashboards()]
    for path in made:
        with Image.open(path) as image:
            assert image.width > 1500
            pixels = dict(map(reversed, image.convert("RGB").getcolors(1 << 24)))
        of_arms = [ImageColor.getrgb(colour) for colour in ARM_COLOURS]
        assert sum(pixels.get(colour, 0) for colour in of_arms) > 500


def test_rules_and_routes_are_what_prometheus_and_alertmanager_take() -> None:
    for tool, words in (
        ("promtool", ["check", "rules", str(MONITORING / make.RULES)]),
        ("promtool", ["test", "rules", str(REPOSITORY / "tests/monitoring/rules_test.yml")]),
        ("amtool", ["check-config", str(MONITORING / "alertmanager.yml")]),
    ):
        done = subprocess.run([program(tool), *words], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_prometheus_knows_the_services_of_a_file_by_their_jobs(tmp_path: Path) -> None:
    text = (MONITORING / "prometheus.yml").read_text()
    (tmp_path / "prometheus.yml").write_text(text.replace("/etc/prometheus", str(MONITORING)))
    command = ["check", "service-discovery", "--timeout=10s", "prometheus.yml", "services"]
    done = subprocess.run(
        [program("promtool"), *command], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    labels = [target["labels"] for target in json.loads(done.stdout)]
    assert {(label["job"], label["instance"]) for label in labels} == {
        ("production", "production-first:6001"),
        ("production", "production-standby:6001"),
        ("candidate", "candidate:6002"),
        ("router", "router:7000"),
        ("page", "frontend:6500"),
    }


def test_a_rule_that_never_fires_is_caught_by_promtool(tmp_path: Path) -> None:
    rules = (MONITORING / make.RULES).read_text()
    (tmp_path / "rules.yml").write_text(rules.replace("homes_evaluation_age", "homes_eval_age"))
    cases = (REPOSITORY / "tests/monitoring/rules_test.yml").read_text()
    (tmp_path / "test.yml").write_text(
        cases.replace("../../monitoring/rules/homes.yml", "rules.yml")
    )
    done = subprocess.run(
        [program("promtool"), "test", "rules", "test.yml"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "NoDecision" in done.stdout + done.stderr
