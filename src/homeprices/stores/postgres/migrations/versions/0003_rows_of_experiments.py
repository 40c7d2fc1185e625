"""What a request row needs for experiments and for several models; the order in which rows arrive.

All new columns are empty in the rows there are and in those of a service of the
release before, whose writes name their columns. `arrival` numbers rows as they
are stored, across both tables, so that evidence is read once and in that order:
rows without a number came before all others.
"""

from alembic import op

revision = "0003"
down_revision = "0002"
# No release before it wrote to these tables.
contract_of = "0.1.0"

UP = """
ALTER TABLE predictions
    ADD COLUMN client_name      text,
    ADD COLUMN served_arm       text,
    ADD COLUMN feature_version  text,
    ADD COLUMN price_production double precision,
    ADD COLUMN price_candidate  double precision,
    ADD COLUMN arrival          bigint,
    ALTER COLUMN bathrooms      TYPE double precision;
ALTER TABLE feedback
    ADD COLUMN assigned_arm     text,
    ADD COLUMN experiment       text,
    ADD COLUMN client_name      text,
    ADD COLUMN arrival          bigint;

CREATE SEQUENCE arrivals;
ALTER TABLE predictions ALTER COLUMN arrival SET DEFAULT nextval('arrivals');
ALTER TABLE feedback ALTER COLUMN arrival SET DEFAULT nextval('arrivals');
CREATE INDEX predictions_by_arrival ON predictions (arrival) WHERE arrival IS NOT NULL;
CREATE INDEX feedback_by_arrival ON feedback (arrival) WHERE arrival IS NOT NULL;

CREATE TABLE experiment_states (
    experiment  text PRIMARY KEY,
    policy      text NOT NULL,
    watermark   bigint NOT NULL,
    at          timestamptz NOT NULL,
    state       jsonb NOT NULL
);
"""

DOWN = """
DROP TABLE experiment_states;
DROP INDEX predictions_by_arrival, feedback_by_arrival;
ALTER TABLE predictions
    DROP COLUMN client_name, DROP COLUMN served_arm, DROP COLUMN feature_version,
    DROP COLUMN price_production, DROP COLUMN price_candidate, DROP COLUMN arrival,
    ALTER COLUMN bathrooms TYPE integer;
ALTER TABLE feedback
    DROP COLUMN assigned_arm, DROP COLUMN experiment, DROP COLUMN client_name, DROP COLUMN arrival;
DROP SEQUENCE arrivals;
"""


def upgrade() -> None:
    """Add the columns; predictions are written anew, since bathrooms may be halves."""
    op.execute(UP)


def downgrade() -> None:
    """Drop them with what they hold."""
    op.execute(DOWN)
