"""Predictions by month, so that old ones go at no cost; what the daily drift watch has seen.

The rows there are stay where they are: their table becomes the partition of
everything that has no month of its own.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
# No release before it wrote to these tables.
contract_of = "0.1.0"

UP = """
ALTER TABLE predictions RENAME TO predictions_default;
ALTER TABLE predictions_default DROP CONSTRAINT predictions_pkey;
ALTER TABLE predictions_default ADD CONSTRAINT predictions_default_pkey PRIMARY KEY (id, at);
ALTER INDEX predictions_by_time RENAME TO predictions_default_by_time;
ALTER INDEX predictions_by_version RENAME TO predictions_default_by_version;

CREATE TABLE predictions (LIKE predictions_default INCLUDING DEFAULTS INCLUDING CONSTRAINTS)
    PARTITION BY RANGE (at);
ALTER TABLE predictions ADD CONSTRAINT predictions_pkey PRIMARY KEY (id, at);
CREATE INDEX predictions_by_time ON predictions (at);
CREATE INDEX predictions_by_version ON predictions (model_version, at);
ALTER TABLE predictions ATTACH PARTITION predictions_default DEFAULT;

CREATE TABLE drift_reports (
    day       date PRIMARY KEY,
    at        timestamptz NOT NULL,
    detected  boolean NOT NULL,
    report    jsonb NOT NULL
);
"""

DOWN = """
DROP TABLE drift_reports;

ALTER TABLE predictions RENAME TO predictions_by_month;
ALTER TABLE predictions_by_month DROP CONSTRAINT predictions_pkey;
DROP INDEX predictions_by_time, predictions_by_version;
CREATE TABLE predictions (LIKE predictions_by_month INCLUDING DEFAULTS INCLUDING CONSTRAINTS);
INSERT INTO predictions SELECT * FROM predictions_by_month;
DROP TABLE predictions_by_month;
ALTER TABLE predictions ADD CONSTRAINT predictions_pkey PRIMARY KEY (id);
CREATE INDEX predictions_by_time ON predictions (at);
CREATE INDEX predictions_by_version ON predictions (model_version, at);
"""


def upgrade() -> None:
    """Divide the table, copying nothing."""
    op.execute(UP)


def downgrade() -> None:
    """Put all rows back in one table; the drift reports go."""
    op.execute(DOWN)
