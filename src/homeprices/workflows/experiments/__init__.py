"""From a candidate to a decision, and to what follows from it."""
