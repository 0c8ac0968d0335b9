"""Datasets, one file per kind: each offers ``Config`` and ``generate(config) -> Dataset``.

Images also have ``held_out(config) -> Dataset``, and a kind that reads a reader's own files
``files(config) -> list[Path]``. A kind may offer ``size(config)``, ``held_out_size(config)`` and
``width(config)``, the numbers of data and of their coordinates, where its arguments tell them: what
does not fit them is then refused before anything is trained.
"""
