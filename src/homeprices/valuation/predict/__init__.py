"""A loaded model: from a home to its price and range. Imports no trainer."""
