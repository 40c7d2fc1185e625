"""From anything that was made, back to its source and on to what came of it."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from conftest import StoppedClock
from homeprices import markets
from homeprices.cli.lineage import lineage_tree
from homeprices.domain.drift import Profile
from homeprices.domain.errors import NotFound, Unavailable, Unreadable
from homeprices.domain.lineage import Branch, Lineage, NodeKind
from homeprices.domain.manifest import DatasetManifest
from homeprices.domain.requests.records import Client, PredictionRecord
from homeprices.domain.versions import DecisionId, ModelVersion, Role
from homeprices.reports.archive import Archive, DatabaseLogs
from homeprices.reports.lineage import lineage
from homeprices.wording.speech import Speech
from homeprices.workflows.experiments.decide import decide
from homeprices.workflows.experiments.roll_back import roll_back
from homeprices.workflows.experiments.start import open_next_experiment
from homeprices.workflows.experiments.undo import undo
from support.fakes import MemoryAnswers, MemoryHomes, describe
from support.service import prediction

UUID = "01900000-0000-7000-8000-000000000001"
BY = {"actor": "test", "reason": "because"}


@pytest.fixture
def answers() -> MemoryAnswers:
    return MemoryAnswers()


@pytest.fixture
def story(homes: MemoryHomes, clock: StoppedClock) -> MemoryHomes:
    """BO2 in production: trained as CO1 on V1, tried in E1, promoted by D-0001."""

    def manifest(version, files) -> DatasetManifest:
        return DatasetManifest(
            version=str(version),
            market="bangalore",
            source="listings.csv",
            simulated=False,
            rows=9012,
            rejected={"no price": 3},
            created_at=clock().isoformat(),
            files=files,
            profile=Profile({}, {}),
        )

    homes.datasets.publish(
        lambda version: {f"train_{version}.csv": b"listings"}, manifest, "a digest"
    )
    homes.registry.publish(
        Role.CANDIDATE,
        {"model.json": b"better"},
        lambda version, files: replace(
            describe(version, files), metrics={"mdape_percent": 15.2}, order="weekly-2026-11-02"
        ),
    )
    homes.objects.create(
        "models/price_check_CO1/tracked.json", b'{"run_id": "a1b2", "tracked_at": ""}'
    )
    open_next_experiment(homes)
    clock.advance(hours=26)
    homes.decision_units.candidate = {"mean_rating": 4.9}
    decide(homes)
    return homes


@pytest.fixture
def archive(story: MemoryHomes, answers: MemoryAnswers) -> Archive:
    return archive_of(story, DatabaseLogs(story.decisions, answers))


def archive_of(homes: MemoryHomes, logs: DatabaseLogs | None) -> Archive:
    return Archive(homes.registry, homes.experiments, homes.datasets, logs)


def names(branches: list[Branch]) -> set[str]:
    """Every node under `branches`."""
    below = (names(branch.branches) for branch in branches)
    return {branch.node.id for branch in branches}.union(*below)


def came_from(found: Lineage) -> set[str]:
    return names(found.came_from)


def test_production_is_told_as_a_story(archive: Archive, answers: MemoryAnswers) -> None:
    answers.rows[UUID] = answered("BO2")
    assert said(lineage("bo2", archive)).splitlines() == [
        "BO2  in production since 2026-11-03 11:00Z, median error 15.2 %",
        "  by D-0001  PROMOTE (policy, 2026-11-03 11:00Z): "
        + archive.decisions["D-0001"].reasons[0],
        "    on the evidence of E1  CO1 against BO1 for 20% of visitors from 2026-11-02 09:00Z, "
        "policy composite, ended at 2026-11-03 11:00Z: PROMOTE",
        "  copied from CO1  booster trained at 2026-11-02 09:00Z, median error 15.2 %",
        "    trained on V1  9,012 listings, 3 rejected, published at 2026-11-02 09:00Z, sha256 "
        + archive.datasets.latest().files["train_V1.csv"].sha256[:12]
        + "…",
        "      made of listings.csv",
        "    tracked as a1b2 in MLflow",
        "    asked for by weekly-2026-11-02",
        "since then",
        "  answered 1 request at 2026-11-03 12:00Z",
    ]


def answered(version: str | None, **facts: object) -> PredictionRecord:
    at = datetime(2026, 11, 3, 12, tzinfo=UTC).timestamp()
    return prediction(1, at=at, model_version=version, **facts)


def said(found: Lineage) -> str:
    return lineage_tree(found, Speech(markets.load("bangalore")))


def test_an_estimate_leads_to_the_file_its_model_has_learned_from(
    archive: Archive, answers: MemoryAnswers
) -> None:
    answers.rows[UUID] = answered("CO1", caller=Client(experiment="E1", assigned_arm="candidate"))
    for name in (UUID, f"{UUID}-0123456789ab"):
        found = lineage(name, archive)
        assert found.of.kind is NodeKind.ESTIMATE
        assert came_from(found) == {"CO1", "V1", "listings.csv", "a1b2", "weekly-2026-11-02", "E1"}
    assert "₹ 75 lakh, between ₹ 70 lakh and ₹ 80 lakh, in Hebbal at 2026-11-03 12:00Z" in said(
        found
    )


def test_an_estimate_that_was_refused_has_no_model(
    archive: Archive, answers: MemoryAnswers
) -> None:
    answers.rows[UUID] = answered(None, price=None)
    assert "refused at 2026-11-03 12:00Z" in said(lineage(UUID, archive))


def test_a_candidate_leads_to_its_trials_and_copies(archive: Archive) -> None:
    found = lineage("CO1", archive)
    assert [(b.relation, b.node.id, names(b.branches)) for b in found.came_of_it] == [
        ("on trial in", "E1", {"D-0001"}),
        ("copied to", "BO2", {"D-0001"}),
    ]


def test_a_dataset_leads_to_the_models_trained_on_it_and_not_to_their_copies(
    archive: Archive,
) -> None:
    found = lineage("V1", archive)
    assert came_from(found) == {"listings.csv"}
    assert names(found.came_of_it) == {"CO1", "BO1"}
    assert found.left_out == []


def test_a_trial_leads_to_both_its_models_and_its_end(archive: Archive) -> None:
    found = lineage("E1", archive)
    assert [branch.node.id for branch in found.came_from] == ["CO1", "BO1"]
    assert names(found.came_of_it) == {"D-0001"}


def test_a_decision_leads_to_its_trial_and_what_it_made(
    archive: Archive, homes: MemoryHomes
) -> None:
    undo(homes, DecisionId(1), **BY)
    found = lineage("D-0001", archive)
    assert {"E1", "CO1", "V1"} <= came_from(found)
    assert [(b.relation, b.node.id) for b in found.came_of_it] == [
        ("made", "BO2"),
        ("undone by", "D-0002"),
    ]
    undone = lineage("D-0002", archive)
    assert {branch.relation: branch.node.id for branch in undone.came_from} == {
        "about": "BO1",
        "undoes": "D-0001",
    }
    assert names(undone.came_of_it) == {"BO3"}
    assert lineage("BO2", archive).of.facts["replaced_at"] is not None


def test_a_candidate_that_lost_says_so(archive: Archive, homes: MemoryHomes, candidate) -> None:
    candidate(b"worse")
    open_next_experiment(homes)
    roll_back(homes, ModelVersion.parse("CO2"), **BY)
    assert "retired at 2026-11-03 11:00Z" in said(lineage("CO2", archive))


def test_with_postgresql_away_the_object_store_tells_its_part(
    story: MemoryHomes, answers: MemoryAnswers
) -> None:
    class Away(type(story.decisions)):
        def latest(self, limit: int = 20):
            raise Unavailable("PostgreSQL does not answer")

    answers.away = True
    archive = archive_of(story, DatabaseLogs(Away(), answers))
    found = lineage("BO2", archive)
    assert found.left_out == ["decisions and estimates are not shown: PostgreSQL does not answer"]
    assert came_from(found) == {"D-0001", "E1", "CO1", "V1", "listings.csv", "a1b2"} | {
        "weekly-2026-11-02"
    }
    assert said(found).splitlines()[-1] == found.left_out[0]
    assert names(lineage("D-0001", archive).came_of_it) == {"BO2"}
    for unknown in (UUID, "D-0009"):
        with pytest.raises(Unavailable, match="PostgreSQL does not answer"):
            lineage(unknown, archive)


def test_without_a_postgresql_it_is_said(story: MemoryHomes) -> None:
    found = lineage("BO2", archive_of(story, None))
    assert found.left_out == ["decisions and estimates are not shown: no PostgreSQL is known"]


@pytest.mark.parametrize("of", ["BO9", "CO9", "V9", "E9", "D-0009", UUID])
def test_what_does_not_exist_is_named(archive: Archive, of: str) -> None:
    with pytest.raises(NotFound, match=of):
        lineage(of, archive)


def test_what_has_no_lineage_is_refused_with_what_has(archive: Archive) -> None:
    with pytest.raises(Unreadable, match=r"of BO2, CO3, V1, E2, D-0007 .*; got 'Hebbal'"):
        lineage("Hebbal", archive)
