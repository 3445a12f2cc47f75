"""Tuning: the hyperparameters of an algorithm, and the options of a recipe, by a named strategy."""
