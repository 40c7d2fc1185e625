"""The rules of an experiment: what was shown, what follows from it, and what was done."""
