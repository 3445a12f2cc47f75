"""The algorithms, one family a file."""
