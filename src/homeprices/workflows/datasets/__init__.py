"""From a listing file to a published dataset."""
