"""Stage 6: use it: bundle, batch prediction, server, capture."""
