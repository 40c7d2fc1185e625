"""What evaluations remember of single sessions and networks, by the name of an evaluation's scope.

`evidence_units` are the prices and ratings that count: of a price the absolute log errors of
both models, of a rating its score under the arm that it is about.
"""

from alembic import op

revision = "0006"
down_revision = "0005"

UP = """
CREATE TABLE evidence_seen (
    ledger  text NOT NULL,
    what    text NOT NULL,
    whose   text NOT NULL,
    PRIMARY KEY (ledger, what, whose)
);
CREATE TABLE evidence_counts (
    ledger  text NOT NULL,
    what    text NOT NULL,
    whose   text NOT NULL,
    count   bigint NOT NULL,
    PRIMARY KEY (ledger, what, whose)
);
CREATE TABLE evidence_units (
    ledger      text NOT NULL,
    kind        text NOT NULL,
    number      bigint NOT NULL,
    network     text NOT NULL,
    production  double precision,
    candidate   double precision,
    PRIMARY KEY (ledger, kind, number)
);
"""

DOWN = "DROP TABLE evidence_seen, evidence_counts, evidence_units"


def upgrade() -> None:
    """Make the three tables."""
    op.execute(UP)


def downgrade() -> None:
    """Forget it: an experiment that is open would count its sessions again."""
    op.execute(DOWN)
