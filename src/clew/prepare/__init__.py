"""Stage 3b: make the rows usable: one recipe for training, batch and one row."""
