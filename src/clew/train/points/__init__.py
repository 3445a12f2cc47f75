"""Rows as points: what clustering, anomaly detection and dimension reduction have in common."""
