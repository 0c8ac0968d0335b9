"""Models, one file per kind: each offers ``Config`` and ``Model``. Files with ``_`` are shared."""
