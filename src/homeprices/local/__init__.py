"""The embedded stack: PostgreSQL, the services, router and page on one machine, no Docker."""
