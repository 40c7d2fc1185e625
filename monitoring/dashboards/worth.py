"""What is it worth to us?"""

from grafana_foundation_sdk.builders import dashboard

from dashboards.panels import Query, bars, figure, lines, page

# A hundred thousand rupees, which prices of the market are told in.
LAKH = "suffix: lakh"
WIDE = """sum(increase(predictions_by_certainty_total{certainty=~"low|too_few"}[1d]))
/ sum(increase(predictions_by_certainty_total[1d]))"""
UNLISTED = """sum(increase(predictions_unlisted_locality_total[1d]))
/ sum(increase(predictions_total[1d]))"""
ON_CANDIDATE = """max(homes_experiment_sessions{arm="candidate"})
/ sum(max by (arm) (homes_experiment_sessions))"""


def build() -> dashboard.Dashboard:
    """How much it is used, how good it is in rupees, and where it could be better."""
    return page(
        "homes-worth",
        "What is it worth to us?",
        "Use, what people give back, how far estimates are from sales, and where the service "
        "cannot help as well as it should.",
        [
            (
                4,
                [
                    figure("Homes priced, last 24 hours", Query("max(homes_estimates_last_day)")),
                    figure(
                        "Median error on reported sales, lakh rupees",
                        Query(
                            'max(homes_sale_price_error_median_currency{slot="production"}) / 1e5'
                        ),
                        LAKH,
                        decimals=1,
                        says="Production, last four weeks",
                    ),
                    figure(
                        "With feedback",
                        Query("max(homes_feedback_ratio)"),
                        "percentunit",
                        decimals=1,
                        says="Of the last week's estimates",
                    ),
                    figure(
                        "With a sale price",
                        Query("max(homes_sale_price_ratio)"),
                        "percentunit",
                        decimals=1,
                        says="Of four weeks' estimates",
                    ),
                ],
            ),
            (
                4,
                [
                    figure(
                        "Wide ranges",
                        Query(WIDE),
                        "percentunit",
                        decimals=1,
                        says="Prices of the last day whose range is more than 60 % of the price, "
                        "or that have too few comparables",
                    ),
                    figure(
                        "Localities that we do not know",
                        Query(UNLISTED),
                        "percentunit",
                        decimals=1,
                        says="Of the last day's prices: places to find listings in",
                    ),
                    figure(
                        "Visitors on the candidate",
                        Query(ON_CANDIDATE),
                        "percentunit",
                        decimals=1,
                        none="no experiment",
                    ),
                    figure(
                        "Sale prices, four weeks",
                        Query("sum(max by (slot) (homes_sale_prices))"),
                        says="What the median error stands on",
                    ),
                ],
            ),
            (
                8,
                [
                    lines(
                        "Homes priced in 24 hours", Query("max(homes_estimates_last_day)", "homes")
                    ),
                    lines(
                        "Median error on reported sales, lakh rupees",
                        Query(
                            "max by (slot) (homes_sale_price_error_median_currency) / 1e5",
                            "{{slot}}",
                        ),
                        unit=LAKH,
                    ),
                ],
            ),
            (
                8,
                [
                    lines(
                        "What people give back",
                        Query("max(homes_feedback_ratio)", "with feedback"),
                        Query("max(homes_sale_price_ratio)", "with a sale price"),
                        unit="percentunit",
                    ),
                    lines(
                        "Where we could be better",
                        Query(WIDE, "wide ranges"),
                        Query(UNLISTED, "unknown localities"),
                        unit="percentunit",
                    ),
                    bars(
                        "Feedback of the last week",
                        Query("max by (type) (homes_feedback_last_week)", "{{type}}"),
                    ),
                ],
            ),
        ],
    )
