"""Metrics of draws, in numpy. No torch, no models, no files."""
