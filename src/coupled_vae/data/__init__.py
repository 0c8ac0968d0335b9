"""Datasets: a file per kind in ``kinds``, what each must satisfy, files fetched or brought."""
