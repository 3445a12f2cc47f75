"""The command line over project; no logic."""
