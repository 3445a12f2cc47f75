"""What the pages fetch: rows, files, uploads."""
