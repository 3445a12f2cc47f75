"""Stage 2: rows come in, typed, versioned, joined and split."""
