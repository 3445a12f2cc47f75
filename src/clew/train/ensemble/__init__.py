"""How several models answer together, and how good that is."""
