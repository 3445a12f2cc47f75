"""Stage 5: is it good, why, and how sure are we."""
