"""The web studio: pages over project; no logic."""
