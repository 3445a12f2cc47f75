"""From finished trials to the model: chosen, fitted to all rows, judged, told."""
