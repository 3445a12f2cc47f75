"""The findings, one family a file; `clew.explore.quality` and `clew.explore.leakage` run them."""
