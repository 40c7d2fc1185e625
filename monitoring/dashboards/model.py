"""Is the model still right?"""

from grafana_foundation_sdk.builders import dashboard

from dashboards.panels import Query, Steps, bars, figure, lines, page

CERTAINTIES = ("high", "fair", "low", "too_few")


def certainty(kind: str) -> str:
    """The part of prices of one certainty."""
    return f"""sum(rate(predictions_by_certainty_total{{certainty="{kind}"}}[1h]))
    / sum(rate(predictions_by_certainty_total[1h]))"""


def build() -> dashboard.Dashboard:
    """Whether the market, the data or the labels have moved away from the model."""
    return page(
        "homes-model",
        "Is the model still right?",
        "Drift, labels and error: whether production still knows the homes that are asked about.",
        [
            (
                4,
                [
                    figure(
                        "Drift",
                        Query("max(homes_drift_detected)"),
                        words={"0": "quiet", "1": "found"},
                        steps=Steps.rising(1, 1),
                        none="never watched",
                        says="As the daily watch tells it. Alert: DriftFound",
                    ),
                    figure(
                        "Last watched",
                        Query("max(homes_drift_report_age_seconds)"),
                        "s",
                        steps=Steps.rising(100_000, 172_800),
                        none="never",
                        says="How long ago. Alert: DriftNotWatched",
                    ),
                    figure(
                        "Median error on sale prices",
                        Query('max(homes_sale_price_error_median_ratio{slot="production"})'),
                        "percentunit",
                        decimals=1,
                        says="Production, last four weeks",
                    ),
                    figure(
                        "Last opinion or sale price",
                        Query("max(homes_feedback_age_seconds)"),
                        "s",
                        steps=Steps.rising(259_200, 604_800),
                        says="How long ago. Alert: NoLabels",
                    ),
                    figure(
                        "Newest dataset",
                        Query("max(homes_dataset_age_seconds)"),
                        "s",
                        steps=Steps.rising(2_592_000, 3_888_000),
                        says="How old. Alert: DatasetStale",
                    ),
                    figure(
                        "Production",
                        Query(
                            'max by (variant) (model_age_seconds{slot="production"})', "{{variant}}"
                        ),
                        "s",
                        says="How old, and which",
                    ),
                ],
            ),
            (
                8,
                [
                    bars(
                        "How far requests moved from the listings, by feature (PSI)",
                        Query("max by (feature) (homes_drift_psi)", "{{feature}}"),
                        steps=Steps.rising(0.1, 0.2),
                        most=1,
                        says="From 0.2 on it is drift",
                    ),
                    lines(
                        "The same over time",
                        Query("max by (feature) (homes_drift_psi)", "{{feature}}"),
                        steps=Steps(((None, "transparent"), (0.2, "#C4314B"))),
                    ),
                ],
            ),
            (
                8,
                [
                    lines(
                        "Median distance from the sale price",
                        Query("max by (slot) (homes_sale_price_error_median_ratio)", "{{slot}}"),
                        unit="percentunit",
                        says="Of the sale prices reported in the last four weeks",
                    ),
                    lines(
                        "Sale prices behind it",
                        Query("max by (slot) (homes_sale_prices)", "{{slot}}"),
                        is_stacked=True,
                    ),
                    bars(
                        "What was said in the last week",
                        Query("max by (type) (homes_feedback_last_week)", "{{type}}"),
                    ),
                ],
            ),
            (
                8,
                [
                    lines(
                        "Prices by certainty",
                        *(Query(certainty(kind), kind) for kind in CERTAINTIES),
                        unit="percentunit",
                        is_stacked=True,
                        most=1,
                        says="A model that knows less says so: low and too_few rise",
                    ),
                    lines(
                        "Homes in localities without listings",
                        Query(
                            """sum by (slot) (rate(predictions_unlisted_locality_total[1h]))
                            / sum by (slot) (rate(predictions_total[1h]))""",
                            "{{slot}}",
                        ),
                        unit="percentunit",
                    ),
                ],
            ),
        ],
    )
