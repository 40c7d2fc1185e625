"""When a notice was last tried, so that many commands in an hour try it once."""

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add the moment; what waits now is due at once."""
    op.execute("ALTER TABLE notices ADD COLUMN tried_at timestamptz")


def downgrade() -> None:
    """Forget it."""
    op.execute("ALTER TABLE notices DROP COLUMN tried_at")
