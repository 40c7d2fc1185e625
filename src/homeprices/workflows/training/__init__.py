"""From a dataset to a published candidate."""
