"""Stage 3a: what is in the rows."""
