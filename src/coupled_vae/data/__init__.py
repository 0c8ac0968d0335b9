"""Datasets: one file per kind in ``kinds``, the checks of all kinds, and downloads."""
