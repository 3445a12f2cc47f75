"""Stage 7: watch it."""
