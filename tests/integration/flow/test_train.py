import re
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from homeprices import bootstrap, markets
from homeprices.cli.show import evaluation_tables
from homeprices.datasets.clean import read_listings, to_csv
from homeprices.datasets.simulate import simulate
from homeprices.datasets.split import group_of, split
from homeprices.domain.errors import NotFound, Refused
from homeprices.domain.listing import Home, Listing
from homeprices.domain.manifest import ModelManifest, TrainingRun
from homeprices.domain.model_card import ModelCard
from homeprices.domain.training import TuningTrial, TuningTrialState
from homeprices.domain.versions import DatasetVersion, ModelVersion, Role
from homeprices.ports import Clock
from homeprices.stores.candidates import candidate_history
from homeprices.valuation.evaluate.gate import Budget
from homeprices.valuation.predict.bundle import load
from homeprices.valuation.train.fit import FitConfig, fit
from homeprices.valuation.train.recipes import RECIPES
from homeprices.workflows.datasets import SourceFile, publish_dataset
from homeprices.workflows.experiments.roll_back import roll_back
from homeprices.workflows.experiments.start import open_next_experiment
from homeprices.workflows.experiments.start_stop import stop
from homeprices.workflows.training import published_form
from homeprices.workflows.training.evaluate import cross_validate, evaluate
from homeprices.workflows.training.train import TrainOrder, train, train_run
from support.fakes import MemoryHomes

pytestmark = pytest.mark.usefixtures("learned_and_drawn_once")

MARKET = markets.load("bangalore")
CONTENT, OTHERS = simulate(MARKET, 2400, 5), simulate(MARKET, 600, 6)
QUICK_BOOSTER = TrainOrder("booster", parameters=RECIPES["booster"].quick)
OTHER = TrainOrder("booster", parameters={**RECIPES["booster"].quick, "seed": 2})


class Works:
    """Stores in memory, and what is said on the way."""

    def __init__(self, clock: Clock) -> None:
        self.homes = MemoryHomes(clock)
        self.registry = self.homes.registry
        self.said: list[str] = []

    def publish(self, content: bytes, *, simulated: bool = True) -> None:
        publish_dataset(SourceFile(content, "x", simulated), self.homes)

    def train(self, order: TrainOrder, budget: Budget | None = None) -> ModelManifest:
        self.homes.budget = budget or Budget()
        return train(order, self.homes, self.said.append)


@pytest.fixture
def works(clock: Clock) -> Works:
    works = Works(clock)
    works.publish(CONTENT)
    return works


def test_the_first_model_is_production_and_the_default_recipe_passes_as_a_candidate(
    works: Works,
) -> None:
    first = works.train(QUICK_BOOSTER)
    second = works.train(TrainOrder(parameters={"fact_sets": 1, "most_listings": 1000}))
    assert (first.version, second.version) == ("BO1", "CO1")
    assert first.digest != second.digest
    for model in (first, second):
        naive = model.baseline_metrics["mean_abs_log_error"]
        assert model.metrics["mean_abs_log_error"] < naive
    assert (first.dataset, first.simulated, first.recipe) == ("V1", True, "booster")
    assert first.parameters["rounds"] == RECIPES["booster"].quick["rounds"]
    assert any("held out" in line for line in works.said)


def test_an_order_that_was_carried_out_gives_its_version_again(works: Works) -> None:
    asked = replace(QUICK_BOOSTER, order="scheduled 2026-11-02")
    first = works.train(asked)
    assert works.train(asked) == first
    assert works.said[-1] == "BO1 was made by this order before"
    assert works.registry.versions(Role.CANDIDATE) == []


RUN = [
    replace(OTHER, order="run 1"),
    TrainOrder("linear", order="run 1", force=True),
    TrainOrder("blend", parameters={"fact_sets": 1, "most_listings": 1000}, order="run 1"),
]


def test_a_run_of_several_recipes_publishes_all_that_pass_and_they_compete(works: Works) -> None:
    works.train(QUICK_BOOSTER)
    made = train_run([replace(RUN[0], force=True), *RUN[1:]], works.homes, works.said.append)
    errors = [manifest.metrics["mean_abs_log_error"] for manifest in made]
    assert errors == sorted(errors)
    assert [manifest.version for manifest in made] == ["CO1", "CO2", "CO3"]
    assert {manifest.run for manifest in made} == {TrainingRun("run 1", 3)}
    again = train_run([replace(RUN[0], force=True), *RUN[1:]], works.homes, works.said.append)
    assert again == made
    open_next_experiment(works.homes)
    assert works.homes.experiments.competitions.open_now().candidates == ("CO1", "CO2", "CO3")


def test_a_run_in_an_empty_registry_makes_its_best_the_first_production(works: Works) -> None:
    made = train_run(RUN[:2], works.homes, works.said.append)
    assert [manifest.version for manifest in made] == ["BO1", "CO1"]
    assert [manifest.run for manifest in made] == [None, None]


def test_a_run_of_which_one_alone_passes_is_like_a_single_training(works: Works) -> None:
    works.train(QUICK_BOOSTER)
    same = replace(QUICK_BOOSTER, order="run 2")
    (made,) = train_run([same, replace(RUN[1], order="run 2")], works.homes, works.said.append)
    assert (made.version, made.recipe, made.run) == ("CO1", "linear", None)
    assert any("it would be equal to BO1" in line for line in works.said)


def test_a_blend_says_in_manifest_and_card_what_each_part_errs_alone(works: Works) -> None:
    made = works.train(RUN[2])
    assert {member.recipe for member in made.members} == {"booster", "gaussian_process"}
    assert sum(member.weight for member in made.members) == pytest.approx(1)
    assert made.members == sorted(made.members, key=lambda member: -member.weight)
    whole = made.metrics["mean_abs_log_error"]
    assert all(0.8 * whole < m.mean_abs_log_error < 1.5 * whole for m in made.members)
    report = works.registry.report(ModelVersion.parse(made.version))
    (four,) = msgspec.json.decode(report["card.json"], type=ModelCard).judgements
    assert four.member_errors == {m.recipe: m.mean_abs_log_error for m in made.members}
    assert "alone it errs by" in report["card.html"].decode()
    assert works.registry.manifest(ModelVersion.parse(made.version)) == made


def test_a_model_is_published_with_its_card_and_pictures(works: Works) -> None:
    trial = TuningTrial(0, {"rounds": 60.0}, TuningTrialState.FINISHED, 0.2, [0.2], 1.0)
    made = works.train(replace(QUICK_BOOSTER, trials=[trial]))
    report = works.registry.report(ModelVersion.parse(made.version))
    pictures = {name for name, content in report.items() if content.startswith(b"\x89PNG")}
    drawn = ("residuals", "calibration", "error_by_part", "error_by_locality", "search")
    assert pictures == {f"{name}.png" for name in drawn}
    assert {f"{name}.svg" for name in drawn} <= report.keys()
    assert report["card.html"].count(b"<img src=") == len(drawn)
    card = msgspec.json.decode(report["card.json"], type=ModelCard)
    assert (card.version, card.digest, card.dataset) == ("BO1", made.digest, "V1")
    assert card.held_out == made.metrics["rows"]
    shown = {one.name: one.value for one in card.figures}
    assert shown == {name: value for name, value in made.metrics.items() if name != "rows"}
    assert all(one.low <= one.value <= one.high for one in card.figures)
    assert {part.kind for part in card.slices} == {
        "listings in the locality",
        "bedrooms",
        "estimated price, lakh",
        "area, sqft",
        "kind",
        "certainty",
        "price by area of the locality",
    }
    (four,) = card.judgements
    assert (four.facts, four.members) == ("four", {"booster": 1.0})
    assert {one.name for one in four.ratios} == {"median_ratio", "cod_percent", "prd", "prb"}
    assert 0 < four.estimate_us < 1000
    assert msgspec.json.decode(report["trials.json"], type=list[TuningTrial]) == [trial]
    assert "made-up listings" in report["card.html"].decode()
    assert [sentence.split(":")[0] for sentence in card.method[:1]] == ["Booster"]
    assert any("25 %" in sentence for sentence in card.conditions)


def test_a_model_equal_to_production_is_refused_unless_forced(works: Works) -> None:
    first = works.train(QUICK_BOOSTER)
    with pytest.raises(Refused, match="equal to BO1"):
        works.train(QUICK_BOOSTER)
    forced = works.train(TrainOrder("booster", parameters=RECIPES["booster"].quick, force=True))
    assert (forced.version, forced.digest) == ("CO1", first.digest)


def test_a_training_that_would_make_the_same_again_says_so_before_it_begins(works: Works) -> None:
    works.train(QUICK_BOOSTER)
    works.train(replace(OTHER, force=True))
    open_next_experiment(works.homes)
    works.said.clear()
    with pytest.raises(Refused, match="would be equal to CO1, which is on trial in E1"):
        works.train(OTHER)
    assert works.said == []
    assert works.train(replace(OTHER, force=True)).version == "CO2"
    assert works.said[0].startswith(
        "by --force, though it will be equal to CO1, which is on trial in E1"
    )
    stop(works.homes, actor="test", reason="because")
    assert works.homes.experiments.open_now() is None


def test_a_candidate_that_equals_production_is_retired_and_never_tried(works: Works) -> None:
    works.train(QUICK_BOOSTER)
    works.train(replace(QUICK_BOOSTER, force=True))
    assert open_next_experiment(works.homes) is None
    assert works.homes.experiments.all() == []
    history = candidate_history(works.registry, works.homes.experiments)
    assert (list(history.equal), history.to_serve) == ([ModelVersion.parse("CO1")], None)


def overtake(works: Works, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let another training publish its model just before the next one publishes the first."""

    publish_first = works.registry.publish_first

    def overtaken(*arguments):
        monkeypatch.setattr(works.registry, "publish_first", publish_first)
        works.train(QUICK_BOOSTER)
        return publish_first(*arguments)

    monkeypatch.setattr(works.registry, "publish_first", overtaken)


def test_a_first_training_that_another_has_overtaken_is_compared_with_it(
    works: Works, monkeypatch: pytest.MonkeyPatch
) -> None:
    overtake(works, monkeypatch)
    with pytest.raises(Refused, match="equal to BO1"):
        works.train(QUICK_BOOSTER)
    assert works.registry.versions(Role.CANDIDATE) == []


def test_a_first_training_that_another_has_overtaken_makes_the_first_candidate(
    works: Works, monkeypatch: pytest.MonkeyPatch
) -> None:
    overtake(works, monkeypatch)
    assert works.train(replace(QUICK_BOOSTER, force=True)).version == "CO1"
    assert works.registry.production().version == "BO1"


def test_a_model_equal_to_one_that_lost_is_refused(works: Works) -> None:
    works.train(QUICK_BOOSTER)
    lost = works.train(replace(OTHER, force=True))
    open_next_experiment(works.homes)
    version = ModelVersion.parse(lost.version)
    roll_back(works.homes, version, actor="test", reason="bad ratings")
    with pytest.raises(Refused, match="equal to CO1, which has lost its trial"):
        works.train(OTHER)


def test_a_model_worse_than_production_is_refused_with_figures(works: Works) -> None:
    works.train(TrainOrder("booster", parameters={**RECIPES["booster"].quick, "rounds": 60}))
    with pytest.raises(Refused, match=r"worse than production on the same [0-9]+ held-out"):
        works.train(TrainOrder("booster", parameters={**RECIPES["booster"].quick, "rounds": 9}))


def test_force_never_lifts_a_model_over_the_floor(works: Works) -> None:
    listings = read_listings(CONTENT, MARKET)
    prices = [listing.price for listing in listings]
    shuffled = [
        Listing(listing.home, price)
        for listing, price in zip(listings, prices[1:] + prices[:1], strict=True)
    ]
    works.publish(to_csv(shuffled, MARKET))
    with pytest.raises(Refused, match="the floor is 25 %"):
        works.train(TrainOrder("linear", force=True))
    assert works.registry.production() is None


def test_without_a_dataset_there_is_nothing_to_train_on(clock: Clock) -> None:
    with pytest.raises(Refused, match="homes dataset publish"):
        Works(clock).train(TrainOrder())


def test_a_dataset_can_be_named_and_must_exist(works: Works) -> None:
    assert works.train(TrainOrder("linear", dataset=DatasetVersion(1))).dataset == "V1"
    with pytest.raises(NotFound, match="V7"):
        works.train(TrainOrder("linear", dataset=DatasetVersion(7)))


def test_a_version_is_judged_on_the_listings_that_its_form_has_not_learned_from(
    works: Works,
) -> None:
    version = ModelVersion.parse(works.train(TrainOrder("linear")).version)
    learned = read_listings(CONTENT, MARKET)
    groups = {group_of(listing) for listing in learned}
    others = [one for one in read_listings(OTHERS, MARKET) if group_of(one) not in groups]
    known, held_out = learned[:400], split(learned[:400])[1]
    examined = evaluate(version, [*known, *others], "x.csv", ports=works.homes)
    found = examined.evaluation
    assert (found.rows, found.left_out, found.form) == (len(others), 400, "published form")
    assert {part.kind for part in found.judgements[0].slices} >= {"bedrooms", "kind"}
    assert {"four/residuals.png", "four/error_by_part.svg"} <= examined.pictures(MARKET).keys()
    table = evaluation_tables(found)
    on = f"on {len(others)} homes of x.csv that it has not learned from"
    assert f"BO1, published form, {on}" in table
    assert "400 are left out" in table
    assert max(map(len, table.splitlines())) <= 100
    with pytest.raises(Refused, match=r"all 400 listings of x\.csv are among those .* --judged"):
        evaluate(version, known, "x.csv", ports=works.homes)
    of_judged = evaluate(version, known, "x.csv", ports=works.homes, is_judged_form=True)
    found = of_judged.evaluation
    counts = (len(held_out), 400 - len(held_out))
    assert (found.rows, found.left_out, found.form) == (*counts, "judged form")
    with pytest.raises(Refused, match="there is no listing"):
        evaluate(version, [], "x.csv", ports=works.homes)


def only_judged_form(works: Works, version: ModelVersion) -> ModelManifest:
    """A production as releases before this one made it: its judged form, and nothing beside."""
    made = works.registry.manifest(version)
    return works.registry.publish(
        Role.PRODUCTION,
        works.registry.judged_files(version),
        lambda number, files: replace(made, version=str(number), files=files, inputs=None),
        lambda _: works.registry.report(version),
    )


def test_a_production_of_one_form_is_compared_and_judged_by_it(works: Works) -> None:
    works.train(TrainOrder("linear"))
    version = ModelVersion.parse(only_judged_form(works, ModelVersion.parse("BO1")).version)
    assert str(version) == "BO2"
    listings = read_listings(CONTENT, MARKET)
    found = evaluate(version, listings, "x.csv", ports=works.homes).evaluation
    assert (found.rows, found.form) == (len(split(listings)[1]), "only form")
    works.said.clear()
    works.train(replace(OTHER, force=False))
    assert any(line.startswith("four: beside BO2 on the same") for line in works.said)


def test_what_is_published_learned_from_every_listing_and_its_judged_form_from_no_held_out_one(
    works: Works,
) -> None:
    version = ModelVersion.parse(works.train(QUICK_BOOSTER).version)
    listings, market = read_listings(CONTENT, MARKET), MARKET
    learn, held_out = split(listings)
    config = FitConfig("booster", QUICK_BOOSTER.parameters)
    assert works.registry.files(version) == fit(config, listings, market, print)
    assert works.registry.judged_files(version) == fit(config, learn, market, print)
    card = msgspec.json.decode(works.registry.report(version)["card.json"], type=ModelCard)
    assert (card.learned_from, card.held_out) == (len(learn), len(held_out))
    assert card.published_learned_from == len(listings)
    forms = card.judgements[0].agreement
    assert forms.published_error < forms.judged_error
    assert 0 < forms.unexplained < forms.difference
    assert any(line.startswith("published form, four: on the held-out") for line in works.said)


def test_a_published_form_that_is_another_model_is_refused_whatever_the_force(
    works: Works, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fit_on_dearer(config, listings, *rest):
        return fit(config, [replace(one, price=1.3 * one.price) for one in listings], *rest)

    monkeypatch.setattr(published_form, "fit", fit_on_dearer)
    with pytest.raises(Refused, match=r"its published form .* in log price .* is accepted"):
        works.train(replace(QUICK_BOOSTER, force=True))
    assert works.registry.production() is None


def test_a_candidate_and_production_are_compared_by_their_judged_forms(
    works: Works, monkeypatch: pytest.MonkeyPatch
) -> None:
    works.train(QUICK_BOOSTER)
    read, judged_files = [], works.registry.judged_files

    def told(version: ModelVersion) -> dict[str, bytes]:
        read.append(str(version))
        return judged_files(version)

    monkeypatch.setattr(works.registry, "judged_files", told)
    monkeypatch.setattr(works.registry, "files", None)
    works.train(OTHER)
    assert read == ["BO1"]


def test_cross_validation_asks_every_listing_of_a_model_that_never_saw_it() -> None:
    listings = read_listings(CONTENT, MARKET)
    found = cross_validate(listings, MARKET, ["linear"])
    assert found["linear, four"]["rows"] == len(listings)
    assert found["linear, four"]["mdape_percent"] < 30


def test_made_up_listings_are_not_tried_against_a_production_of_real_ones(clock: Clock) -> None:
    works = Works(clock)
    works.publish(CONTENT, simulated=False)
    works.train(QUICK_BOOSTER)
    works.publish(CONTENT)
    with pytest.raises(Refused, match=r"made-up listings, BO1 from real ones.*--force"):
        works.train(QUICK_BOOSTER)


def test_a_model_says_the_share_that_it_was_asked_to_promise(works: Works) -> None:
    made = works.train(replace(QUICK_BOOSTER, coverage=0.9))
    predictor = load(works.registry.files(ModelVersion.parse(made.version)))
    assert predictor.estimate(Home("Hebbal", 1200.0, 2, 2)).coverage == 0.9
    assert made.metrics["coverage_percent"] > 84


def test_a_model_promises_and_may_cost_what_the_settings_say_where_nothing_else_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOMES_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("HOMES_COVERAGE", "0.9")
    monkeypatch.setenv("HOMES_MODEL_MB", "3")
    homes = bootstrap.load()
    publish_dataset(SourceFile(CONTENT, "x", simulated=True), homes)
    made = train(QUICK_BOOSTER, homes, lambda _: None)
    predictor = load(homes.registry.files(ModelVersion.parse(made.version)))
    assert predictor.estimate(Home("Hebbal", 1200.0, 2, 2)).coverage == 0.9
    monkeypatch.setenv("HOMES_MODEL_MB", "0.1")
    with pytest.raises(Refused, match=r"0\.1 MB are allowed"):
        train(replace(QUICK_BOOSTER, force=True), bootstrap.load(), print)


def test_a_model_over_its_budget_is_refused_whatever_the_force(works: Works) -> None:
    with pytest.raises(Refused, match=r"its files are .* MB are allowed.*HOMES_MODEL_MB"):
        works.train(replace(QUICK_BOOSTER, force=True), Budget(megabytes=0.1))
    with pytest.raises(Refused, match=r"us of processor time; 1 are allowed"):
        works.train(replace(QUICK_BOOSTER, force=True), Budget(estimate_us=1.0))


def test_a_model_that_is_not_served_as_it_was_learned_is_refused_whatever_the_force(
    works: Works,
) -> None:
    fine = {**RECIPES["gaussian_process"].quick, "house_rounds": 5.0, "spread_rounds": 5.0}
    coarse = {**fine, "basis_points": 15.0}
    with pytest.raises(Refused, match=r"gaussian_process as served differs .* more basis points"):
        works.train(TrainOrder("gaussian_process", parameters=coarse, force=True))
    assert not any(works.registry.versions(role) for role in Role)
    (told,) = (line for line in works.said if "as served differs" in line)
    assert re.fullmatch(r"four: gaussian_process as served differs by [\d.]+ in log price .*", told)
    assert works.train(TrainOrder("gaussian_process", parameters=fine)).version == "BO1"
    assert "as served differs by 0.0" in next(x for x in reversed(works.said) if "served" in x)
