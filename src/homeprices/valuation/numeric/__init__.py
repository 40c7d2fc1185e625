"""Arithmetic that learning, pricing and explaining share."""
