"""Stage 1: what is to be decided, and what the field knows."""
