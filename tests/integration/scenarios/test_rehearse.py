"""Rehearsed policies: what the tables say, who may decide, and what a crowd takes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from homeprices.domain.errors import Refused
from homeprices.domain.experiments import policy_file
from homeprices.domain.experiments.decision import Verdict
from homeprices.domain.experiments.policies import POLICIES
from homeprices.domain.requests.records import EvidenceTraffic
from homeprices.workflows.experiments import accept, policy_in_force, rehearse, simulated_trial
from homeprices.workflows.experiments.simulated_trial import Crowd, SimulatedTrial, Traffic
from support.fakes import MemoryHomes

EVIDENCE, COMPOSITE = (POLICIES[name].document for name in ("evidence", "composite"))
BUSY = Traffic(requests_an_hour=5000)
NOW = datetime(2026, 11, 20, tzinfo=UTC)
STRICT = replace(EVIDENCE, parameters={**EVIDENCE.parameters, "alpha": 0.01})


def rehearsed(
    policy=EVIDENCE, promoted: int = 0, runs: int = 100, promoted_at_reference: int = 0
) -> rehearse.RehearsalReport:
    none = rehearse.share(0, runs)
    equal, at_reference = (
        rehearse.CandidateTrials("equal", 1.0, rehearse.share(count, runs), none, none, None, None)
        for count in (promoted, promoted_at_reference)
    )
    config = rehearse.RehearsalConfig(policy, Traffic(), runs=runs)
    return rehearse.RehearsalReport(config, [equal], at_reference=at_reference)


@pytest.fixture
def homes() -> MemoryHomes:
    homes = MemoryHomes(lambda: NOW)
    homes.policy = "evidence"
    return homes


@pytest.fixture
def strict_file(tmp_path):
    path = tmp_path / "strict.toml"
    path.write_text('[policy]\nname = "evidence"\n[parameters]\nalpha = 0.01\n')
    return path


def test_a_trial_is_the_same_for_the_same_seed_and_another_for_another() -> None:
    trials = [SimulatedTrial(EVIDENCE, BUSY, 0.8, (seed,)) for seed in (1, 1, 2)]
    first, again, other = map(simulated_trial.play, trials)
    assert first == again
    assert first != other
    assert first.verdict is Verdict.PROMOTE
    assert first.prices == pytest.approx(15 * first.hours, rel=0.3)


def test_the_evidence_policy_tells_a_better_candidate_from_a_worse_one() -> None:
    config = rehearse.RehearsalConfig(
        EVIDENCE, BUSY, runs=6, candidates=("equal", "25 % worse", "20 % better")
    )
    equal, worse, better = rehearse.rehearse(config)
    assert (equal.promoted.value, worse.promoted.value, better.promoted.value) == (0, 0, 1)
    assert worse.rolled_back.value == 1
    assert better.hours.value == 24


def test_the_plain_rule_promotes_equal_candidates_and_is_undecided_on_others() -> None:
    config = rehearse.RehearsalConfig(COMPOSITE, Traffic(), runs=40, candidates=("equal",))
    (equal,) = rehearse.rehearse(config)
    assert 0.25 < equal.promoted.value < 0.75
    assert equal.promoted.value + equal.undecided.value == 1


def test_a_quiet_installation_is_told_that_nothing_can_decide() -> None:
    config = rehearse.RehearsalConfig(EVIDENCE, Traffic(20), runs=1, candidates=("equal",))
    lines = list(rehearse.RehearsalReport(config, rehearse.rehearse(config)).lines())
    assert any("no valid policy sees" in line for line in lines)


def test_a_crowd_of_few_networks_moves_nothing_and_one_of_many_does() -> None:
    few, many = (
        simulated_trial.play(
            SimulatedTrial(EVIDENCE, Traffic(), 1.0, (1,), Crowd(networks, 2, is_for=True))
        )
        for networks in (9, 100)
    )
    assert few.verdict is not Verdict.PROMOTE
    assert many.verdict is Verdict.PROMOTE


def test_the_cheapest_crowd_of_the_grid_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rehearse, "CROWDS_EACH", 1)

    def play_all(_, trials):
        sizes = [trial.crowd.networks * trial.crowd.days for trial in trials]
        wanted = Verdict.PROMOTE if trials[0].crowd.is_for else Verdict.CONTINUE
        moved = [wanted if size >= 60 else Verdict.CONTINUE for size in sizes]
        return [simulated_trial.TrialOutcome(verdict, 24, 1) for verdict in moved]

    promote, roll_back = rehearse.crowd_costs(
        rehearse.RehearsalConfig(EVIDENCE, Traffic()), play_all
    )
    assert (promote.networks, promote.days) == (20, 3)
    assert (roll_back.networks, roll_back.days) == (None, None)


def test_processes_give_what_one_gives() -> None:
    config = rehearse.RehearsalConfig(COMPOSITE, Traffic(), runs=3, candidates=("equal",))
    with rehearse.in_processes(1) as play_all:
        assert rehearse.rehearse(config, play_all) == rehearse.rehearse(config)


def test_figures_of_nothing_and_of_something() -> None:
    assert rehearse.median([]) is None
    assert rehearse.median([7]) == rehearse.Measured(7, 0)
    assert rehearse.share(0, 99).error > 0


class SeenTraffic:
    def __init__(self, requests: int, *, hours: float = 168, prices: int = 0) -> None:
        first_at = NOW - timedelta(hours=hours)
        self.traffic = EvidenceTraffic(first_at, requests, opinions=168 - prices, prices=prices)

    def evidence_traffic(self, _since: datetime, _cap: int) -> EvidenceTraffic:
        return self.traffic


def test_traffic_is_read_from_the_week_before() -> None:
    seen = rehearse.seen_traffic(SeenTraffic(1680, prices=42), NOW, 0.3)
    assert seen == Traffic(requests_an_hour=10, reports=0.1, prices=0.25, share=0.3)


@pytest.mark.parametrize(("hours", "an_hour"), [(0.25, 1680), (16, 105), (400, 10)])
def test_traffic_is_counted_by_the_hours_that_there_is_any(hours, an_hour) -> None:
    seen = rehearse.seen_traffic(SeenTraffic(1680, hours=hours), NOW, 0.3)
    assert seen.requests_an_hour == an_hour


def test_of_too_little_traffic_nothing_is_read() -> None:
    assert rehearse.seen_traffic(SeenTraffic(99), NOW, 0.3) is None


def test_a_policy_that_was_not_rehearsed_may_not_decide(homes, strict_file) -> None:
    homes.policy_file = strict_file
    with pytest.raises(Refused, match=f"homes experiment rehearse --policy {strict_file}"):
        policy_in_force.policy_in_force(homes)
    accepted = accept.accept(homes, rehearsed(STRICT), is_forced=False)
    assert accepted.digest == policy_file.digest(STRICT)
    assert policy_in_force.policy_in_force(homes) == STRICT
    assert homes.accepted_policies.find(accepted.digest) == accepted


def test_a_policy_that_promotes_too_many_is_accepted_by_force_alone(homes, strict_file) -> None:
    bad = rehearsed(STRICT, promoted=20)
    with pytest.raises(Refused, match=r"promotes 20.0% .* by --force"):
        accept.accept(homes, bad, is_forced=False)
    assert accept.accept(homes, bad, is_forced=True).is_forced


def test_a_policy_that_looks_harmless_where_nothing_is_reported_is_not_accepted(homes) -> None:
    loose = {"alpha": 0.5, "margin": 0.0, "min_hours": 0.0, "min_labels": 0.0}
    alone = {"min_candidate_requests": 0.0, "weightiest_networks": 0.0, "deadline_hours": 24.0}
    policy = replace(EVIDENCE, parameters={**EVIDENCE.parameters, **loose, **alone})
    quiet = Traffic(requests_an_hour=0.1, reports=0)
    config = rehearse.RehearsalConfig(policy, quiet, runs=100, candidates=("equal",))
    reference = rehearse.equal_at_reference(config)
    report = rehearse.RehearsalReport(config, rehearse.rehearse(config), (), reference)
    assert report.equal_promoted.value == 0
    assert any("500 requests an hour, reports on 10.0%" in line for line in report.lines())
    with pytest.raises(Refused, match=r"no better at 500 requests an hour, reports on 10\.0%"):
        accept.accept(homes, report, is_forced=False)
    unplayed = replace(report, at_reference=None)
    with pytest.raises(Refused, match="nothing was played at the traffic of reference"):
        accept.accept(homes, unplayed, is_forced=False)


def test_both_figures_are_kept_with_a_policy_that_is_accepted(homes) -> None:
    record = accept.accept(homes, rehearsed(STRICT, 3, promoted_at_reference=5), is_forced=False)
    assert (record.equal_promoted, record.equal_promoted_at_reference) == (0.03, 0.05)
    assert homes.accepted_policies.find(record.digest) == record


def test_a_crowd_brings_the_requests_that_its_reports_are_on() -> None:
    quiet = Traffic(requests_an_hour=0.1, reports=0)
    crowd = Crowd(40, 7, is_for=True)
    moved = simulated_trial.play(SimulatedTrial(EVIDENCE, quiet, 1.0, (1,), crowd))
    assert moved.verdict is Verdict.PROMOTE


def test_five_per_cent_by_luck_is_not_held_against_a_policy(homes) -> None:
    assert accept.accept(homes, rehearsed(STRICT, promoted=7), is_forced=False)


def test_a_few_trials_are_not_enough(homes) -> None:
    with pytest.raises(Refused, match="--runs 100 or more"):
        accept.accept(homes, rehearsed(STRICT, runs=99), is_forced=False)


@pytest.mark.parametrize("policy", [EVIDENCE, COMPOSITE])
def test_a_built_in_policy_needs_no_record(homes, policy) -> None:
    assert accept.accept(homes, rehearsed(policy, promoted=50), is_forced=False) is None


def test_a_file_is_of_the_policy_that_is_set(homes, strict_file) -> None:
    homes.policy, homes.policy_file = "composite", strict_file
    with pytest.raises(Refused, match="set HOMES_POLICY=evidence"):
        policy_in_force.policy_in_force(homes)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, r"file\.toml cannot be read: No such file"),
        (b"broken = [", "no TOML"),
        (b"\xff\xfe", "no text in UTF-8"),
        (b'[policy]\nname = "coin"', "policy.name must be"),
    ],
)
def test_a_file_of_no_use_is_refused_and_what_is_wrong_is_told(
    homes, tmp_path, content, words
) -> None:
    homes.policy_file = tmp_path / "file.toml"
    if content is not None:
        homes.policy_file.write_bytes(content)
    with pytest.raises(Refused, match=words):
        policy_in_force.policy_in_force(homes)


def test_what_is_rehearsed_is_named_by_file_or_name_else_what_is_set(homes, strict_file) -> None:
    assert policy_in_force.policy_to_rehearse(homes, None) == EVIDENCE
    assert policy_in_force.policy_to_rehearse(homes, "composite") == COMPOSITE
    assert policy_in_force.policy_to_rehearse(homes, str(strict_file)) == STRICT
    homes.policy_file = strict_file
    assert policy_in_force.policy_to_rehearse(homes, None) == STRICT


@pytest.mark.timeout(1200)
def test_ten_thousand_looks_at_equal_models_promote_at_most_five_of_a_hundred(scale) -> None:
    """Nothing but the e-value of "better" may end these trials, and no margin is asked for."""
    hours = scale(1_500, 10_000)
    endless = dict.fromkeys(["futility_at", "harm_at", "bad_ratings_at"], 1e300)
    alone = {"deadline_hours": hours, "margin": 0.0, "composite_margin": 0.0, **endless}
    policy = replace(EVIDENCE, parameters={**EVIDENCE.parameters, **alone})
    traffic = Traffic(requests_an_hour=50, reports=0.1)
    runs = scale(2, 80)
    ends = [
        simulated_trial.play(SimulatedTrial(policy, traffic, 1.0, (seed,))) for seed in range(runs)
    ]
    promoted = [end for end in ends if end.verdict is Verdict.PROMOTE]
    assert all(end.hours == hours for end in ends if end not in promoted)
    assert len(promoted) <= runs * 0.05 + 3 * (runs * 0.05 * 0.95) ** 0.5
    better = SimulatedTrial(policy, traffic, 0.8, (0,))
    assert simulated_trial.play(better).verdict is Verdict.PROMOTE
