"""Datasets, one file per kind: each offers ``Config`` and ``generate(config) -> Dataset``.

Images also have ``held_out(config) -> Dataset``, and a kind that reads files of the user has
``files(config) -> list[Path]`` and ``paths(config) -> list[str]``, its arguments that are paths. A
kind may offer ``facts(config) -> Facts``, the sizes of the dataset. Settings that do not fit these
sizes are then refused before anything is trained.
"""
