"""What each operation is for, and which errors it may answer with: one entry for every one.

Errors that any request may meet, of the gate and of the router, are added by `problems.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from homeprices.domain.errors import (
    BadInput,
    Busy,
    Corrupt,
    Gone,
    HomesError,
    NoModel,
    NotFound,
    PriceUnlikely,
    Refused,
    Taken,
    TooLarge,
    Unavailable,
    Unreadable,
    UnsupportedEncoding,
)
from homeprices.serving import decisions, estimates, feedback, models, predict
from homeprices.serving.batch import route as batch

# For whoever sends an example as it stands: there is no id that works for everybody.
YOUR_OWN_ID = (
    "The id of the example is of no estimate: put the `prediction_id` of an answer of yours there."
)


class Tag(StrEnum):
    """What operations are listed under, in the order that a client looks for them."""

    PRICES = "prices"
    FEEDBACK = "feedback"
    BULK = "bulk"
    MODELS = "models"
    DECISIONS = "decisions"
    METRICS = "metrics"
    HEALTH = "health"
    DOCUMENTATION = "documentation"


TAGS: Mapping[Tag, str] = {
    Tag.PRICES: "Ask for the price of a home; what may be said of one, and names of localities.",
    Tag.FEEDBACK: "Say what an estimate was worth: an opinion, or what the home was sold for.",
    Tag.BULK: "Price many homes in one request.",
    Tag.MODELS: "Every model version, how good it is, and why an estimate was what it was.",
    Tag.DECISIONS: "What was decided on models, and the acts of an operator.",
    Tag.METRICS: "Figures, drift, and the rows behind them.",
    Tag.HEALTH: "Whether the service is well.",
    Tag.DOCUMENTATION: "What you are reading.",
}
_READ_ROWS = (BadInput, Unavailable)


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation in words; `errors` are those of its own."""

    tag: Tag
    summary: str
    description: str
    errors: tuple[type[HomesError], ...] = ()


_PRICE_WORDS = (
    "The answer is a price with a range around it: of so many such homes as `coverage` says, the "
    "price falls inside. The more you say of a home, the narrower the range; `narrower_with` names "
    "what is worth saying. Numbers may be sent as text, and the unit of an area that is a bare "
    "number as `unit`. Keep `prediction_id`: with it you can give feedback, and ask why the price "
    "is what it is."
)
OPERATIONS: Mapping[tuple[str, str], Operation] = {
    ("post", predict.PATH): Operation(
        Tag.PRICES,
        "Price a home",
        _PRICE_WORDS,
        (BadInput, Unreadable, UnsupportedEncoding, TooLarge, NoModel, Unavailable),
    ),
    ("get", predict.PATH): Operation(
        Tag.PRICES,
        "Price a home by an address alone",
        "As POST, with the facts of the home in the query; a page where `Accept` weighs text/html "
        f"more than JSON, as browsers do. {_PRICE_WORDS}",
        (BadInput, Unreadable, NoModel, Unavailable),
    ),
    ("get", "/api/localities"): Operation(
        Tag.PRICES,
        "Complete the name of a locality",
        "The names that `q` may be the beginning of, or a misspelling of, the likeliest first.",
        (BadInput, NoModel),
    ),
    ("get", "/api/get_location_names"): Operation(
        Tag.PRICES,
        "List the localities",
        "Every locality that the model has listings of. Others are priced too, with a wider range.",
        (NoModel,),
    ),
    ("get", "/api/fields"): Operation(
        Tag.PRICES,
        "List the fields of a home",
        "What may be said of a home in this market, as a form asks for it: in its order, with the "
        "values that are allowed.",
    ),
    ("post", feedback.PATH): Operation(
        Tag.FEEDBACK,
        "Say what an estimate was worth",
        "An opinion (`accurate`, `too_high`, `too_low`, a `rating` in stars), a sale price, or a "
        "comment on an estimate that you were given. A sale price of more than four times the "
        "estimate, or less than a quarter of it, is asked about once: `price_unlikely`. The same "
        "feedback sent again is kept once, so it is safe to repeat. Send back the cookies that you "
        "were given with the price: only then does an opinion count when models are compared. A "
        "form that a browser itself sends is answered with a page. "
        f"{YOUR_OWN_ID}",
        (BadInput, PriceUnlikely, Unreadable, UnsupportedEncoding, NotFound, TooLarge, Unavailable),
    ),
    ("post", batch.PATH): Operation(
        Tag.BULK,
        "Price many homes in one request",
        "Many homes in one request, priced by one model, in their order.\n\n"
        "A JSON array of homes, JSON lines, or CSV with a header (the columns of a listing file "
        "or the fields of a home); `Content-Encoding: gzip` is unpacked. The answer has a row for "
        "each home, in the format that `Accept` weighs most, else as sent: its number, and a price "
        "or the error that it would have had alone. Where the body cannot be read further, the "
        "last row has the error and `ended`. Rows have no `prediction_id` and are not kept.",
        (Unreadable, UnsupportedEncoding, TooLarge, NoModel, Unavailable, Busy),
    ),
    ("get", models.PATH): Operation(
        Tag.MODELS,
        "List the model versions",
        "What every version is now, how it was made, and how well it did on its holdout.",
        (Unavailable,),
    ),
    ("get", f"{models.PATH}/{{version}}"): Operation(
        Tag.MODELS,
        "Show a model version, or compare two",
        "The card of a version, or with `beside` how it differs from another; a page where "
        "`Accept` weighs text/html more than JSON, as browsers do.",
        (BadInput, Unreadable, NotFound, Gone, Corrupt, Unavailable),
    ),
    ("get", estimates.PATH): Operation(
        Tag.MODELS,
        "Explain a past estimate",
        "Why an estimate was what it was, whatever model serves now: reasons that add up to it, "
        "listings like the home, and with `curve` how it would change. A moment may pass until an "
        f"estimate that was just given can be explained. {YOUR_OWN_ID}",
        (BadInput, Unreadable, NotFound, Gone, Corrupt, Unavailable),
    ),
    ("get", decisions.PATH): Operation(
        Tag.DECISIONS,
        "List the decisions",
        "What was decided, why, on which figures, and how to undo it, the newest first; as JSON or "
        "as CSV. `before` of an answer leads to the next page.",
        (BadInput, Unreadable, Unavailable),
    ),
    ("post", decisions.PATH): Operation(
        Tag.DECISIONS,
        "Promote, roll back, hold or undo",
        "An act of the operator. It is a row of the decision log, which names the key that let it "
        "in, and can be undone.",
        (
            BadInput,
            Unreadable,
            UnsupportedEncoding,
            NotFound,
            Gone,
            TooLarge,
            Refused,
            Taken,
            Corrupt,
            Unavailable,
        ),
    ),
    ("get", "/api/experiment"): Operation(
        Tag.DECISIONS,
        "Show the open experiment",
        "What both arms have shown, and how the evidence grew; or a picture of it. Nulls where "
        "none is open; then `competition` is how candidates stand that compete for the next one.",
        (BadInput, Unavailable),
    ),
    ("get", "/api/metrics"): Operation(
        Tag.METRICS,
        "Show latency and feedback",
        "Requests, latencies and feedback of the last hours, for each model version.",
        _READ_ROWS,
    ),
    ("get", "/api/drift_report"): Operation(
        Tag.METRICS,
        "Show the drift of requests",
        "The requests of the last days against the listings that production was made of.",
        _READ_ROWS,
    ),
    ("get", "/api/logs"): Operation(
        Tag.METRICS, "Read the newest rows", "The newest rows of a table first.", _READ_ROWS
    ),
    ("get", "/api/logs/tail"): Operation(
        Tag.METRICS,
        "Follow the rows",
        "Rows asked for after a time, oldest first; what is stored late is in /api/logs alone.",
        _READ_ROWS,
    ),
    ("get", "/metrics"): Operation(
        Tag.METRICS,
        "Scrape the series",
        "The series of this service, in the text format of Prometheus.",
    ),
    ("get", "/api/health"): Operation(
        Tag.HEALTH, "Show how the service is", "200 also when it is degraded; `reasons` say why."
    ),
    ("get", "/api/health/live"): Operation(
        Tag.HEALTH, "Ask whether the process answers", "Nothing else is looked at."
    ),
    ("get", "/api/health/ready"): Operation(
        Tag.HEALTH,
        "Ask whether prices can be asked for",
        "200 where a model is loaded, 503 while none is.",
        (NoModel,),
    ),
    ("get", "/openapi.json"): Operation(
        Tag.DOCUMENTATION, "Get this description", "What is served at this address, as OpenAPI 3.1."
    ),
    ("get", "/docs"): Operation(
        Tag.DOCUMENTATION, "Read and try", "This description as a page that can also ask."
    ),
    ("get", "/redoc"): Operation(
        Tag.DOCUMENTATION, "Read", "This description as a page to read and to print."
    ),
}
