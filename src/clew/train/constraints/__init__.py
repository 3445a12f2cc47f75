"""The demands of the domain: honoured, and proven."""
