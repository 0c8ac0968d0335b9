"""Rows of a report, as the plan states them to the code that writes it."""

from pathlib import Path

from coupled_vae.config.section import Section


class StudyRow(Section):
    """One row of a study, with the run folder that its figure shows, of the first seed."""

    name: str
    label: str
    value: float | None
    run: Path
