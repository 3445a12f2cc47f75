"""The one composer of the stages: configuration, runs, resuming."""
