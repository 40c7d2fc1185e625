"""Feedback may be a comment: kept, and no evidence."""

from alembic import op

revision = "0004"
down_revision = "0003"
# No release before it wrote to these tables.
contract_of = "0.1.0"

TYPES = "'rating', 'accurate', 'too_high', 'too_low', 'actual_price'"


def upgrade() -> None:
    """Let a comment in."""
    _allow(f"{TYPES}, 'comment'")


def downgrade() -> None:
    """Keep comments out again; those that are kept go."""
    op.execute("DELETE FROM feedback WHERE type = 'comment'")
    _allow(TYPES)


def _allow(types: str) -> None:
    op.execute("ALTER TABLE feedback DROP CONSTRAINT feedback_type_check")
    op.execute(f"ALTER TABLE feedback ADD CONSTRAINT feedback_type_check CHECK (type IN ({types}))")
