"""What a model card tells: a model's figures with their uncertainty, by slice, with its origin."""

from dataclasses import dataclass, field
from enum import StrEnum

# The files about a model that stand beside its manifest.
CARD, CARD_PAGE = "card.json", "card.html"
TRIALS, ENVIRONMENT = "trials.json", "environment.json"


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure on the holdout; `name` carries its unit.

    `low` and `high` are the 95 % interval of resampling the held-out homes;
    `naive` is the same figure of the median price per area of the locality.
    """

    name: str
    value: float
    low: float
    high: float
    naive: float | None


@dataclass(frozen=True, slots=True)
class Slice:
    """How good the model is on a part of the holdout: `kind` says by what, `name` which part.

    `bias_percent` is the median signed error; the intervals are of 95 %.

    `coverage_margin_percent` is three standard errors of a coverage over so few
    rows when the promise is kept: what luck alone explains. `within_20_percent` is the share of
    homes whose price is within 20 % of the estimate, `said_within_20_percent` what the estimates
    said that it would be. `is_band` where the edges of the part are made of the data: another
    version has others.
    """

    kind: str
    name: str
    rows: int
    mdape_percent: float
    bias_percent: float
    coverage_percent: float
    coverage_margin_percent: float
    mdape_interval: tuple[float, float] | None = None
    bias_interval: tuple[float, float] | None = None
    median_width_percent: float | None = None
    within_20_percent: float | None = None
    said_within_20_percent: float | None = None
    is_band: bool = False


@dataclass(frozen=True, slots=True)
class Ratio:
    """A measure of fairness, its 95 % interval, and from where to where it is accepted."""

    name: str
    value: float
    low: float
    high: float
    least: float
    most: float

    @property
    def is_off(self) -> bool:
        """True where not even its interval touches what is accepted."""
        return self.high < self.least or self.low > self.most


@dataclass(frozen=True, slots=True)
class Agreement:
    """How the published form of a model differs from the judged one on the holdout, in log price.

    The errors and the `difference` are means of absolute values. Having seen the homes explains a
    part of the difference; `unexplained` is the mean size of what is left, `lean` its mean.
    """

    judged_error: float
    published_error: float
    difference: float
    unexplained: float
    lean: float


@dataclass(frozen=True, slots=True)
class EvaluationResult:
    """How good a model is when told the facts of one set: the four, and `optional` ones.

    `members` are its parts by weight, `member_errors` the mean absolute log error of each alone
    where there are several, `served_differs` how far each as served is from the exact one, in
    log price; `estimate_us` is the processor time of one estimate, `agreement` that of the judged
    and the published form. They are empty or None where they were not looked at.
    """

    facts: str
    optional: list[str]
    promised_coverage_percent: float
    figures: list[Figure]
    slices: list[Slice]
    ratios: list[Ratio] = field(default_factory=list)
    members: dict[str, float] = field(default_factory=dict)
    member_errors: dict[str, float] = field(default_factory=dict)
    served_differs: dict[str, float] = field(default_factory=dict)
    estimate_us: float | None = None
    agreement: Agreement | None = None


@dataclass(frozen=True, slots=True)
class ModelCard:
    """Everything that a reader needs to judge one model version.

    Prices are in `price_unit`, areas in `area_unit`; `files` are sha256 by name. `figures`
    and `slices` are those with four facts; `judgements` has all sets, and is empty in
    cards that were made before there were several. `method` says how it finds a price,
    `conditions` what it had to meet to be published. Figures are those of the judged form, which
    learned from `learned_from` listings; what is published learned from `published_learned_from`,
    None where the judged form itself is published.
    """

    version: str
    title: str
    city: str
    price_unit: str
    area_unit: str
    recipe: str
    created_at: str
    dataset: str
    dataset_source: str
    dataset_sha256: str
    simulated: bool
    learned_from: int
    held_out: int
    rejected: dict[str, int]
    parameters: dict[str, float]
    promised_coverage_percent: float
    figures: list[Figure]
    slices: list[Slice]
    limits: list[str]
    digest: str
    files: dict[str, str]
    code: str
    environment: dict[str, str]
    trials: int
    judgements: list[EvaluationResult] = field(default_factory=list)
    dataset_published_at: str | None = None
    size_bytes: int | None = None
    method: list[str] = field(default_factory=list)
    conditions: list[str] = field(default_factory=list)
    published_learned_from: int | None = None

    @property
    def every_result(self) -> list[EvaluationResult]:
        """The results by feature set, also of a card that was made before it had any."""
        return self.judgements or [
            EvaluationResult("four", [], self.promised_coverage_percent, self.figures, self.slices)
        ]

    @property
    def median_errors(self) -> dict[str, float]:
        """In percent of the price, by feature set."""
        return {
            result.facts: figure.value
            for result in self.every_result
            for figure in result.figures
            if figure.name == "mdape_percent"
        }


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A form of a version judged on `rows` listings of `source` that it has not learned from.

    `left_out` are others of `source`, which are among those it learned from. `form` says which
    form it is, in words.
    """

    version: str
    source: str
    rows: int
    left_out: int
    form: str
    judgements: list[EvaluationResult]


@dataclass(frozen=True, slots=True)
class LearningPoint:
    """How good the judged form of a recipe is that learned from so many listings, told one set."""

    facts: str
    learned_from: int
    held_out: int
    figures: list[Figure]

    def figure(self, name: str) -> Figure:
        """The figure `name`; raises KeyError."""
        return {one.name: one for one in self.figures}[name]


class ModelState(StrEnum):
    """What a version is now."""

    PRODUCTION = "production"
    FORMER = "former production"
    IN_EXPERIMENT = "on trial"
    WAITING = "waits for a trial"
    COMPETING = "competing"
    OUTCOMPETED = "outcompeted"
    PROMOTED = "promoted"
    OVERTAKEN = "older than a promoted one"
    RETIRED = "retired"
    UNDECIDED = "undecided"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """A version in the list of all; `metrics` are of its judged form, told four facts."""

    version: str
    state: ModelState
    recipe: str
    dataset: str
    simulated: bool
    created_at: str
    copied_from: str | None
    decision: str | None
    digest: str
    metrics: dict[str, float]
    baseline_metrics: dict[str, float]


@dataclass(frozen=True, slots=True)
class Document:
    """The same told twice: JSON for machines, a page for people."""

    as_json: bytes
    page: bytes
