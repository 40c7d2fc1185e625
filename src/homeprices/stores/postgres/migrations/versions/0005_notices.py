"""What people are told, once for each event and channel."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the outbox."""
    op.execute("""
        CREATE TABLE notices (
            event    text NOT NULL,
            channel  text NOT NULL,
            title    text NOT NULL,
            body     text NOT NULL,
            at       timestamptz NOT NULL,
            sent_at  timestamptz,
            attempts integer NOT NULL DEFAULT 0,
            error    text,
            PRIMARY KEY (event, channel)
        )
    """)


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP TABLE notices")
