"""The search: what is tried, in which order, for how long, and who is out."""
