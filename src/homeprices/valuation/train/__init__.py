"""From listings to the files of a model."""
