"""Datasets, one file per kind: each offers ``Config`` and ``generate(config) -> Dataset``.

Images also offer ``held_out(config) -> Dataset``, and a kind that reads a reader's own files
``files(config) -> list[Path]``.
"""
