"""What a picture of one column, or of two, is made of; `clew.explore.plot` puts it together."""
