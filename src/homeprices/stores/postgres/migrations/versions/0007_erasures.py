"""That what was kept of a visitor is erased, and how much it was.

`visitor` is the sha256 of 128 random bits: it finds rows that come again, and tells nobody who.
"""

from alembic import op

revision = "0007"
down_revision = "0006"

UP = """
CREATE TABLE erasures (
    visitor      text NOT NULL,
    at           timestamp with time zone NOT NULL,
    actor        text NOT NULL,
    reason       text NOT NULL,
    predictions  bigint NOT NULL DEFAULT 0,
    feedback     bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (visitor, at)
);
"""

DOWN = "DROP TABLE erasures"


def upgrade() -> None:
    """Make the table."""
    op.execute(UP)


def downgrade() -> None:
    """Forget the log of erasures."""
    op.execute(DOWN)
