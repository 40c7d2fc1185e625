"""Prices many homes in one request: the body is kept in a file, its rows are answered in turn."""
