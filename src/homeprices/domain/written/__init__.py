"""What people write, read as values: text made plain, and the facts of a home."""
