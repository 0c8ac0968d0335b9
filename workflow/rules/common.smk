# Parameters, and the plan: which files there are, and the job that writes each (coupled_vae.plan.steps).

import os
import shlex
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


def planned(step, wildcards):
    """A step's job, by the wildcards of its rule."""
    return PLAN.job(step, **dict(wildcards.items()))


def inputs(step):
    """The files that a step reads."""
    return lambda wildcards: [str(path) for path in planned(step, wildcards).inputs()]


def outputs(step):
    """The files of a step, those that the report takes with caption, category and labels."""
    return [marked(step, file) for file in layout.files_of(step)]


def marked(step, file):
    if step not in shown.STEPS or not (kind := shown.format_of(file)):
        return file
    root = str(Path(file).parents[1])
    return report(
        file,
        caption=f"../report/{shown.caption(step, file)}.rst",
        category=lambda w: shown.category(PLAN, root.format(**w)),
        subcategory=shown.SUBCATEGORIES[kind],
        labels=lambda w: shown.labels(PLAN, step, dict(w.items()), file),
    )


def job(step):
    """A step's job as text, with the fingerprint of its code: the one parameter that Snakemake
    compares. It compares no parameter whose function takes the output."""
    return lambda wildcards: planned(step, wildcards).text()


def command(step):
    """The command of a step's job. A command that makes data also checks what they must fit."""

    def words(wildcards, output):
        words = [planned(step, wildcards).command]
        if words == ["data"]:
            needs = PLAN.needs(wildcards.dataset).model_dump_json()
            words += ["--needs", shlex.quote(needs)]
        return " ".join(words)

    return words


def about(step):
    """What the captions say of a step's table and figure."""
    return lambda wildcards, output: shown.about(step, dict(wildcards.items()))
