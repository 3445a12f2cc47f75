"""The steps of a recipe, one family a file."""
