"""Metrics of draws, in numpy: no torch, and no knowledge of models or files."""
