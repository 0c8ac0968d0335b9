# Parameters, and the names of all files.

import json
import os
import sys
from pathlib import Path

TOP = Path(workflow.basedir)
sys.path[:0] = [str(TOP), str(TOP / "src")]
# Jobs find this interpreter and this code, also where neither is activated or installed.
os.environ["PATH"] = os.pathsep.join(
    [str(Path(sys.executable).parent), os.environ["PATH"]]
)
os.environ["PYTHONPATH"] = str(TOP / "src")

from coupled_vae import machine, params, schema
from coupled_vae.errors import UserError
from coupled_vae.fingerprint import fingerprint
from coupled_vae.stash import STASH
from workflow import chunks, guard, slurm

try:
    PARAMS = guard.checked_params(Path("params.yaml"))
    if schema.parse(params.Params, config, "--config") != PARAMS:
        raise UserError(
            "--config: values are changed in params.yaml alone, where DVC sees them"
        )
    # A dataset whose files are not to be had is left out of the run.
    LEFT_OUT = guard.left_out(PARAMS)
    # Of a job that trains; a scheduler is asked for one only where the user insists on it.
    GPUS = int(machine.device_wanted() == "cuda")
except UserError as error:
    sys.exit(f"error: {error}")

# A cell is root/dataset/model/seed. A search candidate is the model `name.candidate`, and so is a
# row of a study that shares no cell of the paper's grid.
PAPER, SEARCH = "results", "results/search"
STUDIES = {
    f"results/studies/{name}": study
    for name, study in PARAMS.experiments.studies.items()
}
# Grids of datasets x models x seeds: the paper's, and those past the paper.
GRIDS = {PAPER: PARAMS.experiments.paper} | {
    f"results/grids/{name}": grid for name, grid in PARAMS.experiments.grids.items()
}
# Models of each dataset: all that params.yaml names, and those that this run can make.
NAMED = {
    **{
        root: {dataset: grid.names(dataset) for dataset in grid.datasets}
        for root, grid in GRIDS.items()
    },
    SEARCH: {
        dataset: search.names()
        for dataset, search in PARAMS.experiments.search.datasets.items()
    },
    **{root: {study.dataset: study.trained()} for root, study in STUDIES.items()},
}
MODELS = {
    root: {name: models for name, models in own.items() if name not in LEFT_OUT}
    for root, own in NAMED.items()
}
SEEDS = {
    **{root: grid.seeds for root, grid in GRIDS.items()},
    SEARCH: PARAMS.experiments.search.seeds,
    **{root: study.seeds for root, study in STUDIES.items()},
}
SCALED = PARAMS.experiments.scaling
DATASETS = sorted({*PARAMS.experiments.datasets()} - {*LEFT_OUT})
# What a chunk has computed, a cell's own jobs have only to take over.
IN_CHUNKS = STASH in os.environ
CELL = "{dataset}/{model}/{seed}"
DATA = "results/data/{dataset}.npz"
HELD_OUT = "results/data/held_out/{dataset}.npz"
RUN = "{root}/runs/" + CELL
RUN_FILES = [
    f"{RUN}/{name}"
    for name in ("weights.pt", "history.csv", "timing.json", "draws.npz")
]
EVALUATION = "{root}/evaluations/" + CELL + ".csv"
SUMMARY = "{root}/metrics/{dataset}/{model}.json"
STUDY_REPORT = [
    f"report/{name}"
    for name in ("table.md", "table.csv", "table.tex", "figure.png", "figure.svg")
]
TABLE = [f"{{root}}/tables/{{table}}.{ext}" for ext in ("md", "csv", "tex")]
FIGURE = [f"{{root}}/figures/{{figure}}.{ext}" for ext in ("png", "svg")]


def of_type(kind, names):
    """Those of some datasets whose data are `points` or `images`."""
    return [name for name in names if PARAMS.datasets[name].type == kind]


wildcard_constraints:
    root="results(/search|/(studies|grids)/[a-z][a-z0-9_]*)?",
    dataset="[a-z][a-z0-9_]*",
    model="[a-z][a-z0-9_]*([.][a-z0-9][a-z0-9_.-]*)?",
    seed="[0-9]+",


def cells(pattern, root, grid=MODELS):
    """A file of every cell of an experiment, named by the root that its files stand under."""
    return [
        file
        for dataset, models in grid[root].items()
        for file in expand(
            pattern, root=root, dataset=dataset, model=models, seed=SEEDS[root]
        )
    ]


def data_files():
    return expand(DATA, dataset=DATASETS) + expand(
        HELD_OUT, dataset=of_type("images", DATASETS)
    )


def run_files(root):
    return data_files() + cells(RUN_FILES, root)


def summary_files(root, grid=MODELS):
    return sorted(set(cells(SUMMARY, root, grid)))


def report_files(root, grid=MODELS):
    """What is committed: frame of record, tables, figures."""
    if root in STUDIES:
        return study_files(root)
    names = grid[root]
    frames = [f"{root}/metrics.csv", f"{root}/resampling.csv"]
    frames += summary_files(root, grid)
    if root == SEARCH:
        tables = [f"search_{name}" for name in PARAMS.experiments.search.datasets]
        return frames + expand(TABLE, root=PAPER, table=tables)
    tables, figures = [], []
    if of_type("points", names):
        tables, figures = ["table1", "table2"], ["figure1"]
    if of_type("images", GRIDS[root].datasets):
        tables = [*tables, "images"]
    for name in of_type("images", names):
        figures += [f"figure3_{name}", f"figure4_{name}"]
    return (
        frames
        + expand(TABLE, root=root, table=tables)
        + expand(FIGURE, root=root, figure=figures)
    )


def study_files(root):
    """What is committed of a study; nothing where its dataset is left out."""
    if STUDIES[root].dataset in LEFT_OUT:
        return []
    names = ["metrics.csv", "resampling.csv", *STUDY_REPORT]
    return [f"{root}/{name}" for name in names] + study_cells(SUMMARY, root)


def study_cells(pattern, root):
    """A file of every cell of a study, those that it shares with the paper's grid included."""
    study = STUDIES[root]
    return list(
        dict.fromkeys(
            file
            for row in study.rows
            for file in expand(
                pattern,
                root=root if "." in row or pattern == SUMMARY else PAPER,
                dataset=study.dataset,
                model=row,
                seed=study.seeds,
            )
        )
    )


def experiment_files(root):
    """Targets hold the runs and not only what is made of them.

    Else the reports that are committed would satisfy Snakemake in a fresh clone, where nothing has
    been run.
    """
    if not MODELS[root]:  # all datasets are left out
        return data_files()
    return run_files(root) + cells(EVALUATION, root) + report_files(root)


def as_json(tree):
    """What a rule is told; sorted, so that the order of keys in params.yaml triggers nothing."""
    return json.dumps(tree, sort_keys=True)


def spec(wildcards):
    """What a training job is told: no label and no colour."""
    return spec_of(wildcards.model, wildcards.dataset, study_of(wildcards))


def spec_of(model, dataset, study=""):
    cell = model, dataset, study
    problem, args = PARAMS.problem(*cell).model_dump(), PARAMS.args(*cell)
    return as_json({"problem": problem, "kind": PARAMS.kind(model), "args": args})


def study_of(wildcards):
    """Name of the study that a cell is trained for; empty in the grid and the search."""
    return Path(wildcards.root).name if wildcards.root in STUDIES else ""


def evaluation(wildcards):
    """How a cell is measured: without what does not concern its dataset."""
    own = PARAMS.evaluation
    if PARAMS.datasets[wildcards.dataset].type != "images":
        own = own.model_copy(update={"images": None})
    return as_json(own.model_dump())


def held_out(wildcards):
    """The held-out images of an image dataset; of others nothing."""
    return expand(HELD_OUT, dataset=of_type("images", [wildcards.dataset]))


def model_code(step):
    """Fingerprint of a step of the pipeline with the files of the cell's model and problem."""

    def code(wildcards):
        problem = PARAMS.problem(
            wildcards.model, wildcards.dataset, study_of(wildcards)
        )
        parts = [f"{folder}.{part.kind}" for _, folder, part in problem.parts()]
        return fingerprint(step, f"models.{PARAMS.kind(wildcards.model)}", *parts)

    return code


def start_run():
    """Before the first job: no other run at work, and no report left that is no longer true."""
    if not workflow.is_main_process:
        return
    if guard.TOKEN not in os.environ:  # else the front door has told
        for name in LEFT_OUT:
            print(
                f"{PARAMS.datasets[name].label} is NOT RUN: its files are not on this machine;",
                "make reproduce fetches them",
                file=sys.stderr,
            )
    try:
        guard.hold_lock()
        guard.sweep()
        if workflow.executor_plugin.name == "slurm":
            slurm.Watch(workflow.scheduler._executor, guard.slurm_jobs())
    except UserError as error:
        sys.exit(f"error: {error}")
    # Because of its rate limit (100 jobs a second by default) Snakemake looks at all jobs once a
    # second for each job that has finished: a whole core after some hundred jobs. Neither
    # processes nor SLURM need a limit.
    workflow.scheduler.job_rate_limiter = None
    stale = set()
    for job in workflow.dag.needrun_jobs():
        if job.rule.name == "make_data":
            stale |= {
                root for root, own in NAMED.items() if job.wildcards.dataset in own
            }
        elif job.rule.name in ("train_cell", "draw_cell", "evaluate_cell"):
            stale.add(job.wildcards.root)
    jobs = {*workflow.dag.jobs}
    made = {file for job in jobs for file in job.output}
    if any(
        f"{root}/metrics.csv" in made for root in (*STUDIES, *GRIDS) if root != PAPER
    ):
        # A study that runs alone trains cells that it shares, and makes no report of the grid's.
        stale = {root for root in stale if f"{root}/metrics.csv" in made}
    # Also those of datasets that this run has to leave out: they would be another run's. What this
    # run knows to be up to date stays.
    kept = {
        file for job in jobs - {*workflow.dag.needrun_jobs()} for file in job.output
    }
    reports = {file for root in stale for file in report_files(root, NAMED)}
    withdrawn = guard.withdraw(reports - kept)
    if withdrawn:
        print(
            f"withdrawn until made anew: {len(withdrawn)} reports of",
            *stale,
            file=sys.stderr,
        )
