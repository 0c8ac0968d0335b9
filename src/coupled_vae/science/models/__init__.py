"""Models, one file per kind: each offers ``Config`` and ``Model``. Files with ``_`` are shared.

A kind may offer ``check_problem(config, problem)``, which raises a ``UserError`` of one line for a
problem that the model cannot be trained on.
"""
