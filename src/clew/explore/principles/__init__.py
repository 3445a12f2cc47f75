"""Is this data set good for its purpose? Four principles, each 0 to 1 from named sub-scores with their evidence.

Relevance: do the features say something about the target? Diversity: is everything there that may come? Completeness:
is anything missing? Accuracy: is what is there right? Each flaw is counted once.
"""
