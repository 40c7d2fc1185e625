"""From a locality as people write it to the place that the model knows."""
