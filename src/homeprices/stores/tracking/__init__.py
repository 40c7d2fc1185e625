"""The tracking server: what it is told of each training."""
