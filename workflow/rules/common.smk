# Parameters, and the plan: which files there are, and the job that writes each (coupled_vae.plan.steps).

import os
import sys
from pathlib import Path

TOP = Path(workflow.basedir)
sys.path.insert(0, str(TOP / "src"))
# Snakemake has loaded the project's logger plugin, perhaps from another checkout, which shares this
# environment: its modules must not stand for those of this one.
if getattr(sys.modules.get("coupled_vae"), "__file__", None) != str(
    TOP / "src" / "coupled_vae" / "__init__.py"
):
    for name in [*sys.modules]:
        if name.partition(".")[0] == "coupled_vae":
            del sys.modules[name]
# Jobs find this interpreter and this code, also where neither is activated or installed.
os.environ["PATH"] = os.pathsep.join(
    [str(Path(sys.executable).parent), os.environ["PATH"]]
)
os.environ["PYTHONPATH"] = str(TOP / "src")

from coupled_vae.plan import layout, shown, targets
from coupled_vae.runtime import machine
from coupled_vae.runtime.errors import UserError
from coupled_vae.plan.steps import Plan
from coupled_vae.run.stash import STASH
from coupled_vae.run import chunks, guard, memory, start

try:
    PARAMS = guard.checked_params(Path("params.yaml"))
    if config:
        raise UserError(
            "--config: values are changed in params.yaml alone, where DVC sees them"
        )
    # A dataset whose files are not to be had is left out of the run.
    PLAN = Plan(PARAMS, guard.left_out(PARAMS))
    # Of a job that trains; a scheduler is asked for one only where the user insists on it.
    GPUS = int(machine.device_wanted() == "cuda")
    if workflow.is_main_process:
        DOUBTS = memory.remember()
except UserError as error:
    sys.exit(f"error: {error}")

TARGETS = targets.all_targets(PLAN)
# Whether chunks have computed the cells: a cell's job then only takes over the results.
IN_CHUNKS = STASH in os.environ


wildcard_constraints:
    **layout.WILDCARDS,


def inputs(step):
    """The files that a step reads, by its wildcards."""
    return lambda wildcards: [
        str(path) for path in PLAN.job(step, **dict(wildcards.items())).inputs()
    ]


def job(step):
    """A step's job as text, with the fingerprint of its code: the one parameter of its rule."""
    return lambda wildcards: PLAN.job(step, **dict(wildcards.items())).text()


def command(step):
    """The command of a step's job. It follows from the job, so Snakemake need not compare it: it
    does not compare a parameter that is computed from the output."""
    return lambda wildcards, output: PLAN.job(step, **dict(wildcards.items())).command


def needs(wildcards, output):
    """What the data must fit. It takes the output, so that a change does not make the data anew."""
    return PLAN.needs(wildcards.dataset).model_dump_json()


def about(wildcards, output):
    """What the captions say, by ``figure`` and ``table``. It takes the output, so that a change
    does not make the files anew."""
    return shown.about(*layout.step_of(output[0]))


def marked(step, root="{root}"):
    """The files of a step, those that the report takes with caption, category and labels."""
    files = []
    for file in layout.files_of(step):
        if kind := shown.format_of(file):
            flags = {
                "caption": f"../report/{shown.caption(step, file)}.rst",
                "category": lambda w: shown.category(PLAN, root.format(**w)),
                "subcategory": shown.SUBCATEGORIES[kind],
                "labels": lambda w, file=file: shown.labels(
                    PLAN, step, dict(w.items()), file
                ),
            }
            file = report(file, **flags)
        files.append(file)
    return files
