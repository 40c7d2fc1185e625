"""What is kept in PostgreSQL: one table or two a file, SQL written as SQL."""
