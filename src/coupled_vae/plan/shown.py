"""What Snakemake's report says of tables and figures: their category, labels and captions."""

from pathlib import PurePosixPath

from coupled_vae.config import roots
from coupled_vae.plan.jobs import FigureJob, SearchTableJob, TableJob
from coupled_vae.plan.steps import Plan
from coupled_vae.plan.steps._base import experiment_of, phase_of
from coupled_vae.reporting.needs import Folder, first_line, split

# The formats that the report takes: it shows a PNG, and offers a CSV for download. It can show
# neither Markdown nor LaTeX; the caption of a table includes the Markdown as text.
FORMATS = {".png": "figure", ".csv": "table"}
STEPS = ("table", "figure", "study", "explanations", "scaling_report")  # that write them
FOLDERS: dict[str, Folder] = {"table": "tables", "figure": "figures"}
SUBCATEGORIES = {"figure": "Figures", "table": "Tables"}


def category(plan: Plan, root: str) -> str:
    """The heading of an experiment, by the folder of its results."""
    if study := plan.studies.get(root):
        return f"Study: {study.label}"
    if root.startswith(roots.GRIDS):
        return f"Grid: {experiment_of(root)}"
    return {
        roots.PAPER: "Paper",
        roots.TRIALS: "Search: trials",
        roots.FINALS: "Search: finalists",
        roots.CHOSEN: "Search: winners",
        roots.EXPLANATIONS: "Explanations",
        roots.SCALING: "Scaling",
    }[root]


def format_of(file: str) -> str | None:
    """``figure`` or ``table``; None of a file that the report leaves out."""
    return FORMATS.get(PurePosixPath(file).suffix)


def labels(plan: Plan, step: str, wildcards: dict[str, str], file: str) -> dict[str, str]:
    """The columns of a result's row in the report: what it is, and of which datasets.

    Args:
        plan: All jobs.
        step: The step that writes the file.
        wildcards: Of the step.
        file: The file.
    """
    job, stem = plan.job(step, **wildcards), PurePosixPath(file).stem
    if isinstance(job, TableJob | FigureJob):
        return {"result": job.kind, "dataset": ", ".join(own.name for own in job.datasets)}
    if isinstance(job, SearchTableJob):
        return {"result": job.phase, "dataset": job.dataset}
    sections = plan.params.experiments
    if step == "study":
        return {"result": stem, "dataset": plan.studies[wildcards["root"]].dataset}
    section = sections.scaling if step == "scaling_report" else sections.explanations
    assert section is not None
    return {"result": stem, "dataset": section.dataset}


def about(step: str, wildcards: dict[str, str]) -> dict[str, str]:
    """What the captions of a step's table and figure say, by ``table`` and ``figure``."""
    if step not in STEPS:
        return {}
    if step in ("table", "figure"):
        if phase := phase_of(wildcards["root"]):
            return {step: first_line(FOLDERS[step], f"search_{phase}")}
        kind, _ = split(FOLDERS[step], wildcards[step])
        return {step: first_line(FOLDERS[step], kind)}
    module = step.removesuffix("_report")
    return {kind: first_line(folder, module) for kind, folder in FOLDERS.items()}


def caption(step: str, file: str) -> str:
    """Name of the caption's file in ``workflow/report``."""
    kind, name = format_of(file), PurePosixPath(file).stem
    return name if step == "explanations" and kind == "table" else str(kind)
