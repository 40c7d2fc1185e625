"""Estimates by the file, and estimates of the past."""
