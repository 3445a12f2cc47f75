"""Anomaly detection: rows unlike the others, and the columns that make each of them so."""
