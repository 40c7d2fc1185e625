"""Migrations expand; what takes something away is the contract step of a release that is named."""

import pytest

from support.migrations import RELEASE, breaks, contract_of, migrations, upgrade_sql

MIGRATIONS = migrations()


def test_they_are_one_chain() -> None:
    before = [None, *(migration.revision for migration in MIGRATIONS)]
    assert [migration.down_revision for migration in MIGRATIONS] == before[:-1]


@pytest.mark.parametrize("migration", MIGRATIONS, ids=lambda migration: migration.revision)
def test_an_older_service_survives_it_or_a_release_is_named(migration) -> None:
    problems = breaks(upgrade_sql(migration))
    release = contract_of(migration)
    if release is None:
        assert problems == [], "expand first: docs/how-to/upgrade.md"
    else:
        assert RELEASE.fullmatch(release)
        assert problems, f"{migration.revision} takes nothing away: it is no contract step"


@pytest.mark.parametrize(
    ("sql", "word"),
    [
        ("ALTER TABLE predictions DROP COLUMN zone", "drops a column"),
        ("ALTER TABLE predictions RENAME COLUMN zone TO part", "renames"),
        ("ALTER TABLE predictions RENAME TO requests", "renames"),
        ("ALTER TABLE predictions ADD COLUMN a text, ADD COLUMN b text NOT NULL", "value of b"),
        ("ALTER TABLE feedback ADD COLUMN tries integer NOT NULL DEFAULT 0", "value of tries"),
        ("ALTER TABLE predictions ALTER COLUMN area TYPE integer", "changes the type"),
        ("ALTER TABLE predictions ALTER COLUMN zone SET NOT NULL", "may not write"),
        ("ALTER TABLE predictions ALTER COLUMN arrival DROP DEFAULT", "does not write"),
        ("ALTER TABLE predictions ADD CONSTRAINT c CHECK (price > 0)", "refuses what was"),
        ("CREATE UNIQUE INDEX u ON feedback (prediction_id)", "refuses what was accepted"),
        ("DROP TABLE notices", "drops a table"),
        ("DELETE FROM feedback", "takes rows away"),
        ("CREATE TABLE a (b text);\nALTER TABLE feedback DROP COLUMN text", "drops a column"),
        ("alter table feedback drop column text", "drops a column"),
    ],
)
def test_what_an_older_service_does_not_survive_is_seen(sql: str, word: str) -> None:
    assert word in "\n".join(breaks(sql))


@pytest.mark.parametrize(
    "sql",
    [
        "ALTER TABLE predictions ADD COLUMN zone text",
        "ALTER TABLE predictions ADD COLUMN tries integer DEFAULT 0",
        "CREATE TABLE a (b text NOT NULL);\nALTER TABLE a ADD CONSTRAINT c UNIQUE (b)",
        "CREATE INDEX i ON predictions (zone)",
        "ALTER TABLE predictions ALTER COLUMN zone DROP NOT NULL",
        "ALTER TABLE predictions ALTER COLUMN zone SET DEFAULT 'x'",
    ],
)
def test_what_only_adds_is_allowed(sql: str) -> None:
    assert breaks(sql) == []
