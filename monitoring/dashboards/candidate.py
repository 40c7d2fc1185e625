"""Is the candidate better?"""

from grafana_foundation_sdk.builders import dashboard

from dashboards.panels import Query, Steps, bars, figure, lines, page

SEEN = """max(homes_experiment_sessions{arm="candidate"})
/ sum(max by (arm) (homes_experiment_sessions))"""


def build() -> dashboard.Dashboard:
    """Which experiment is open, what is proven, and what may spoil the proof."""
    return page(
        "homes-candidate",
        "Is the candidate better?",
        "The open experiment: of which candidate, what is proven so far, and whether visitors are "
        "split as planned. homes experiment says the same in words.",
        [
            (
                4,
                [
                    figure(
                        "Open experiment",
                        Query(
                            "max by (candidate, production) (homes_experiment_info)",
                            "{{candidate}} against {{production}}",
                        ),
                        words={"1": "open"},
                        none="no experiment",
                    ),
                    figure(
                        "Open for",
                        Query("max(homes_experiment_age_seconds)"),
                        "s",
                        none="no experiment",
                    ),
                    figure(
                        "Last evaluated",
                        Query("max(homes_evaluation_age_seconds)"),
                        "s",
                        steps=Steps.rising(5_400, 10_800),
                        none="no experiment",
                        says="Hourly. Alert: NoDecision",
                    ),
                    figure(
                        "Last decision",
                        Query("min by (verdict) (homes_decision_age_seconds)", "{{verdict}}"),
                        "s",
                        says="How long ago, and its verdict",
                    ),
                    figure(
                        "Sale prices that count",
                        Query("max(homes_experiment_sale_prices)"),
                        none="no experiment",
                    ),
                    figure(
                        "Loss over production's",
                        Query("max(homes_experiment_loss_ratio)"),
                        steps=Steps.rising(1, 1.05),
                        decimals=2,
                        says="The candidate's, on the same homes; under 1 it errs less",
                    ),
                ],
            ),
            (
                8,
                [
                    bars(
                        "How far each bet has come to its verdict",
                        Query(
                            """clamp(max by (bet) (homes_experiment_log_e)
                            / max by (bet) (homes_experiment_log_e_needed), 0, 1)""",
                            "{{bet}}",
                        ),
                        "percentunit",
                        most=1,
                        says="Full: the verdict falls. better promotes, sample_ratio holds, "
                        "all others roll back",
                    ),
                    lines(
                        "Evidence that the candidate is better (log e)",
                        Query('max(homes_experiment_log_e{bet="better"})', "has"),
                        Query('max(homes_experiment_log_e_needed{bet="better"})', "needs"),
                        least=None,
                        says="Below 0 it speaks against; at the line the candidate is promoted",
                    ),
                ],
            ),
            (
                8,
                [
                    lines(
                        "Share of visitors who meet the candidate",
                        Query(SEEN, "candidate"),
                        Query("max(homes_experiment_planned_ratio)", "planned"),
                        unit="percentunit",
                        says="Alert: SplitOffPlan",
                    ),
                    lines(
                        "Visitors by arm, last day",
                        Query("max by (arm) (homes_experiment_sessions)", "{{arm}}"),
                        is_stacked=True,
                    ),
                ],
            ),
            (
                8,
                [
                    lines(
                        "99 of 100 answers within",
                        Query(
                            """histogram_quantile(0.99, sum by (le, slot) (
                            rate(prediction_duration_seconds_bucket[5m])))""",
                            "{{slot}}",
                        ),
                        unit="s",
                    ),
                    lines(
                        "Requests that fail on our side",
                        Query(
                            """(sum by (slot) (rate(prediction_errors_total{
                            code=~"internal|unavailable|no_model|corrupt"}[5m]))
                            or 0 * sum by (slot) (rate(predictions_total[5m])))
                            / sum by (slot) (rate(predictions_total[5m]))""",
                            "{{slot}}",
                        ),
                        unit="percentunit",
                    ),
                    bars(
                        "Median distance from the sale price",
                        Query("max by (slot) (homes_sale_price_error_median_ratio)", "{{slot}}"),
                        "percentunit",
                        says="Of the last four weeks; not on the same homes: the loss above is",
                    ),
                ],
            ),
        ],
    )
