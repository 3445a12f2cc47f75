"""How each metric is computed, once, for a table and for all its resamples.

A *statistic* holds what can be worked out from the rows alone (sorted scores, losses, label codes). Called with weights
of shape (b, n), it returns b figures: with the rows' own weights the metric itself, with those weights times the counts
of a resample its bootstrap replicate. One implementation serves both, so an interval can never disagree with its value.
"""
