"""What the steps on texts share: one dialect of patterns, classes of characters, tokens, hashes, spellings."""
