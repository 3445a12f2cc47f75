"""Tables in the order of time: gaps, repeated moments, and values that a season and a trend do not explain."""
