"""Stage 4: learn."""
