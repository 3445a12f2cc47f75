"""Nouns and tools that every stage shares; imports nothing else of ours."""
