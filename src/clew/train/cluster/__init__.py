"""Clustering: groups of rows that are alike, how many there are, and what sets each apart."""
