"""Where every file of a run stands, relative to the folder that a run works in."""

import re
from pathlib import PurePosixPath

from coupled_vae.config.roots import EXPLANATIONS, PHASES, SCALING

# Snakemake's wildcards and what each may be. The model of a cell is `name`, or `name.variant` for a
# trial of the search and for a row of a study that has its own cells.
WILDCARDS = {
    "root": rf"results(/search/({'|'.join(PHASES)})|/(studies|grids)/[a-z][a-z0-9_]*)?",
    "dataset": r"[a-z][a-z0-9_]*",
    "model": r"[a-z][a-z0-9_]*([.][a-z0-9][a-z0-9_.-]*)?",
    "seed": r"[0-9]+",
    "table": r"[a-z][a-z0-9_]*",
    "figure": r"[a-z][a-z0-9_]*",
}
CELL = "{dataset}/{model}/{seed}"
DATA = "results/data/{dataset}.npz"
HELD_OUT = "results/data/held_out/{dataset}.npz"
RUN = "{root}/runs/" + CELL
WEIGHTS, DRAWS, REPORT = (f"{RUN}/{name}" for name in ("weights.pt", "draws.npz", "report.json"))
EVALUATION = "{root}/evaluations/" + CELL + ".csv"
TIMING = "{root}/timings/" + CELL + ".json"
METRICS = "{root}/metrics.csv"
SCALED = f"{SCALING}/scaling.csv"
RECORD = ".provenance.json"


def table(folder: str, name: str) -> list[str]:
    """The files of a table."""
    return [f"{folder}/{name}.{ending}" for ending in ("md", "csv", "tex", "narrow.tex")]


def figure(folder: str, name: str) -> list[str]:
    """The files of a figure."""
    return [f"{folder}/{name}.{ending}" for ending in ("png", "svg", "pdf")]


def report(folder: str) -> list[str]:
    """A table and a figure."""
    return [*table(folder, "table"), *figure(folder, "figure")]


# The files of each step, by the name of the plan's method; steps without wildcards come first.
OUTPUTS = {
    "explain": [f"{EXPLANATIONS}/{name}.csv" for name in ("draws", "plans", "solvers")],
    "explanations": [
        *figure(f"{EXPLANATIONS}/report", "figure"),
        *(
            file
            for name in ("blur", "collapse", "solvers")
            for file in table(f"{EXPLANATIONS}/report", name)
        ),
    ],
    "report": ["results/report.html"],
    "numbers": ["results/numbers.tex"],
    "scaling": [SCALED],
    "scaling_report": report(f"{SCALING}/report"),
    "held_out": [HELD_OUT],
    "data": [DATA],
    "train": [WEIGHTS, f"{RUN}/history.csv", REPORT],
    "draw": [DRAWS],
    "evaluate": [EVALUATION],
    "collect": [METRICS, "{root}/resampling.csv", "{root}/metrics.json"],
    "table": table("{root}/tables", "{table}"),
    "figure": figure("{root}/figures", "{figure}"),
    "page": ["{root}/index.html"],
    "study": report("{root}/report"),
}


def record_of(output: str) -> str:
    """Where the record of a job stands, by its first output."""
    return str(PurePosixPath(output).with_suffix(RECORD))


def files_of(step: str) -> list[str]:
    """The files that a step writes, with its record."""
    return [*OUTPUTS[step], record_of(OUTPUTS[step][0])]


def _pattern(path: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", path)
    text = "".join(
        f"(?P<{part}>{WILDCARDS[part]})" if i % 2 else re.escape(part)
        for i, part in enumerate(parts)
    )
    return re.compile(text)


_TIMING = _pattern(TIMING)
_PATTERNS = [(step, _pattern(path)) for step in OUTPUTS for path in files_of(step)]


def step_of(path: str) -> tuple[str, dict[str, str]] | None:
    """The step that writes a file, and its wildcards; None if no step does."""
    for step, pattern in _PATTERNS:
        if match := pattern.fullmatch(path):
            return step, match.groupdict()
    return None


def is_timing(path: str) -> bool:
    """Whether a file holds the measurements taken while a cell was trained, such as its time."""
    return _TIMING.fullmatch(path) is not None
