"""Sections of the page of a profile, one a file."""
