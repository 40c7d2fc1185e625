"""What visitors ask and tell, how it is read, and the rows that are kept of it."""
