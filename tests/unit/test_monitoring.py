"""Dashboards, alerts, runbooks and thresholds are one whole with what the code counts."""

import copy
import re
from itertools import combinations
from pathlib import Path

import pytest
import yaml

from homeprices.serving.metrics.service import OUR_ERRORS
from homeprices.settings import Settings
from support import monitoring
from support.monitoring import MONITORING, RUNBOOKS, alerts, make
from support.paths import REPOSITORY

THRESHOLDS = make.thresholds()
SHORT = make.thresholds(REPOSITORY / "tests" / "monitoring" / "thresholds_short.toml")
RULES = monitoring.rules((MONITORING / make.RULES).read_text())
ALERTS = {rule["alert"]: rule for rule in RULES if "alert" in rule}
PAGES = monitoring.dashboards()
CASES = yaml.safe_load((REPOSITORY / "tests" / "monitoring" / "rules_test.yml").read_text())
# Read by people and other programs; no panel and no alert needs them.
ASKED_BY_HAND = {
    "feedback_total",
    "homes_experiment_open",
    "model_loaded",
    "prediction_duration_seconds_count",
    "prediction_duration_seconds_sum",
}


def expressions() -> list[str]:
    return [query.expression for query in monitoring.panel_queries(PAGES)] + [
        rule["expr"] for rule in RULES
    ]


@pytest.mark.parametrize("name", make.files())
def test_a_file_is_what_its_source_makes(name: str) -> None:
    made = make.files()[name]
    assert (MONITORING / name).read_text() == made, "run `.venv/bin/python monitoring/make.py`"


def test_no_file_is_of_no_source() -> None:
    kept = {*MONITORING.glob("rules/*"), *MONITORING.glob("grafana/dashboards/*")}
    assert {str(path.relative_to(MONITORING)) for path in kept} == set(make.files())


def test_every_series_that_is_asked_for_is_one_that_there_is() -> None:
    assert monitoring.unknown_names(expressions()) == set()


def test_every_series_of_the_code_is_on_a_panel_or_in_an_alert() -> None:
    asked = {name for expression in expressions() for name in monitoring.metric_names(expression)}
    assert set(monitoring.documented()) - asked == ASKED_BY_HAND


def test_a_wrong_name_on_a_panel_is_caught() -> None:
    pages = copy.deepcopy(PAGES)
    pages["worth"]["panels"][0]["targets"][0]["expr"] = "sum(rate(prediction_total[5m])) / 2"
    queries = [query.expression for query in monitoring.panel_queries(pages)]
    assert monitoring.unknown_names(queries) == {"prediction_total"}


def test_every_label_that_is_asked_for_is_one_that_its_series_has() -> None:
    queries = list(monitoring.panel_queries(PAGES))
    assert len(queries) > 40
    wrong = {(q.panel, *monitoring.unknown_labels(q.expression, q.legend)) for q in queries}
    wrong |= {(name, *monitoring.unknown_labels(rule["expr"])) for name, rule in ALERTS.items()}
    assert {words for words in wrong if len(words) > 1} == set()


@pytest.mark.parametrize(
    ("expression", "legend", "unknown"),
    [
        ('sum(rate(predictions_total{arm="candidate"}[5m]))', "", {"predictions_total{arm}"}),
        ("sum by (version) (predictions_total)", "", {"version"}),
        ("sum by (slot) (predictions_total)", "{{slot}} of {{ host }}", {"host"}),
        ('up{job="node"} == 0 or spool_bytes{what="used", slot="candidate"} > 0', "{{job}}", set()),
    ],
)
def test_a_wrong_label_is_caught(expression: str, legend: str, unknown: set[str]) -> None:
    assert monitoring.unknown_labels(expression, legend) == unknown


def test_the_names_in_an_expression_are_read_as_prometheus_reads_them() -> None:
    expression = """histogram_quantile(0.99, sum by (le, slot) (rate(a_bucket{x="b_total"}[5m])))
    or 0 * max by (arm)(homes:c:d) / ignoring (what) group_left e - 1e3 and f offset 5m > Inf"""
    assert monitoring.metric_names(expression) == {"a_bucket", "homes:c:d", "e", "f"}


def test_every_alert_has_a_runbook_and_every_runbook_an_alert() -> None:
    assert monitoring.without_runbook(ALERTS) == set()


def test_the_page_for_who_watches_has_every_alert_with_its_severity() -> None:
    page = (REPOSITORY / "docs" / "how-to" / "watch.md").read_text()
    rows = re.findall(r"^\| \[(\w+)\]\(\.\./runbooks/\1\.md\) \| (\w+) \|", page, re.MULTILINE)
    assert dict(rows) == {name: rule["labels"]["severity"] for name, rule in ALERTS.items()}


def test_an_alert_without_a_runbook_is_caught() -> None:
    assert monitoring.without_runbook([*ALERTS, "Planted"]) == {"Planted"}


@pytest.mark.parametrize("name", ALERTS)
def test_an_alert_says_how_bad_it_is_what_it_is_its_figure_and_where_to_read_on(name: str) -> None:
    rule = ALERTS[name]
    assert rule["labels"]["severity"] in {"critical", "warning"}
    notes = rule["annotations"]
    assert notes["summary"]
    assert "$value" in notes["figure"]
    assert (REPOSITORY / notes["runbook_url"]).is_file()


@pytest.mark.parametrize("name", ALERTS)
def test_a_runbook_says_what_it_means_what_to_look_at_and_what_to_do(name: str) -> None:
    text = (RUNBOOKS / f"{name}.md").read_text()
    title, *parts = re.split(r"^#+ (.+)\n", text, flags=re.MULTILINE)[1:]
    assert title == name
    assert parts[1::2] == ["Look at", "Do"]
    assert all(part.strip() for part in parts)
    assert len(text.splitlines()) < 40


def test_a_runbook_names_panels_and_commands_that_there_are() -> None:
    texts = {path.name: path.read_text() for path in RUNBOOKS.glob("*.md")}
    titles = {panel["title"] for page in PAGES.values() for panel in page["panels"]}
    titles |= {page["title"] for page in PAGES.values()}
    commands = (REPOSITORY / "docs" / "reference" / "commands.md").read_text()
    for name, text in texts.items():
        flat = " ".join(text.split())
        for command in re.findall(r"`(homes(?: [a-z-]+)+)", flat):
            assert any(f"## {' '.join(command.split()[:n])}\n" in commands for n in (2, 3)), name
        for title in re.findall(r'"([A-Z][^"]+)"', flat):
            assert any(shown.startswith(title) for shown in titles) or title == "No drift", name


def test_every_alert_is_tested_firing_and_quiet() -> None:
    firing, quiet = set(), set()
    for case in CASES["tests"]:
        for check in case["alert_rule_test"]:
            (firing if check["exp_alerts"] else quiet).add(check["alertname"])
    assert firing == quiet == set(ALERTS)


def test_every_threshold_is_one_that_an_alert_goes_by() -> None:
    assert list(alerts.unused(THRESHOLDS)) == []
    planted = {**THRESHOLDS, "NoDecision": {**THRESHOLDS["NoDecision"], "hours": 3}, "Gone": {}}
    assert list(alerts.unused(planted)) == ["NoDecision.hours", "Gone"]


def test_every_error_that_an_alert_goes_by_is_counted_from_nought() -> None:
    assert f'code=~"{"|".join(OUR_ERRORS)}"' in alerts.OURS


def test_the_suites_thresholds_are_the_same_ones_shortened() -> None:
    def keys(table: dict) -> dict:
        return {key: keys(value) for key, value in table.items() if isinstance(value, dict)} | {
            key: None for key, value in table.items() if not isinstance(value, dict)
        }

    assert keys(SHORT) == keys(THRESHOLDS)
    assert [rule.get("alert") for rule in monitoring.rules(make.rules(SHORT))] == [
        rule.get("alert") for rule in RULES
    ]


def test_silence_is_told_by_the_same_days_here_and_in_notices() -> None:
    days = Settings.model_fields["silence_days"].default
    assert THRESHOLDS["NoLabels"]["age"] == f"{days}d"


@pytest.mark.parametrize("name", PAGES)
def test_a_dashboard_has_no_gap_no_overlap_and_a_unit_on_every_panel(name: str) -> None:
    panels = PAGES[name]["panels"]
    places = [panel["gridPos"] for panel in panels]
    assert len({panel["id"] for panel in panels}) == len(panels)
    assert all(panel["fieldConfig"]["defaults"]["unit"] for panel in panels)
    for a, b in combinations(places, 2):
        apart_x = a["x"] + a["w"] <= b["x"] or b["x"] + b["w"] <= a["x"]
        assert apart_x or a["y"] + a["h"] <= b["y"] or b["y"] + b["h"] <= a["y"]
    height = max(place["y"] + place["h"] for place in places)
    assert sum(place["w"] * place["h"] for place in places) == 24 * height


def test_panels_name_alerts_that_there_are_and_ask_the_source_that_is_provisioned() -> None:
    panels = [panel for page in PAGES.values() for panel in page["panels"]]
    named = {
        name
        for panel in panels
        for words in re.findall(r"Alerts?: ([\w, ]+)", panel["description"])
        for name in words.split(", ")
    }
    assert len(named) > 10
    assert named - set(ALERTS) == set()
    folder = MONITORING / "grafana" / "provisioning"
    (source,) = yaml.safe_load((folder / "datasources" / "prometheus.yml").read_text())[
        "datasources"
    ]
    assert {panel["datasource"]["uid"] for panel in panels} == {source["uid"]}


def test_who_is_told_of_what_is_a_receiver_that_there_is() -> None:
    config = yaml.safe_load((MONITORING / "alertmanager.yml").read_text())
    receivers = {receiver["name"] for receiver in config["receivers"]}
    routes = [config["route"], *config["route"]["routes"]]
    assert {route["receiver"] for route in routes if "receiver" in route} <= receivers


def test_a_duration_is_read_as_prometheus_writes_it() -> None:
    seconds = alerts.seconds
    assert [seconds(text) for text in ("90s", "15m", "3h", "45d")] == [90, 900, 10_800, 3_888_000]
    with pytest.raises(AttributeError):
        seconds("soon")


def test_a_rule_that_lacks_a_threshold_is_refused(tmp_path: Path) -> None:
    without = {**THRESHOLDS, "NoDecision": {"for": "5m"}}
    with pytest.raises(KeyError, match="age"):
        make.rules(without)
