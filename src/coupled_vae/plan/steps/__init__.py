"""Every job of the pipeline, from ``params.yaml`` alone: what a rule asks for, by its wildcards.

A method is a step; its arguments are the wildcards of the step's rule. Nothing is read but the
parameters and the code, so that what a file should have been made by is known before it exists.
"""

from coupled_vae.plan.steps._cells import CellSteps
from coupled_vae.plan.steps._extra import ExtraSteps
from coupled_vae.plan.steps._pages import PageSteps


class Plan(CellSteps, PageSteps, ExtraSteps):
    """All jobs of all experiments."""
