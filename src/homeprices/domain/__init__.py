"""The nouns and rules of the market, in the standard library and numpy alone."""
