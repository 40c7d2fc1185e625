"""Whether what visitors ask about has moved away from the listings."""
