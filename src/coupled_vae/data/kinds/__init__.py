"""Datasets, one file per kind: each offers ``Config`` and ``generate(config) -> Dataset``.

Images also have ``held_out(config) -> Dataset``, and a kind that reads files of the user
``files(config) -> list[Path]``. A kind may offer ``size(config)``, ``held_out_size(config)`` and
``width(config)``, the numbers of data, of held-out data and of coordinates, if its arguments
determine them. Settings that do not fit these numbers are then refused before training.
"""
