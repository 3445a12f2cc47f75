"""Changing a YAML text where it has to change, and nowhere else."""
