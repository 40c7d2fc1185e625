"""Bangalore Home Prices: keeps a home-price model honest in production."""

__version__ = "0.1.0"
