"""Where the project's own files are."""

from pathlib import Path

TOP = Path(__file__).resolve().parents[3]  # Snakefile, params.yaml, profiles, locks
SOURCE = TOP / "src"
