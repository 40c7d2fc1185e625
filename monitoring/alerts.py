"""The alerts: what is compared, how bad it is, and what the person who is told reads first.

`$name` in an expression is a threshold of the alert's own table in thresholds.toml.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from string import Template
from typing import Any

CRITICAL, WARNING = "critical", "warning"
UNIT_S = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
# What a visitor cannot cause: bad input is the visitor's own.
OURS = 'slot="production",code=~"internal|unavailable|no_model|corrupt"'
DURATION = "{{ $value | humanizeDuration }}"
PERCENT = "{{ $value | humanizePercentage }}"
NUMBER = "{{ $value | humanize }}"


@dataclass(frozen=True)
class Alert:
    """One rule; `figure` says the value of the expression as people read it."""

    name: str
    severity: str
    summary: str
    expression: str
    figure: str

    def rule(self, thresholds: Mapping[str, Any]) -> dict[str, Any]:
        """The rule as Prometheus reads it; raises KeyError for a threshold that is not given."""
        own = thresholds[self.name]
        return {
            "alert": self.name,
            "expr": filled(self.expression, own | {"allowed": thresholds["budget"]["allowed"]}),
            "for": own["for"],
            "labels": {"severity": self.severity},
            "annotations": {
                "summary": self.summary,
                "figure": self.figure,
                "runbook_url": f"{thresholds['runbooks']}/{self.name}.md",
            },
        }


def filled(expression: str, own: Mapping[str, Any]) -> str:
    """`expression` with its thresholds, an `age` in seconds, on one line."""
    values = {name: seconds(value) if name == "age" else value for name, value in own.items()}
    return Template(" ".join(expression.split())).substitute(values)


def seconds(text: str) -> int:
    """A duration as Prometheus writes it, such as 3h, in seconds.

    >>> seconds("3h")
    10800
    """
    number, unit = re.fullmatch(r"(\d+)([smhd])", text).groups()
    return int(number) * UNIT_S[unit]


def error_ratio(window: str) -> str:
    """The part of production's requests that failed on our side; also where none was answered."""
    failed = f"sum(rate(prediction_errors_total{{{OURS}}}[{window}]))"
    answered = f'(sum(rate(predictions_total{{slot="production"}}[{window}])) or vector(0))'
    return f"{failed} / ({failed} + {answered})"


RECORDED = {
    f"homes:error_ratio:{pace}_{name}": (alert, key)
    for pace, alert in (("fast", "ErrorBudgetFast"), ("slow", "ErrorBudgetSlow"))
    for name, key in (("long", "window"), ("short", "short"))
}


def burn(pace: str) -> str:
    """An alert over both windows: it ends soon after the errors do."""
    ratio = f"homes:error_ratio:{pace}"
    return f"{ratio}_long > $burn * $allowed and {ratio}_short > $burn * $allowed"


ALERTS = (
    Alert(
        "ServiceDown",
        CRITICAL,
        "{{ or $labels.instance $labels.job }} ({{ $labels.job }}) does not answer",
        'up == 0 or absent(up{job="production"}) - 1',
        "up is " + NUMBER,
    ),
    Alert(
        "ErrorBudgetFast",
        CRITICAL,
        "Requests for a price fail, and soon the four weeks' budget is gone",
        burn("fast"),
        PERCENT + " of requests fail",
    ),
    Alert(
        "ErrorBudgetSlow",
        WARNING,
        "Requests for a price fail, more than the budget allows",
        burn("slow"),
        PERCENT + " of requests fail",
    ),
    Alert(
        "SlowAnswers",
        WARNING,
        "{{ $labels.slot }} answers slowly",
        """histogram_quantile($quantile, sum by (le, slot) (
        rate(prediction_duration_seconds_bucket[$window]))) > $seconds""",
        "one of a hundred takes longer than " + DURATION,
    ),
    Alert(
        "SpoolFilling",
        CRITICAL,
        "The spool of {{ $labels.slot }} fills; when it is full, requests are refused",
        """spool_bytes{what="used"} / ignoring (what) spool_bytes{what="budget"} > $part""",
        PERCENT + " of its budget",
    ),
    Alert(
        "SpoolNotConserved",
        CRITICAL,
        "Records of {{ $labels.slot }} are missing: issued is not stored + waiting + set aside",
        """abs(sum by (slot, instance) (spool_records{state="issued"})
        - sum by (slot, instance) (spool_records{state!="issued"})) > 0
        or sum by (slot, instance) (spool_missing_records) > 0
        or max by (slot, instance) (max_over_time(spool_records{state="issued"}[$window])
        - spool_records{state="issued"}) > 0""",
        NUMBER + " records",
    ),
    Alert(
        "RowsSetAside",
        WARNING,
        "PostgreSQL refuses rows of {{ $labels.slot }}; they are set aside",
        """max_over_time(spool_records{state="set_aside"}[$window])
        - min_over_time(spool_records{state="set_aside"}[$window]) > 0""",
        NUMBER + " rows",
    ),
    Alert(
        "NoDecision",
        WARNING,
        "An experiment is open and nobody evaluates it",
        "max(homes_evaluation_age_seconds) > $age",
        "not evaluated for " + DURATION,
    ),
    Alert(
        "ModelNotLoading",
        CRITICAL,
        "The model that {{ $labels.slot }} should serve does not load",
        """sum by (slot) (increase(model_load_failures_total{step="load"}[$window]))
        >= $failures""",
        NUMBER + " failed loads",
    ),
    Alert(
        "SplitOffPlan",
        WARNING,
        "The router does not give the candidate the share of visitors that was planned",
        """abs((max(homes_experiment_sessions{arm="candidate"}) or vector(0))
        / sum(max by (arm) (homes_experiment_sessions)) - max(homes_experiment_planned_ratio))
        > $errors * sqrt(max(homes_experiment_planned_ratio)
        * (1 - max(homes_experiment_planned_ratio)) / sum(max by (arm) (homes_experiment_sessions)))
        and sum(max by (arm) (homes_experiment_sessions)) >= $sessions""",
        PERCENT + " of visitors beside the plan",
    ),
    Alert(
        "DatasetStale",
        WARNING,
        "No dataset was published for long: the next model learns nothing new",
        "max(homes_dataset_age_seconds) > $age",
        "the newest dataset is of " + DURATION + " ago",
    ),
    Alert(
        "NoLabels",
        WARNING,
        "Nobody says what estimates are worth: no experiment can be decided",
        "max(homes_feedback_age_seconds) > $age",
        "the last opinion or sale price came " + DURATION + " ago",
    ),
    Alert(
        "DriftFound",
        WARNING,
        "Visitors ask about other homes than those that production has learned from",
        "max(homes_drift_detected) == 1",
        "drift is " + NUMBER,
    ),
    Alert(
        "DriftNotWatched",
        WARNING,
        "The daily drift watch makes no reports",
        "max(homes_drift_report_age_seconds) > $age",
        "the newest report is of " + DURATION + " ago",
    ),
    Alert(
        "DiskFilling",
        CRITICAL,
        "A disk of {{ $labels.instance }} fills",
        """min by (instance, mountpoint) (
        node_filesystem_avail_bytes{fstype!~"tmpfs|ramfs|squashfs"}
        / node_filesystem_size_bytes{fstype!~"tmpfs|ramfs|squashfs"}) < $part
        or disk_free_bytes / disk_size_bytes < $part""",
        PERCENT + " is free",
    ),
    Alert(
        "PostgresAway",
        CRITICAL,
        "PostgreSQL does not answer {{ or $labels.slot $labels.job }}; records wait in the spool",
        "database_up == 0 or pg_up == 0",
        "up is " + NUMBER,
    ),
    Alert(
        "BackupMissing",
        WARNING,
        "There is no backup that is new enough",
        "max(homes_backup_age_seconds) > $age or absent(homes_backup_age_seconds) * Inf",
        "the newest is of " + DURATION + " ago; +Inf: none is known",
    ),
    Alert(
        "KeysRefused",
        WARNING,
        "Many requests come with a key that does not let in ({{ $labels.code }})",
        """sum by (code) (increase(
        keys_refused_total{code=~"key_refused|key_ended|scope_too_small"}[$window]))
        >= $refused""",
        NUMBER + " requests",
    ),
    Alert(
        "RequestsLimited",
        WARNING,
        "Clients ask {{ $labels.slot }} for more {{ $labels.kind }} than one may",
        """sum by (slot, kind) (increase(requests_limited_total[$window])) >= $refused""",
        NUMBER + " requests",
    ),
    Alert(
        "LoopNotRead",
        WARNING,
        "Where the loop stands ({{ $labels.what }}) cannot be read: alerts about it are blind",
        "max by (what) (homes_read_age_seconds) > $age",
        "not read for " + DURATION,
    ),
)


def groups(thresholds: Mapping[str, Any]) -> dict[str, Any]:
    """The whole file of rules."""
    recorded = [
        {"record": name, "expr": error_ratio(thresholds[alert][key])}
        for name, (alert, key) in RECORDED.items()
    ]
    rules = [*recorded, *(alert.rule(thresholds) for alert in ALERTS)]
    return {"groups": [{"name": "homes", "interval": thresholds["interval"], "rules": rules}]}


def unused(thresholds: Mapping[str, Any]) -> Iterator[str]:
    """Thresholds that no alert compares with."""
    for alert in ALERTS:
        recorded = [key for name, key in RECORDED.values() if name == alert.name]
        names = {*re.findall(r"\$(\w+)", alert.expression), *recorded, "for"}
        yield from (f"{alert.name}.{key}" for key in thresholds[alert.name] if key not in names)
    known = {alert.name for alert in ALERTS} | {"runbooks", "interval", "budget"}
    yield from (name for name in thresholds if name not in known)
