"""Datasets, one file per kind: each offers ``Config`` and ``generate(config) -> Dataset``."""
