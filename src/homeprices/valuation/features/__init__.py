"""What a model sees of a home: the features, their sets, and the clipped area."""
