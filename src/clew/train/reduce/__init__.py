"""Dimension reduction: a few numbers a row that keep as much as possible of many columns."""
