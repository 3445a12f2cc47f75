"""A fitted recipe as code that runs without Clew: Polars, SQL, a notebook."""
