"""The tracking server: what it keeps of each training."""
