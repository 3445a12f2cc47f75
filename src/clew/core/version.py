"""The version of Clew, stated once more in pyproject.toml; a test compares the two."""

VERSION = "0.1.0"
