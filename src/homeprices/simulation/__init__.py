"""A month of the loop on a stack of its own, beside the truth that nothing else knows."""
