"""Is the service well?"""

from grafana_foundation_sdk.builders import dashboard

from dashboards.panels import Query, Steps, bars, figure, lines, page

OURS = 'code=~"internal|unavailable|no_model|corrupt"'


def build() -> dashboard.Dashboard:
    """What visitors meet first, then what it rests on."""
    return page(
        "homes-service",
        "Is the service well?",
        "Answers, how fast they come, and what they rest on: spool, PostgreSQL, models, machine.",
        [
            (
                4,
                [
                    figure(
                        "Services that answer",
                        Query('sum(up{job=~"production|candidate"})'),
                        steps=Steps.falling(1, 2),
                        says="Of two: production and candidate. Alert: ServiceDown",
                    ),
                    figure(
                        "Prices a second",
                        Query("sum(rate(predictions_total[5m]))"),
                        "reqps",
                        decimals=1,
                    ),
                    figure(
                        "Requests that fail",
                        Query("homes:error_ratio:fast_short or vector(0)"),
                        "percentunit",
                        steps=Steps.rising(0.001, 0.0144),
                        decimals=2,
                        says="On our side, at production. Alerts: ErrorBudgetFast, ErrorBudgetSlow",
                    ),
                    figure(
                        "99 of 100 within",
                        Query(
                            """histogram_quantile(0.99, sum by (le) (
                            rate(prediction_duration_seconds_bucket{slot="production"}[5m])))"""
                        ),
                        "s",
                        steps=Steps.rising(0.1, 0.25),
                        says="Production. Alert: SlowAnswers",
                    ),
                    figure(
                        "Records that wait",
                        Query('sum(spool_records{state="waiting"})'),
                        steps=Steps.rising(1_000, 100_000),
                        says="For PostgreSQL. Alert: SpoolFilling",
                    ),
                    figure(
                        "PostgreSQL answers",
                        Query("min(database_up)"),
                        words={"0": "no", "1": "yes"},
                        steps=Steps.falling(1, 1),
                        says="Every service. Alert: PostgresAway",
                    ),
                    figure(
                        "Disk free",
                        Query("min(disk_free_bytes / disk_size_bytes)"),
                        "percentunit",
                        steps=Steps.falling(0.1, 0.2),
                        decimals=0,
                        says="Of the spool's disk. Alert: DiskFilling",
                    ),
                ],
            ),
            (
                8,
                [
                    lines(
                        "Prices by model version",
                        Query(
                            "sum by (slot, variant) (rate(predictions_total[5m]))",
                            "{{variant}} ({{slot}})",
                        ),
                        unit="reqps",
                    ),
                    lines(
                        "How long answers take",
                        Query(
                            """histogram_quantile(0.5, sum by (le) (
                            rate(prediction_duration_seconds_bucket[5m])))""",
                            "half within",
                        ),
                        Query(
                            """histogram_quantile(0.95, sum by (le) (
                            rate(prediction_duration_seconds_bucket[5m])))""",
                            "95 % within",
                        ),
                        Query(
                            """histogram_quantile(0.99, sum by (le) (
                            rate(prediction_duration_seconds_bucket[5m])))""",
                            "99 % within",
                        ),
                        unit="s",
                    ),
                ],
            ),
            (
                8,
                [
                    lines(
                        "Requests that get no price, by reason",
                        Query("sum by (code) (rate(prediction_errors_total[5m]))", "{{code}}"),
                        unit="reqps",
                        says="bad_input and unreadable are the visitor's own, the rest is ours",
                    ),
                    lines(
                        "How fast the error budget goes",
                        Query("homes:error_ratio:fast_long / 0.001 or vector(0)", "fast"),
                        Query("homes:error_ratio:slow_long / 0.001 or vector(0)", "slow"),
                        says="1 uses it up in four weeks; alerts at 14.4 (fast) and 6 (slow)",
                    ),
                ],
            ),
            (
                8,
                [
                    lines(
                        "Spool: records by where they are",
                        Query('sum(spool_records{state="waiting"})', "waiting"),
                        Query('sum(spool_records{state="set_aside"})', "set_aside"),
                        says="Alerts: SpoolNotConserved, RowsSetAside",
                    ),
                    lines(
                        "Spool: records of this hour by version, and those missing",
                        Query(
                            """sum by (variant)
                            (spool_hour_records{state="issued", hours_ago="0"})""",
                            "{{variant}}",
                        ),
                        Query("sum(spool_missing_records)", "missing, of all hours"),
                        says="Alert: SpoolNotConserved",
                    ),
                    lines(
                        "Spool: part of its budget in use",
                        Query(
                            """spool_bytes{what="used"}
                            / ignoring (what) spool_bytes{what="budget"}""",
                            "{{slot}}",
                        ),
                        unit="percentunit",
                        most=1,
                        steps=Steps(((None, "transparent"), (0.5, "#C4314B"))),
                    ),
                ],
            ),
            (
                7,
                [
                    lines(
                        "Requests by the key that let them in",
                        Query("sum by (key) (rate(key_requests_total[5m]))", "{{key}}"),
                        unit="reqps",
                        says="homes keys list tells whose; the others came without one",
                    ),
                    lines(
                        "Requests refused for their key, by reason",
                        Query("sum by (code) (rate(keys_refused_total[5m]))", "{{code}}"),
                        unit="reqps",
                        says="Alert: KeysRefused",
                    ),
                    lines(
                        "Requests over the limit of their client, by kind",
                        Query("sum by (kind) (rate(requests_limited_total[5m]))", "{{kind}}"),
                        unit="reqps",
                        says="At the services; the router's are in its log, as 429. Alert: "
                        "RequestsLimited",
                    ),
                ],
            ),
            (
                7,
                [
                    lines(
                        "Homes of batches, by outcome",
                        Query("sum by (outcome) (rate(batch_rows_total[5m]))", "{{outcome}}"),
                        unit="reqps",
                        says="Priced many in one request; they are no evidence and no visitors",
                    ),
                    lines(
                        "Batches, by outcome",
                        Query("sum by (outcome) (increase(batches_total[5m]))", "{{outcome}}"),
                        says="done; ended: unreadable from some row on; refused; cut_off: the "
                        "client had gone",
                    ),
                    lines(
                        "Batches at once",
                        Query("sum by (slot) (rate(batch_seconds_total[5m]))", "{{slot}}"),
                        says="HOMES_BATCHES times HOMES_WORKERS is the most of a service",
                    ),
                ],
            ),
            (
                7,
                [
                    lines(
                        "Processor and memory in use",
                        Query('max(system_cpu_percent{slot="production"})', "processor"),
                        Query('max(system_memory_percent{slot="production"})', "memory"),
                        unit="percent",
                        most=100,
                    ),
                    lines(
                        "Models that failed to load",
                        Query(
                            "sum by (slot) (increase(model_load_failures_total[5m]))",
                            "{{slot}}",
                        ),
                        says="Alert: ModelNotLoading",
                    ),
                    lines(
                        "Asked of the object store",
                        Query("sum by (kind) (rate(object_store_requests_total[5m]))", "{{kind}}"),
                        unit="reqps",
                        says="What a bucket costs by the request",
                    ),
                    bars(
                        "Age of the model that is served",
                        Query(
                            "max by (slot, variant) (model_age_seconds)", "{{variant}} ({{slot}})"
                        ),
                        "s",
                    ),
                ],
            ),
        ],
    )
