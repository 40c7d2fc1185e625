"""In which part of the market a home is: of every request, and of every price that counts.

Rows of the time before are in no zone.
"""

from alembic import op

revision = "0008"
down_revision = "0007"

UP = """
ALTER TABLE predictions ADD COLUMN zone text;
ALTER TABLE evidence_units ADD COLUMN zone text;
"""

DOWN = """
ALTER TABLE evidence_units DROP COLUMN zone;
ALTER TABLE predictions DROP COLUMN zone;
"""


def upgrade() -> None:
    """Add the column to both."""
    op.execute(UP)


def downgrade() -> None:
    """Forget it: an experiment that is open would be reported as a whole alone."""
    op.execute(DOWN)
