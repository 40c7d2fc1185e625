"""That what was kept of a visitor is erased, and how much it was; not who they were."""

from alembic import op

revision = "0007"
down_revision = "0006"

UP = """
CREATE TABLE erasures (
    at           timestamp with time zone NOT NULL,
    actor        text NOT NULL,
    reason       text NOT NULL,
    predictions  bigint NOT NULL,
    feedback     bigint NOT NULL
);
"""

DOWN = "DROP TABLE erasures"


def upgrade() -> None:
    """Make the table."""
    op.execute(UP)


def downgrade() -> None:
    """Forget the log of erasures."""
    op.execute(DOWN)
