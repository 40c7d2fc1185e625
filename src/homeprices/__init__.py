"""Bangalore Home Prices: keeps a home-price model honest in production."""
