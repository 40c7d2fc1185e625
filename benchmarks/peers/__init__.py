"""What people would serve the same model with, a page each, and what measures them."""

CONNECTIONS = 16
