"""Listings as files: read, cleaned, described, split, simulated."""
