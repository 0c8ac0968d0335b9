"""Snakemake's logger plugin of this project: what a run shows, and its record for the front door.

Snakemake finds the package by its name; ``--logger coupled-vae`` asks for it. The front door does,
and a plain ``snakemake`` stays as it is.
"""

from snakemake_logger_plugin_coupled_vae.handler import LogHandler

__all__ = ["LogHandler"]
