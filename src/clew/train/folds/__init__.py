"""The rows of a search: those that teach, those that judge, and the matrix of each fold."""
