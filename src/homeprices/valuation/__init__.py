"""What a home is worth: recipes that learn it, and the models they make."""
