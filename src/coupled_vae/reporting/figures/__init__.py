"""Figures, one file each: they read datasets and draws, never a model, and write PNG and SVG."""
