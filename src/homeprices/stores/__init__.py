"""Where bytes and rows are kept: objects, versions, PostgreSQL, the spool. Knows no model."""
