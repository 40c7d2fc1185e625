"""Predictions, feedback, decisions."""

from alembic import op

revision = "0001"
down_revision = None

UP = """
CREATE TABLE predictions (
    id             uuid PRIMARY KEY,
    at             timestamptz NOT NULL,
    slot           text NOT NULL CHECK (slot IN ('production', 'candidate')),
    model_version  text,
    status         smallint NOT NULL,
    latency_ms     double precision NOT NULL,
    visitor        text,
    signed         boolean NOT NULL,
    address_hash   text,
    network_hash   text,
    assigned_arm   text,
    experiment     text,
    inputs         jsonb NOT NULL,
    locality       text,
    area           double precision,
    bedrooms       integer,
    bathrooms      integer,
    price          double precision,
    low            double precision,
    high           double precision
);
CREATE INDEX predictions_by_time ON predictions (at);
CREATE INDEX predictions_by_version ON predictions (model_version, at);

CREATE TABLE feedback (
    id             text PRIMARY KEY,
    at             timestamptz NOT NULL,
    prediction_id  uuid NOT NULL,
    type           text NOT NULL
                   CHECK (type IN ('rating', 'accurate', 'too_high', 'too_low', 'actual_price')),
    value          double precision,
    text           text,
    sold_on        date,
    price_source   text,
    visitor        text,
    signed         boolean NOT NULL,
    address_hash   text,
    network_hash   text
);
CREATE INDEX feedback_by_time ON feedback (at);
CREATE INDEX feedback_by_prediction ON feedback (prediction_id, at);

CREATE TABLE decisions (
    number         integer PRIMARY KEY,
    at             timestamptz NOT NULL,
    verdict        text NOT NULL,
    actor          text NOT NULL,
    experiment     text,
    subject        text,
    before         text,
    after          text,
    reasons        text[] NOT NULL,
    figures        jsonb NOT NULL,
    undo           text,
    undoes         integer UNIQUE REFERENCES decisions,
    asks_training  boolean NOT NULL,
    done           boolean NOT NULL
);
"""


def upgrade() -> None:
    """Make the tables."""
    op.execute(UP)


def downgrade() -> None:
    """Drop the tables with all rows."""
    op.execute("DROP TABLE decisions, feedback, predictions")
